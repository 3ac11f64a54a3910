import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

interface Package {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Package;
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Package> };
const declared = { ...manifest.dependencies, ...manifest.devDependencies };
const names = Object.keys(declared).sort();

test('every dependency has its sentence of reason in CONTRIBUTING.md, and nothing else has', () => {
  const lines = readFileSync('CONTRIBUTING.md', 'utf8').match(/^- `[^`]+`: \S.*\.$/gm) ?? [];
  const reasoned = lines.map((line) => line.split('`')[1] ?? '').sort();
  expect(reasoned).toEqual(names);
});

test('every dependency is pinned to the version that the lock file holds', () => {
  const locked = names.map((name) => [name, lock.packages[`node_modules/${name}`]?.version]);
  expect(Object.fromEntries(locked)).toEqual(declared);
});

test('the lock file names no registry', () => {
  const resolved = Object.values(lock.packages).filter((entry) => 'resolved' in entry);
  expect(resolved).toEqual([]);
});

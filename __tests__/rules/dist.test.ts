import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const exists = existsSync('dist');
const built = exists ? test : test.skip;
if (!exists) console.warn('dist/ does not exist yet: its contract is SKIPPED. Run `npm run build:dist`.');

const scripts = exists ? readdirSync('dist').filter((name) => name.endsWith('.js')) : [];
const read = (name: string): string => readFileSync(join('dist', name), 'utf8');

/** Lines of each file of local/ that are long enough to be nobody else's. */
function linesOfLocal(): Map<string, string[]> {
  const files = readdirSync('local', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const isOwn = (line: string): boolean => line.length >= 50 && !/^(import|export|\*|\/)/.test(line);
  const linesOf = (name: string): string[] => readFileSync(join('local', name), 'utf8').split('\n');
  return new Map(
    files.map((name) => [
      name,
      linesOf(name)
        .map((line) => line.trim())
        .filter(isOwn),
    ]),
  );
}

built(
  'dist is what src builds, byte for byte',
  () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/build-dist.ts', '--check'], {
      encoding: 'utf8',
    });
    expect({ status, stale: stderr.match(/dist\/ is stale.*/)?.[0] }).toEqual({
      status: 0,
      stale: undefined,
    });
  },
  120_000,
);

built('the bundle imports Node built-ins and its own chunks, and nothing else', () => {
  const specifiers = scripts.flatMap((name) => {
    const text = read(name);
    return [
      ...text.matchAll(/^(?:import|export)\b[^'"\n]*?from\s*["']([^"']+)["']/gm),
      ...text.matchAll(/__WEBPACK_EXTERNAL_createRequire\([^)]*\)\(["']([^"']+)["']\)/g),
    ].map((match) => match[1] ?? '');
  });
  const known = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
  expect(specifiers.length).toBeGreaterThan(0);
  expect(specifiers.filter((name) => !known.has(name) && !name.startsWith('./'))).toEqual([]);
});

built('no file of local/ is shipped', () => {
  const bundle = new Set(scripts.flatMap((name) => read(name).split('\n')).map((line) => line.trim()));
  // Two files may say the same thing in the same words once or twice; a file that is bundled does it all along.
  const shipped = [...linesOfLocal()].filter(
    ([, lines]) => lines.filter((line) => bundle.has(line)).length > 2,
  );
  expect(shipped.map(([name]) => name)).toEqual([]);
});

built('no path of the machine that built it is shipped', () => {
  expect(scripts.filter((name) => read(name).includes(process.cwd()))).toEqual([]);
});

built('every action file runs a stub that exists, on Node 24, or is composed of such', () => {
  const actionFiles = [
    '.',
    ...readdirSync('.', { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    ),
  ]
    .filter((folder) => !['node_modules', 'template', 'examples'].includes(folder))
    .flatMap((folder) => (existsSync(join(folder, 'action.yml')) ? [join(folder, 'action.yml')] : []));
  const runs = actionFiles.map((path) => {
    const text = readFileSync(path, 'utf8');
    const [, using] = /^ {2}using: ['"]?(\w+)['"]?$/m.exec(text) ?? [];
    // pipeline/run takes the stub's name.
    const main =
      using === 'composite' ? /"\$GITHUB_ACTION_PATH\/run" (\w+)$/gm : /^ {2}main: ['"]?(\S+?)['"]?$/gm;
    const stubs = [...text.matchAll(main)].map(([, stub = '']) => stub);
    const missing = stubs.filter(
      (stub) => !existsSync(join(path, '..', stub.replace(/^(\w+)$/, '../dist/$1.js'))),
    );
    return { path, using, stubs: stubs.length > 0, missing };
  });
  expect(runs).toEqual(
    actionFiles.map((path) => ({
      path,
      using: path.startsWith('pipeline') ? 'composite' : 'node24',
      stubs: true,
      missing: [],
    })),
  );
});

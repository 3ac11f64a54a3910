/**
 * Builds `dist/`: what a runner executes. One bundle with a chunk per `import()`, a one-line stub per action
 * that `src/index.ts` exports, and the licences of everything bundled.
 *
 *     node scripts/build-dist.ts            rebuild dist/
 *     node scripts/build-dist.ts --to DIR   the same into another folder
 *     node scripts/build-dist.ts --check    build elsewhere, name the files of dist/ that are stale, exit 1
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { minify } from '@swc/core';
import { eager } from './eager-chunks.ts';

/** File name relative to `dist/` → content. */
type Files = Map<string, Buffer>;

interface NccResult {
  code: string;
  assets: Record<string, { source: string | Buffer }>;
}
type Ncc = (entry: string, options: Record<string, unknown>) => Promise<NccResult>;

const root = dirname(import.meta.dirname);
const dist = join(root, 'dist');

/** Compiles `src/` into `folder`. Throws when a type is wrong: a bundle of unsound code is never written. */
function compile(folder: string): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const run = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`src/ does not compile.\n${run.stdout}${run.stderr}`);
}

/** Git stores text with LF: a CRLF that a licence or a package brings would make every fresh clone look stale. */
function textFile(content: string | Buffer): Buffer {
  return Buffer.from(content.toString().replaceAll('\r\n', '\n'));
}

/**
 * Bundles the compiled `index.js` of `folder`.
 *
 * Module ids are hashes of paths relative to the working directory. Working inside `folder`, which is always two
 * levels below the root, keeps them the same in every checkout and for builds that run at the same time.
 * Minified, the chunks too (ncc's own option leaves them out): V8 has half as much to parse before the first call, and parses it once.
 */
async function bundle(folder: string): Promise<Files> {
  process.chdir(folder);
  const ncc = createRequire(import.meta.url)('@vercel/ncc') as Ncc;
  const result = await ncc(join(folder, 'index.js'), {
    cache: false,
    esm: true,
    license: 'licenses.txt',
    quiet: true,
    // The SDK's ES modules, of which only what src/clients/sdk names is bundled; the first call comes an eighth sooner.
    mainFields: ['module', 'main'],
  });
  process.chdir(root);
  const files: Files = new Map([['index.js', await minified(result.code)]]);
  for (const [name, asset] of Object.entries(result.assets)) {
    files.set(name, name.endsWith('.js') ? await minified(asset.source) : textFile(asset.source));
  }
  files.set('package.json', Buffer.from('{ "type": "module" }\n'));
  return files;
}

async function minified(code: string | Buffer): Promise<Buffer> {
  const options = { module: true, compress: true, mangle: true, format: { comments: false } } as const;
  return textFile(eager((await minify(code.toString(), options)).code));
}

/** `checkStructure` → `check-structure`, the name an action.yml uses. */
function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The stub that a shell starts; npm links it as `model-release`. */
const PROGRAM = 'cli.js';

/** One stub per function that the compiled index exports, so that an action needs no bundle of its own. */
async function stubs(folder: string): Promise<Files> {
  const index = (await import(pathToFileURL(join(folder, 'index.js')).href)) as Record<string, unknown>;
  const actions = Object.keys(index).filter((name) => typeof index[name] === 'function');
  if (actions.length === 0) throw new Error('src/index.ts exports no action: there is nothing to build.');
  return new Map(
    actions.sort().map((name) => {
      const file = `${kebabCase(name)}.js`;
      const start = file === PROGRAM ? '#!/usr/bin/env node\n' : '';
      return [file, Buffer.from(`${start}import { ${name} } from './index.js';\nawait ${name}();\n`)];
    }),
  );
}

async function build(): Promise<Files> {
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build', 'dist-'));
  try {
    compile(folder);
    return new Map([...(await bundle(folder)), ...(await stubs(folder))]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readDist(): Files {
  if (!existsSync(dist)) return new Map();
  const entries = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(dist.length + 1).replaceAll('\\', '/'), readFileSync(path)];
    }),
  );
}

function write(files: Files, folder: string): void {
  // Only what is ours alone is emptied: a folder that somebody names may hold anything.
  if (folder === dist) rmSync(dist, { recursive: true, force: true });
  for (const [name, content] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: name === PROGRAM ? 0o755 : 0o644 });
  }
}

/** Names of the files that differ, are missing, or should not be there. */
function staleFiles(expected: Files, actual: Files): string[] {
  const names = new Set([...expected.keys(), ...actual.keys()]);
  return [...names].sort().filter((name) => {
    const [wanted, found] = [expected.get(name), actual.get(name)];
    return wanted === undefined || found === undefined || !wanted.equals(found);
  });
}

async function main(check: boolean, folder: string): Promise<void> {
  const files = await build();
  const bytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  if (!check) {
    write(files, folder);
    console.log(`${folder === dist ? 'dist/' : folder}: ${files.size} files, ${bytes} bytes`);
    return;
  }
  const stale = staleFiles(files, readDist()).map((name) => `dist/${name}`);
  if (stale.length > 0) {
    throw new Error(`dist/ is stale: ${stale.join(', ')}. Run \`npm run build:dist\` and commit dist/.`);
  }
  console.log(`dist/ is fresh: ${files.size} files, ${bytes} bytes`);
}

const { values } = parseArgs({ options: { check: { type: 'boolean' }, to: { type: 'string' } } });
try {
  await main(values.check === true, resolve(values.to ?? dist));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

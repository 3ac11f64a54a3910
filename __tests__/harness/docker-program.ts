/**
 * A program named `docker` for tests in which another process calls it: no engine, no container. A built image is a copy of its context;
 * the tests in it are run over that copy with the machine's own programs; a push tells the test's server what was built. A container is
 * a process of the Dockerfile's CMD in that copy, with the variables of `run` and no others, which outlives the client as containers do.
 *
 * It reads DOCKER_PROGRAM_FOLDER, where images are kept, and DOCKER_PROGRAM_REGISTRY, the URL that is told of pushes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Image {
  readonly labels: Readonly<Record<string, string>>;
  readonly folder: string;
}

const { DOCKER_PROGRAM_FOLDER: kept = '', DOCKER_PROGRAM_REGISTRY: registry = '' } = process.env;
const args = process.argv.slice(2);
const list = join(kept, 'images.json');
const images = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Record<string, Image>) : {};

function valuesOf(flag: string): readonly string[] {
  return args.filter((arg) => arg.startsWith(`--${flag}=`)).map((arg) => arg.slice(flag.length + 3));
}

function keep(references: readonly string[], image: Image): void {
  for (const reference of references) images[reference] = image;
  writeFileSync(list, JSON.stringify(images));
}

function known(reference: string): Image {
  const image = images[reference];
  if (image === undefined) throw new Error(`No such image: ${reference}`);
  return image;
}

function copied(from: string): string {
  const folder = mkdtempSync(join(kept, 'image-'));
  cpSync(from, folder, { recursive: true, filter: (path) => !/\/\.git(\/|$)/.test(path) });
  return folder;
}

function build(context: string): number {
  const test = existsSync(join(context, 'files'));
  if (test) return runTests(context);
  const labels = valuesOf('label').map((label) => label.split(/=(.*)/s, 2) as [string, string]);
  keep(valuesOf('tag'), { labels: Object.fromEntries(labels), folder: copied(context) });
  return 0;
}

/** `FROM image`, the files over it, and one command, whose lines BuildKit marks with step and time. */
function runTests(context: string): number {
  const file = readFileSync(join(context, 'Dockerfile'), 'utf8');
  const [, reference = ''] = /^FROM (.*)$/m.exec(file) ?? [];
  const [program = '', ...given] = JSON.parse(/^RUN (.*)$/m.exec(file)?.[1] ?? '[]') as string[];
  const cwd = copied(known(reference).folder);
  cpSync(join(context, 'files'), cwd, { recursive: true });
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { status, stdout, stderr } = spawnSync(program, given, { cwd, env, encoding: 'utf8' });
  for (const line of `${stdout}${stderr}`.trimEnd().split('\n')) console.log(`#7 0.100 ${line}`);
  if (status !== 0) console.log(`#7 ERROR: process did not complete successfully: exit code: ${status ?? 1}`);
  return status === 0 ? 0 : 1;
}

const BOOTSTRAP = join(import.meta.dirname, '..', '..', 'local', 'runtime', 'bootstrap', 'bootstrap.py');

/** `CMD ["module.handler"]` is for the bootstrap of a Lambda base image; any other CMD is a program. */
function commandIn(folder: string, given: readonly string[]): readonly string[] {
  const file = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const command = given.length > 0 ? given : (JSON.parse(/^CMD (.*)$/m.exec(file)?.[1] ?? '[]') as string[]);
  return command.length === 1 ? ['python3', BOOTSTRAP, ...command] : command;
}

async function run(): Promise<number> {
  const at = args.findIndex((arg, index) => index > 0 && !arg.startsWith('--'));
  const { folder } = known(args[at] ?? '');
  const [program = '', ...given] = commandIn(folder, args.slice(at + 1));
  const variables = Object.fromEntries(
    valuesOf('env').map((one) => one.split(/=(.*)/s, 2) as [string, string]),
  );
  const env = { PATH: process.env['PATH'], ...variables, LAMBDA_TASK_ROOT: folder };
  const [name = ''] = valuesOf('name');
  const child = spawn(program, given, {
    cwd: folder,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code ?? 137));
  });
  writeFileSync(join(kept, `container-${name}`), JSON.stringify({ pid: child.pid, args }));
  try {
    return await ended;
  } catch (error) {
    console.error(`docker: Error response from daemon: ${(error as Error).message}`);
    return 127;
  }
}

function removeContainer(name: string): number {
  const file = join(kept, `container-${name}`);
  if (!existsSync(file)) throw new Error(`No such container: ${name}`);
  const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
  rmSync(file);
  return 0;
}

async function push(reference: string): Promise<number> {
  const { labels, folder } = known(reference);
  const response = await fetch(registry, {
    method: 'POST',
    body: JSON.stringify({ reference, labels, folder }),
  });
  console.log(response.ok ? `pushed: digest: ${await response.text()} size: 1` : await response.text());
  return response.ok ? 0 : 1;
}

async function main(): Promise<number> {
  const [verb, second = ''] = args;
  const last = args.at(-1) ?? '';
  if (args.includes('build')) return build(last);
  if (verb === 'push') return push(last);
  if (verb === 'run') return run();
  if (verb === 'rm') return removeContainer(last);
  if (verb === 'stats') console.log('41.5MiB / 512MiB');
  if (verb === 'info')
    console.log('{"OSType":"linux","Architecture":"x86_64","SecurityOptions":["name=seccomp"]}');
  if (verb === 'context') console.log('unix:///var/run/docker.sock');
  if (verb === 'container') throw new Error('No such container');
  if (verb === 'tag') keep([last], known(args.at(-2) ?? ''));
  if (verb === 'version')
    console.log('{"Client":{"Version":"29.0.0"},"Server":{"Version":"29.0.0","Os":"linux"}}');
  if (verb === 'buildx') console.log('github.com/docker/buildx v0.30.0');
  if (verb === 'image' && second === 'inspect') {
    const { labels } = known(last);
    console.log(
      JSON.stringify({ Id: 'sha256:1', Architecture: 'amd64', Size: 1, Config: { Labels: labels } }),
    );
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

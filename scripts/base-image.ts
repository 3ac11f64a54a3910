/**
 * The base image of examples/iris: AWS's own where it can be pulled, else one made of Debian packages.
 *
 *   node scripts/base-image.ts [--json]        prints the image to give as the build argument BASE_IMAGE
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { command } from '../local/engine/command.ts';
import { installPackages, mayInstallPackages, type Log } from '../local/engine/install.ts';
import { withMachineLock } from '../local/engine/lock.ts';
import { cacheDirectory } from '../local/engine/paths.ts';

const PUBLIC_BASE = 'public.ecr.aws/lambda/python:3.12';
const LOCAL_BASE = 'model-release/python-sklearn:local';
const PACKAGES = ['python3-sklearn', 'python3-pytest'];
const APT_SOURCES = ['debian.sources', 'ubuntu.sources'].map((name) => `/etc/apt/sources.list.d/${name}`);
const BOOTSTRAP = fileURLToPath(new URL('../local/runtime/bootstrap/bootstrap.py', import.meta.url));
const DOCKERFILE = fileURLToPath(new URL('./base-image/Dockerfile', import.meta.url));
/** Never unpacked: documentation and headers, which no model reads. */
const NOT_NEEDED = [
  '/usr/share/doc/*',
  '/usr/share/man/*',
  '/usr/share/locale/*',
  '/usr/share/javascript/*',
  '/usr/include/*',
  '/usr/lib/*.a',
];
/**
 * Removed at the end, because installing the packages needs it: a compiler that pythran asks for, Perl, the packages'
 * own tests. What is left is pushed once to each registry, at some 20 MB a second.
 */
const REMOVED = [
  'rm -rf usr/lib/gcc usr/bin/*-linux-gnu-* usr/share/perl usr/lib/*/perl usr/lib/*/gconv usr/lib/*/lib[alt]*san.so*',
  'find usr/lib/python3* -type d -name tests -prune -exec rm -rf {} +',
].join(' && ');
const ROOTFS_KEY = createHash('sha256')
  .update(JSON.stringify([PACKAGES, NOT_NEEDED, REMOVED]))
  .digest('hex')
  .slice(0, 12);

export interface BaseImage {
  image: string;
  /** 'public': AWS's base image; 'local': made on this machine. */
  kind: 'public' | 'local';
}

export interface BaseImageOptions {
  /** DOCKER_HOST of the engine; the client's default when absent. */
  dockerHost?: string;
  log?: Log;
}

/**
 * Makes a base image available to the engine and says which.
 * Throws an Error of one sentence when neither can be had.
 */
export async function ensureBaseImage(options: BaseImageOptions = {}): Promise<BaseImage> {
  const log = options.log ?? (() => {});
  const docker = dockerOf(options.dockerHost);
  if (await canPullPublicBase()) {
    log(`Pulling ${PUBLIC_BASE}.`);
    const pull = await docker(['pull', '--quiet', PUBLIC_BASE]);
    if (pull.code === 0) return { image: PUBLIC_BASE, kind: 'public' };
    log(`${PUBLIC_BASE} cannot be pulled: using a base made of Debian packages.`);
  }
  await withMachineLock('base-image', () => ensureLocalBase(docker, log));
  return { image: LOCAL_BASE, kind: 'local' };
}

type Docker = (args: string[], onLine?: Log) => ReturnType<typeof command>;

function dockerOf(dockerHost?: string): Docker {
  const env = {
    ...process.env,
    DOCKER_BUILDKIT: '0',
    ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
  };
  return (args, onLine) => command('docker', args, { env, ...(onLine === undefined ? {} : { onLine }) });
}

/** A cheap question before `docker pull`, which on a machine without Internet takes long to give up. */
async function canPullPublicBase(): Promise<boolean> {
  if (process.env['MODEL_RELEASE_BASE'] === 'local') return false;
  try {
    const answer = await fetch('https://public.ecr.aws/v2/', { signal: AbortSignal.timeout(5_000) });
    return answer.status === 200 || answer.status === 401;
  } catch {
    return false;
  }
}

async function ensureLocalBase(docker: Docker, log: Log): Promise<void> {
  const content = await contentDigest();
  const label = '{{index .Config.Labels "model-release.base-image"}}';
  const existing = await docker(['image', 'inspect', '--format', label, LOCAL_BASE]);
  if (existing.code === 0 && existing.stdout.trim() === content) return;
  const rootfs = await ensureRootfs(log);
  log('Importing the root file system into the engine.');
  const imported = await docker(['import', rootfs, 'model-release/python-sklearn:rootfs']);
  failUnless(imported.code === 0, 'docker import', imported.stderr);
  const context = join(cacheDirectory(), 'base-image-context');
  await rm(context, { recursive: true, force: true });
  await mkdir(context, { recursive: true });
  await command('cp', [BOOTSTRAP, DOCKERFILE, context]);
  const args = [
    '--build-arg',
    'ROOTFS=model-release/python-sklearn:rootfs',
    '--build-arg',
    `CONTENT=${content}`,
  ];
  const built = await docker(['build', '--network', 'host', '--tag', LOCAL_BASE, ...args, context]);
  failUnless(built.code === 0, 'docker build', built.stderr);
}

async function contentDigest(): Promise<string> {
  const hash = createHash('sha256').update(ROOTFS_KEY);
  for (const file of [BOOTSTRAP, DOCKERFILE]) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/** A tar archive of Debian with {@link PACKAGES}, made once (about a minute) and kept in the cache directory. */
async function ensureRootfs(log: Log): Promise<string> {
  const file = join(cacheDirectory(), `rootfs-${ROOTFS_KEY}.tar`);
  if (existsSync(file)) return file;
  await mkdir(cacheDirectory(), { recursive: true });
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const suite = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1];
  if (suite === undefined || !(await mayInstallPackages())) throw new Error(noBase());
  if ((await command('mmdebstrap', ['--version'])).code !== 0) {
    log('Installing mmdebstrap (apt-get install mmdebstrap).');
    const failure = await installPackages(['mmdebstrap'], log);
    failUnless(failure === undefined, 'apt-get install mmdebstrap', failure ?? '');
  }
  log(`Making a base image of Debian packages (${PACKAGES.join(', ')}); once, about a minute.`);
  // A name that mmdebstrap recognises as a tar archive; renamed when whole, so that a broken run leaves no cache.
  const partial = `${file.slice(0, -'.tar'.length)}.partial.tar`;
  const result = await command('mmdebstrap', mmdebstrapArgs(suite, partial), { onLine: milestones(log) });
  failUnless(result.code === 0, 'mmdebstrap', result.stderr);
  await rename(partial, file);
  return file;
}

function mmdebstrapArgs(suite: string, target: string): string[] {
  const excludes = NOT_NEEDED.map((path) => `--dpkgopt=path-exclude=${path}`);
  // The host's own package sources: a machine behind a mirror needs that mirror.
  const sources = [...APT_SOURCES, '/etc/apt/sources.list'].filter((path) => existsSync(path)).slice(0, 1);
  const remove = `--customize-hook=cd "$1" && ${REMOVED}`;
  const fixed = ['--variant=essential', '--aptopt=APT::Install-Recommends "false"', remove];
  return [...fixed, `--include=${PACKAGES.join(',')}`, ...excludes, suite, target, ...sources];
}

function milestones(log: Log): Log {
  const started = Date.now();
  return (line) => {
    if (line.startsWith('I: ')) log(`  ${Math.round((Date.now() - started) / 1000)} s: ${line.slice(3)}`);
  };
}

function failUnless(good: boolean, what: string, detail: string): asserts good {
  if (good) return;
  const lines = detail.trim().split('\n');
  const failures = lines.filter((line) => /^E: |error/i.test(line));
  throw new Error(`${what} failed: ${(failures.length > 0 ? failures : lines).slice(-3).join(' ')}`);
}

function noBase(): string {
  return `${PUBLIC_BASE} cannot be pulled here, and a base of Debian packages needs root on Debian or Ubuntu.`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const base = await ensureBaseImage({ log: (line) => console.error(line) });
    console.log(process.argv.includes('--json') ? JSON.stringify(base) : base.image);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

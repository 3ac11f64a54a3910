/** Checkouts as a runner has them, read by the machine's own git, and a docker that "builds" what they hold. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { realClock } from '../../src/clients/clock.ts';
import { nodeShell, type Shell } from '../../src/clients/shell.ts';
import { ended, shellOf } from './shell.ts';
import type { World } from './world.ts';

export interface Checkouts {
  /** Absolute; below it lie the checkouts. */
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs git in a folder of it, and returns what it said. */
  git(at: string, ...args: readonly string[]): string;
  /** Commits everything below a folder, a repository from then on. @returns the commit. */
  commit(at: string, message?: string): string;
  remove(): Promise<void>;
}

export async function openCheckouts(): Promise<Checkouts> {
  const folder = await mkdtemp(join(tmpdir(), 'model-release-checkout-'));
  const git: Checkouts['git'] = (at, ...args) => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main'];
    const more = ['-c', 'protocol.file.allow=always', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...who, ...more, ...args], {
      cwd: join(folder, at),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  };
  return {
    folder,
    git,
    write: async (files) => {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
    },
    commit: (at, message = 'a change') => {
      git(at, 'init', '--quiet');
      git(at, 'add', '--all', '--force', '.');
      git(at, 'commit', '--quiet', '--allow-empty', '--message', message);
      return git(at, 'rev-parse', 'HEAD');
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * A runner's programs: git itself, and a docker whose images answer with the context that they were built from. `during` happens in each
 * push, before the registry takes it.
 */
export function builds(world: World, during: (reference: string) => void = () => undefined): Shell {
  const images = new Map<string, { readonly labels: Record<string, string>; readonly context: string }>();
  const { ask } = nodeShell({ clock: realClock, signal: new AbortController().signal });
  const docker = shellOf(({ args }) => {
    const [verb, second] = args;
    if (verb === 'version')
      return ended('{"Client":{"Version":"29.0.0"},"Server":{"Version":"29.0.0","Os":"linux"}}');
    // Another processor: the image is not tried, because nothing here runs it.
    if (verb === 'info') return ended('{"Architecture":"s390x"}');
    if (verb === 'buildx' && second === 'version') return ended('github.com/docker/buildx v0.30.0');
    if (verb === 'buildx') {
      const labels = args.filter((arg) => arg.startsWith('--label=')).map((arg) => arg.slice(8));
      const reference = args.find((arg) => arg.startsWith('--tag='))?.slice(6) ?? '';
      images.set(reference, { labels: entries(labels), context: args.at(-1) ?? '' });
    }
    if (verb === 'tag') images.set(args[2] ?? '', images.get(second ?? '') ?? { labels: {}, context: '' });
    if (verb === 'image') return ended(JSON.stringify({ Id: 'sha256:1', Architecture: 'amd64', Size: 1 }));
    if (verb !== 'push') return ended('done');
    const reference = args.at(-1) ?? '';
    during(reference);
    return push(world, reference, images.get(reference) ?? { labels: {}, context: '' });
  });
  return {
    run: docker.run,
    ask: (question) => (question.file === 'git' ? ask(question) : docker.ask(question)),
  };
}

function entries(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
}

function push(
  world: World,
  reference: string,
  { labels, context }: { readonly labels: Record<string, string>; readonly context: string },
) {
  const [repository = '', tag = ''] = reference.slice(reference.indexOf('/') + 1).split(':');
  const who = context.split('/').at(-1) ?? '';
  const content = `${context} ${labels['model-release.build']}`;
  try {
    const { digest } = world.image(tag, { repository, labels, content, program: () => ({ ok: true, who }) });
    return ended(`${tag}: digest: ${digest} size: 1`);
  } catch (error) {
    return ended(`tag invalid: ${(error as Error).message}`, 1);
  }
}

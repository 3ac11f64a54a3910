/** What git says about the folder that a command runs in. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../../clients/clock.ts';
import { lazyShell } from '../../clients/tools.ts';
import { askGit } from '../../release/steps/image/git.ts';
import type { CommandContext } from '../command.ts';

export interface Here {
  /** The commit that is checked out; undefined without a repository, or before its first commit. */
  readonly head: string | undefined;
  /** Where the remote `origin` leads; undefined without one, or where it is no repository on a server. */
  readonly origin: RemoteOrigin | undefined;
}

export interface RemoteOrigin {
  /** `https://github.com` */
  readonly server: string;
  /** `OWNER/NAME` */
  readonly repository: string;
}

/** @param folder whose repository; default: the one that the command runs in. */
export async function readHere(
  { env, cwd }: Pick<CommandContext, 'env' | 'cwd'>,
  folder = cwd,
): Promise<Here> {
  const [head, origin] = await Promise.all([
    ask(env, folder, ['rev-parse', '--verify', '--quiet', 'HEAD']),
    ask(env, folder, ['remote', 'get-url', 'origin']),
  ]);
  return { head: head?.trim() || undefined, origin: originOf(origin?.trim() ?? '') };
}

/** `git@github.com:acme/iris.git`, `https://github.com/acme/iris`, `ssh://git@ghe.example.com/acme/iris.git`. */
export function originOf(url: string): RemoteOrigin | undefined {
  const [, host, repository] =
    /^(?:(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/|[^@/]+@([^:/]+):)([^/]+\/[^/]+?)(?:\.git)?\/?$/
      .exec(url)
      ?.flatMap((part, index) => (index === 0 || part !== undefined ? [part] : [])) ?? [];
  return host === undefined || repository === undefined
    ? undefined
    : { server: `https://${host}`, repository };
}

/** Where this project's own folder comes from: its remote `origin`, or what npm says of a copy that npx fetched. */
export async function readOrigin(
  { env }: Pick<CommandContext, 'env'>,
  home: string,
): Promise<string | undefined> {
  // Above a folder that is no clone, git would find somebody else's repository.
  if (existsSync(join(home, '.git')))
    return originOf((await ask(env, home, ['remote', 'get-url', 'origin']))?.trim() ?? '')?.repository;
  const lock = await readFile(join(home, '..', '.package-lock.json'), 'utf8').catch(() => '');
  const [, url = ''] =
    /"node_modules\/model-release": \{[^}]*?"resolved": "(?:git\+)?([^"#]+)/.exec(lock) ?? [];
  return originOf(url)?.repository;
}

/** The branch that is checked out, or that the first commit will be on; undefined without a repository. */
export async function readBranch(
  { env }: Pick<CommandContext, 'env'>,
  folder: string,
): Promise<string | undefined> {
  return (await ask(env, folder, ['symbolic-ref', '--short', '--quiet', 'HEAD']))?.trim() || undefined;
}

function ask(
  env: CommandContext['env'],
  folder: string,
  args: readonly string[],
): Promise<string | undefined> {
  const shell = lazyShell({ clock: realClock, env, signal: new AbortController().signal });
  return askGit(shell, folder, args);
}

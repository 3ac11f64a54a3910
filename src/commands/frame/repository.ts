/** What git says about the folder that a command runs in. */
import { realClock } from '../../clients/clock.ts';
import { lazyShell } from '../../clients/tools.ts';
import { askGit } from '../../release/steps/image/git.ts';
import type { CommandContext } from '../command.ts';

export interface Here {
  /** The commit that is checked out; undefined without a repository, or before its first commit. */
  readonly head: string | undefined;
  /** Where the remote `origin` leads; undefined without one, or where it is no repository on a server. */
  readonly origin: Origin | undefined;
}

export interface Origin {
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
  const shell = lazyShell({ clock: realClock, env, signal: new AbortController().signal });
  const [head, origin] = await Promise.all([
    askGit(shell, folder, ['rev-parse', '--verify', '--quiet', 'HEAD']),
    askGit(shell, folder, ['remote', 'get-url', 'origin']),
  ]);
  return { head: head?.trim() || undefined, origin: originOf(origin?.trim() ?? '') };
}

/** `git@github.com:acme/iris.git`, `https://github.com/acme/iris`, `ssh://git@ghe.example.com/acme/iris.git`. */
export function originOf(url: string): Origin | undefined {
  const [, host, repository] =
    /^(?:(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/|[^@/]+@([^:/]+):)([^/]+\/[^/]+?)(?:\.git)?\/?$/
      .exec(url)
      ?.flatMap((part, index) => (index === 0 || part !== undefined ? [part] : [])) ?? [];
  return host === undefined || repository === undefined
    ? undefined
    : { server: `https://${host}`, repository };
}

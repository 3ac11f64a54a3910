import type { Shell } from '../../../clients/shell.ts';
import { UserError } from '../../../errors.ts';

/** Where another program, such as a git hook, would point git to. */
const ELSEWHERE = { GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined };

/** What git answers in a folder; undefined where there is no repository, no git, or nothing of that kind. */
export async function askGit(
  shell: Shell,
  folder: string,
  args: readonly string[],
): Promise<string | undefined> {
  // A checkout that another user made, as in a container job, is read all the same; no file monitor that its settings name is run.
  const settings = ['--no-optional-locks', '-c', 'safe.directory=*', '-c', 'core.fsmonitor=false'];
  const question = { file: 'git', args: [...settings, ...args], cwd: folder, env: ELSEWHERE } as const;
  try {
    const { exitCode, stdout } = await shell.ask({ ...question, writes: undefined });
    return exitCode === 0 ? stdout : undefined;
  } catch (error) {
    if (error instanceof UserError && /^(program|folder)-missing$/.test(error.code)) return undefined;
    throw error;
  }
}

/** Paths that git ends with a NUL. */
export function listedPaths(text: string | undefined): readonly string[] {
  return (text ?? '').split('\0').filter((path) => path !== '');
}

/** What earlier steps of a job leave behind and no model depends on; it differs from run to run. */
export const LEFT_BEHIND =
  /(?:^|\/)(?:__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.coverage|\.git|gha-creds-\w+\.json)(?:\/|$)|\.py[co]$/;

const SHOWN = 5;

/** The first five of them. */
export function firstPaths(paths: readonly string[]): string {
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return `${paths.slice(0, SHOWN).join(', ')}${more}`;
}

/** What every program is started with, however it is run, and what a failed start means. */
import { existsSync } from 'node:fs';
import { UserError } from '../errors.ts';
import type { Environment } from '../types.ts';

/** The files through which a program could forge this step's outputs, or change the environment of the steps after it. */
const RUNNER_FILES = /^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$/;

/** What a program inherits of this process's environment. Inputs are left out too: some of them are secrets. */
export function inheritable(env: Environment): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('INPUT_') && !RUNNER_FILES.test(name));
  return Object.fromEntries(kept);
}

export interface Started {
  readonly file: string;
  readonly cwd?: string | undefined;
}

/** @returns what a person can do about a program that could not be started; `code` is the system's own. */
export function notStarted({ file, cwd }: Started, code: string): UserError {
  if (code === 'ENOENT' && cwd !== undefined && !existsSync(cwd)) {
    return new UserError('folder-missing', {
      what: `${file} was to run in the folder ${cwd}, which does not exist.`,
      fix: 'Check the path, and that the repository is checked out before this step.',
    });
  }
  if (code === 'ENOENT') {
    return new UserError('program-missing', {
      what: `There is no program ${JSON.stringify(file)} on this runner.`,
      fix: 'Install it in an earlier step of the job, or correct its name.',
    });
  }
  return new UserError('program-unusable', {
    what: `${JSON.stringify(file)} could not be started (${code}).`,
    fix: 'Check that it is an executable file, and that its arguments are neither too long nor contain NUL.',
  });
}

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { realClock } from '../clients/clock.ts';
import type { Runner } from '../clients/runner.ts';
import { githubRunner } from '../clients/runner.ts';
import { UserError } from '../errors.ts';
import type { AttachSurroundings } from '../steps/attach/surroundings.ts';

/** Runs attach as GitHub's runner starts it. A signal ends it before its next write, and the rest is reported as remaining. */
export async function attachOnGitHub(
  attach: (around: AttachSurroundings) => Promise<unknown>,
): Promise<void> {
  const runner = githubRunner(process.env);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(name));
  try {
    const home = projectFolder(process.argv[1] ?? '.');
    await attach({ runner, clock: realClock, home, signal: stop.signal });
  } catch (error) {
    await fail(runner, error);
  }
}

async function fail(runner: Runner, error: unknown): Promise<void> {
  runner.setExitCode(1);
  if (error instanceof UserError) {
    await runner.error(error.message, `attach failed (${error.code})`);
    return;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  await runner.error(
    `This is a defect of model-release; please report it with these lines:\n${detail}`,
    'attach failed',
  );
}

/** The folder of this project above the file that was started: a bundler gives no other dependable way to it. */
function projectFolder(entry: string): string {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'attach', 'action.yml'))) return folder;
    if (folder === dirname(folder)) return dirname(entry);
  }
}

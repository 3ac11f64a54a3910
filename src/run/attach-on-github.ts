import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { realClock } from '../clients/clock.ts';
import { githubRunner } from '../clients/runner.ts';
import type { AttachSurroundings } from '../fleet/steps/surroundings.ts';
import { explain } from './explain.ts';
import { supervise, thisProcess, type Supervised } from './supervise.ts';

type Attach = (around: AttachSurroundings) => Promise<unknown>;

/** Runs attach as GitHub's runner starts it. */
export async function attachOnGitHub(attach: Attach): Promise<void> {
  const home = projectFolder(process.argv[1] ?? '.');
  await superviseAttach(attach, {
    runner: githubRunner(process.env),
    ...thisProcess,
    clock: realClock,
    home,
  });
}

/** A signal ends attach before its next write, and what it did not get to is reported as remaining. */
export async function superviseAttach(
  attach: Attach,
  around: Supervised & Omit<AttachSurroundings, 'signal'>,
): Promise<void> {
  const { runner } = around;
  await supervise(
    around,
    ({ signal, cutOff }) =>
      Promise.race([attach({ ...around, signal }), cutOff]).then(() => undefined, explain),
    async (failure) => {
      if (failure === undefined) return;
      runner.setExitCode(1);
      await runner.error(failure.message, `attach failed (${failure.code})`);
    },
  );
}

/** The folder of this project above the file that was started: a bundler gives no other dependable way to it. */
function projectFolder(entry: string): string {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'attach', 'action.yml'))) return folder;
    if (folder === dirname(folder)) return dirname(entry);
  }
}

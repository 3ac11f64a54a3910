import type { Runner } from '../clients/runner.ts';
import type { Failure } from './explain.ts';

/** What a run has to say at its end, made from its result. */
export interface Report {
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown for the job summary. */
  readonly summary: string;
  /** Annotations in their order; GitHub shows ten of a step. */
  readonly warnings: readonly { readonly message: string; readonly title: string }[];
  readonly failures: readonly Failure[];
  /** The last line of the log, where nothing failed. */
  readonly closing: string;
  /** Whether a workflow may go on from here. */
  readonly isGreen: boolean;
}

/** Outputs and summary first: a failed run reports everything too. Then annotations, and the exit code. */
export async function finish(runner: Runner, action: string, report: Report): Promise<void> {
  // A missing output file must not turn a release that happened into a failure, nor be passed over.
  for (const trouble of await written(runner, report))
    await runner.warning(`Outputs or summary could not be written: ${trouble}`);
  for (const { message, title } of report.warnings) await runner.warning(message, { title });
  for (const failure of report.failures) await tellFailure(runner, action, failure);
  if (report.failures.length === 0) runner.info(report.closing);
  if (!report.isGreen || report.failures.length > 0) runner.setExitCode(1);
}

/** Writes each by itself, so that one that cannot be written keeps no other back. @returns what went wrong. */
async function written(runner: Runner, { outputs, summary }: Report): Promise<ReadonlySet<string>> {
  const troubles = new Set<string>();
  const attempt = async (write: () => Promise<void>) => {
    try {
      await write();
    } catch (error) {
      troubles.add(error instanceof Error ? error.message : String(error));
    }
  };
  for (const [name, value] of Object.entries(outputs)) await attempt(() => runner.output(name, value));
  await attempt(() => runner.summary(summary));
  return troubles;
}

/** GitHub shows ten annotations of a kind. */
const PLACES_SHOWN = 10;

/** On the lines that are wrong, where they are known; else on the run's page. */
async function tellFailure(runner: Runner, action: string, failure: Failure): Promise<void> {
  const { code, message, places = [] } = failure;
  const title = `${action} failed (${code})`;
  if (places.length === 0) return runner.error(message, { title });
  runner.info(message);
  for (const { message: what = message, ...place } of places.slice(0, PLACES_SHOWN))
    await runner.error(what, { title, ...place });
}

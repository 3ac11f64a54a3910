import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Annotated, Runner } from '../clients/runner.ts';
import type { Failure } from './explain.ts';

/** What a run has to say at its end, made from its result. */
export interface Report {
  readonly outputs: Readonly<Record<string, string>>;
  /** Files for later steps of the job, written to RUNNER_TEMP; `output` is the output that names the path. */
  readonly files?: readonly { readonly output: string; readonly name: string; readonly text: string }[];
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
  for (const { message, ...at } of errorsOf(action, report.failures)) await runner.error(message, at);
  if (report.failures.length === 0) runner.info(report.closing);
  if (!report.isGreen || report.failures.length > 0) runner.setExitCode(1);
}

/** Writes each by itself, so that one that cannot be written keeps no other back. @returns what went wrong. */
async function written(
  runner: Runner,
  { outputs, files = [], summary }: Report,
): Promise<ReadonlySet<string>> {
  const troubles = new Set<string>();
  const attempt = async (write: () => Promise<void>) => {
    try {
      await write();
    } catch (error) {
      troubles.add(error instanceof Error ? error.message : String(error));
    }
  };
  for (const [name, value] of Object.entries(outputs)) await attempt(() => runner.output(name, value));
  for (const { output, name, text } of files)
    await attempt(async () => {
      const path = join(runner.env['RUNNER_TEMP'] ?? '.', name);
      await writeFile(path, text);
      await runner.output(output, path);
    });
  await attempt(() => runner.summary(summary));
  return troubles;
}

/** GitHub shows ten annotations of a kind and drops the others without a word. */
const ERRORS_SHOWN = 10;

/** The whole messages on the run's page, then each mistake on the line that is wrong, where it is known; the last one counts the rest. */
function errorsOf(
  action: string,
  failures: readonly Failure[],
): readonly (Annotated & { readonly message: string })[] {
  const titled = failures.map((failure) => ({ ...failure, title: `${action} failed (${failure.code})` }));
  const errors = [
    ...titled.map(({ message, title }) => ({ message, title })),
    ...titled.flatMap(({ message: whole, title, places = [] }) =>
      places.map(({ message = whole, ...place }) => ({ message, title, ...place })),
    ),
  ];
  const rest = errors.length - ERRORS_SHOWN + 1;
  if (rest <= 1) return errors;
  const title = `${action} failed`;
  const message = `${rest} more errors are not shown here: they are in the log and in the job summary.`;
  return [...errors.slice(0, ERRORS_SHOWN - 1), { message, title }];
}

/** Cold starts of a version that nobody called yet: as many calls at once, because each of them needs an environment of its own. */
import type { Tools } from '../../clients/tools.ts';
import { AwsError } from '../../errors.ts';
import { plural } from '../../words.ts';
import type { CheckedVersion } from '../invoke-sample.ts';
import { waitUntilActive } from '../wait-until-active.ts';
import { coldStartOf } from './ask-live.ts';
import { spareConcurrency } from './spare-concurrency.ts';
import { readInvocation } from './trial-answer.ts';
import { parseReportLine } from './report-line.ts';

export interface ColdStarts {
  /** Each one that was seen. Milliseconds. */
  readonly coldStartsMs: readonly number[];
  /** What was done, or why it was not: a clause. */
  readonly said: string;
}

/**
 * Forces cold starts. What Lambda refuses is left out and said, and is no failure of the model.
 * @throws UserError `version-failed` when the version does not become Active; Cancelled.
 */
export async function forceColdStarts(
  tools: Tools,
  version: CheckedVersion,
  { wanted, inputs }: { readonly wanted: number; readonly inputs: readonly string[] },
): Promise<ColdStarts> {
  const spare = await spareConcurrency(tools, version.functionName);
  if (spare.calls === undefined) return { coldStartsMs: [], said: `no cold start was forced: ${spare.why}` };
  const count = Math.min(wanted, spare.calls);
  const cut = count < wanted ? ` (${count} of ${wanted} at once: ${spare.why})` : '';
  if (count === 0) return { coldStartsMs: [], said: `no cold start was forced${cut}` };
  await waitUntilActive(tools, version.functionName, version.version);
  const calls = Array.from({ length: count }, (_, index) => callOnce(tools, version, inputOf(inputs, index)));
  const seen = await Promise.all(calls);
  const coldStartsMs = seen.flatMap(({ coldStartMs }) => coldStartMs ?? []);
  return { coldStartsMs, said: `${plural(coldStartsMs.length, 'cold start')}${cut}${notSeen(seen)}` };
}

interface Seen {
  readonly coldStartMs?: number | undefined;
  /** Lambda refused the call. */
  readonly refused?: string;
  /** The log tail told nothing of it. */
  readonly untold?: true;
}

async function callOnce(tools: Tools, version: CheckedVersion, payload: string): Promise<Seen> {
  const { functionName, qualifier } = version;
  const started = tools.clock.now();
  try {
    const invocation = await tools.lambda.invoke(functionName, qualifier, { payload, mark: 'load' });
    const durationMs = tools.clock.now() - started;
    const { functionError } = readInvocation({ invocation, durationMs }, version.version);
    const report = parseReportLine(invocation.logTail);
    if (report === undefined) return { untold: true };
    // What failed while it started tells nothing of how long a start takes.
    return functionError === undefined ? { coldStartMs: coldStartOf({ report, durationMs }) } : {};
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { refused: error.reason ?? error.code };
  }
}

function notSeen(seen: readonly Seen[]): string {
  const [refused] = seen.flatMap((one) => one.refused ?? []);
  const count = seen.filter((one) => one.refused !== undefined).length;
  const untold = seen.filter((one) => one.untold === true).length;
  const parts = [
    ...(refused === undefined ? [] : [`${plural(count, 'call')} refused (${refused})`]),
    ...(untold === 0 ? [] : [`${plural(untold, 'call')} without a REPORT line in the log`]),
  ];
  return parts.length === 0 ? '' : `; ${parts.join(', ')}`;
}

/** The samples in turn; an empty event where there are none. */
export function inputOf(inputs: readonly string[], index: number): string {
  return inputs[index % inputs.length] ?? '{}';
}

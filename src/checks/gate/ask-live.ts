/** What is live, asked twice for its own noise. It serves callers meanwhile, so few calls go to it at once, and none of its failures fails a release. */
import type { Tools } from '../../clients/tools.ts';
import type { FunctionVersion } from '../../types.ts';
import { plural } from '../../words.ts';
import type { CheckedVersion, InvokeBounds } from '../invoke-sample.ts';
import { askVersion } from './ask-version.ts';
import type { LiveTrials, Trial, TrialAnswer, TrialRow } from './trial.ts';

/** The live version, and what is known of its release. */
export interface LiveSubject extends Pick<LiveTrials, 'commit' | 'since'> {
  readonly functionName: string;
  readonly version: FunctionVersion;
  /** Compressed. */
  readonly imageBytes: number | undefined;
}

/** Callers share the concurrency. */
const AT_ONCE = 4;
/** A refusal is tried again for this long. Milliseconds. */
const REFUSED_MS = 20_000;
/** For both passes together. Milliseconds. */
const BUDGET_MS = 5 * 60_000;
/** Rows that are compared, at most. */
const MOST_ROWS = 2000;

/** Not compared, and why: a clause. */
export interface NotCompared {
  readonly notCompared: string;
}

/**
 * Sends the rows to the live version, by its number, and then once more. Rows that were not answered both times are left out.
 * @throws Cancelled when the run was told to stop.
 */
export async function askLive(
  tools: Tools,
  live: LiveSubject,
  rows: readonly TrialRow[],
): Promise<LiveTrials | NotCompared> {
  const { functionName, version, commit, since } = live;
  const { state } = version;
  if (rows.length === 0) return { notCompared: 'there are no samples' };
  if (version.version === '$LATEST')
    return { notCompared: 'the alias points to $LATEST, which a release changes' };
  if (state !== undefined && state !== 'Active')
    return { notCompared: `version ${version.version}, which is live, is ${state}` };
  const subject = { functionName, qualifier: version.version, version: version.version };
  const asked = await askTwice(tools, subject, rows.slice(0, MOST_ROWS));
  if ('notCompared' in asked) return asked;
  const { first, second } = asked;
  const left = rows.length - first.length;
  if (left > 0)
    tools.log.info(
      `${plural(left, 'row')} of ${rows.length} not compared: ${asked.stopped ?? `at most ${MOST_ROWS} are`}`,
    );
  return {
    version: version.version,
    commit,
    since,
    first: trialOf(live, first),
    second: trialOf(live, second),
  };
}

interface Twice {
  readonly first: readonly TrialAnswer[];
  readonly second: readonly TrialAnswer[];
  readonly stopped: string | undefined;
}

async function askTwice(
  tools: Tools,
  subject: CheckedVersion,
  rows: readonly TrialRow[],
): Promise<Twice | NotCompared> {
  const started = tools.clock.now();
  const bounds: InvokeBounds = { atOnce: AT_ONCE, budgetMs: REFUSED_MS, waits: false };
  const first = await askVersion(tools, subject, { ...bounds, rows, until: started + BUDGET_MS / 2 });
  const again = first.answers.map(({ row }) => row);
  const second = await askVersion(tools, subject, { ...bounds, rows: again, until: started + BUDGET_MS });
  const both = new Set(second.answers.map(({ row }) => row));
  const stopped = first.stopped ?? second.stopped;
  if (both.size === 0) return { notCompared: stopped ?? 'nothing was answered' };
  return { first: first.answers.filter(({ row }) => both.has(row)), second: second.answers, stopped };
}

/** What was seen of a version, put together. */
export function trialOf(
  { version, imageBytes }: Pick<LiveSubject, 'version' | 'imageBytes'>,
  answers: readonly TrialAnswer[],
  coldStartsMs: readonly number[] = coldStartsIn(answers),
): Trial {
  const used = answers.flatMap(({ report }) => report?.usedMb ?? []);
  return {
    where: 'lambda',
    answers,
    architecture: version.architecture,
    memoryMb: version.configuration.memorySize,
    usedMb: used.length === 0 ? undefined : used.reduce((most, one) => Math.max(most, one)),
    coldStartsMs,
    imageBytes,
  };
}

/** What its caller waited for: the environment, and the first answer from it. */
function coldStartsIn(answers: readonly TrialAnswer[]): readonly number[] {
  return answers.flatMap((answer) => coldStartOf(answer) ?? []);
}

/** An initialisation that Lambda gave up after ten seconds is no part of Duration, and has no Init Duration. Milliseconds. */
const GIVEN_UP_MS = 9_500;

/** Milliseconds; undefined for an answer of a warm environment, and where the report is missing. */
export function coldStartOf({
  report,
  durationMs,
}: Pick<TrialAnswer, 'report' | 'durationMs'>): number | undefined {
  if (report?.durationMs === undefined) return undefined;
  const started = report.initMs ?? report.restoreMs;
  if (started !== undefined) return started + report.durationMs;
  return durationMs - report.durationMs >= GIVEN_UP_MS ? durationMs : undefined;
}

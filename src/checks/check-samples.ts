/** Checks a version: every sample is sent to it, and every answer compared. */
import { UNPRINTABLE, UserError } from '../errors.ts';
import { waitUntilActive } from './wait-until-active.ts';
import { checkAnswer, differs, type Verdict } from './check-answer.ts';
import type { FunctionError } from './function-error.ts';
import type { Tools } from '../clients/tools.ts';
import { readInvocation, trialAnswer, type Invoked } from './gate/trial-answer.ts';
import type { TrialAnswer } from './gate/trial.ts';
import { Invocations, type CheckedVersion } from './invoke-sample.ts';
import type { Sample } from './samples.ts';
import { shown, withoutValues } from './shown.ts';

export type { CheckedVersion } from './invoke-sample.ts';

/** The result of one sample. Its texts are short and hold no value of the function's environment. */
export interface SampleResult {
  readonly name: string;
  /** In the samples file, counted from 1. */
  readonly line: number;
  readonly verdict: Verdict;
  /** Why the answer is not the expected one, as one sentence; undefined where nothing is wrong. */
  readonly mismatch: string | undefined;
  /** The version that was to answer did, without an error of the function. */
  readonly answered: boolean;
  /** The version that answered. */
  readonly version: string | undefined;
  readonly durationMs: number;
  /** Where the function failed instead of answering. */
  readonly functionError?: FunctionError | undefined;
  /** The answer itself, for the comparison with what is live; undefined where all of them together would be too large to keep. */
  readonly asked?: TrialAnswer | undefined;
}

/** How many samples are checked at once: enough to hide the network, few enough for an account's spare concurrency. */
const AT_ONCE = 16;

/** Answers are kept for the comparison up to this, in all: Lambda's longest answer is 6 MB. Bytes. */
const KEPT_BYTES = 64 * 1024 * 1024;

/**
 * Checks the samples on a published version, before any traffic: all of them, whatever the first ones show. The first one goes alone,
 * because it pays for the cold start. Without samples the version is waited for until it is Active.
 * @returns one result a sample, in the order of the file.
 * @throws UserError or AwsError when the version cannot be invoked: `version-failed`, `no-concurrency` and others; Cancelled.
 */
export async function checkEverySample(
  tools: Tools,
  checked: CheckedVersion,
  samples: readonly Sample[],
): Promise<readonly SampleResult[]> {
  const [first, ...rest] = samples;
  if (first === undefined) {
    await waitUntilActive(tools, checked.functionName, checked.version);
    return [];
  }
  const invocations = new Invocations(tools, checked, { atOnce: AT_ONCE });
  const kept = { bytes: 0 };
  const check = (sample: Sample) => checkSample({ tools, checked, invocations, kept }, sample);
  const results = [await check(first)];
  const others = await Promise.allSettled(rest.map(check));
  const isFirst = (other: PromiseSettledResult<unknown>) =>
    other.status === 'rejected' && !invocations.atOnce.isClosedBy(other.reason);
  const failed = others.find(isFirst);
  if (failed?.status === 'rejected') throw failed.reason as Error;
  results.push(...others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : [])));
  tellFunctionLog(tools, checked, results);
  return results;
}

interface Scene {
  readonly tools: Tools;
  readonly checked: CheckedVersion;
  readonly invocations: Invocations;
  readonly kept: { bytes: number };
}

async function checkSample(
  { tools, checked, invocations, kept }: Scene,
  sample: Sample,
): Promise<SampleResult> {
  const invoked = readInvocation(await invocations.invoke(sample), checked.version);
  const { invocation, durationMs, functionError } = invoked;
  const verdict = verdictOn(checked, sample, invoked);
  const row = { name: shown(sample.name, [], 100), line: sample.line, from: 'samples', sample } as const;
  kept.bytes += invocation.payload.length;
  const result: SampleResult = {
    name: row.name,
    line: sample.line,
    verdict,
    mismatch: verdict.kind === 'differs' ? verdict.why : undefined,
    answered: invocation.executedVersion === checked.version && invocation.functionError === undefined,
    version: invocation.executedVersion,
    durationMs,
    functionError,
    asked: kept.bytes > KEPT_BYTES ? undefined : trialAnswer(row, invoked, verdict),
  };
  if (result.mismatch !== undefined)
    tools.log.info(`Sample "${result.name}" (line ${result.line}): ${result.mismatch}`);
  return result;
}

function verdictOn({ hidden = [] }: CheckedVersion, sample: Sample, { answer }: Invoked): Verdict {
  return 'failed' in answer
    ? differs({ problem: answer.failed }, hidden)
    : checkAnswer(sample, answer, hidden);
}

/** The log of the first failure, once: a model that fails mostly fails on every sample in the same way. */
function functionLogOf(
  { hidden = [] }: Pick<CheckedVersion, 'hidden'>,
  results: readonly SampleResult[],
): { readonly sample: string; readonly lines: readonly string[] } | undefined {
  const first = results.find(({ functionError }) => (functionError?.log.length ?? 0) > 0);
  if (first?.functionError === undefined) return undefined;
  const text = withoutValues(first.functionError.log.join('\n'), hidden);
  return { sample: first.name, lines: text.split('\n').map((line) => line.replaceAll(UNPRINTABLE, ' ')) };
}

function tellFunctionLog(tools: Tools, checked: CheckedVersion, results: readonly SampleResult[]): void {
  const log = functionLogOf(checked, results);
  if (log === undefined) return;
  tools.log.info(`What the function logged at sample "${log.sample}":`);
  for (const line of log.lines) tools.log.info(`  ${line}`);
}

/** Samples that a version answered wrongly. */
export class SamplesFailed extends UserError {
  /** Of all samples, the right ones too. */
  readonly results: readonly SampleResult[];
  readonly functionLog: ReturnType<typeof functionLogOf>;

  constructor(
    checked: Pick<CheckedVersion, 'version' | 'file' | 'hidden'>,
    results: readonly SampleResult[],
  ) {
    const { version, file } = checked;
    const wrong = results.filter(({ mismatch }) => mismatch !== undefined);
    const first = wrong.slice(0, 3).map(({ name, mismatch }) => `"${name}": ${mismatch}`);
    const rest = wrong.length - first.length;
    const more = rest > 0 ? `; ${rest} more are in the log and in the job summary` : '';
    super('samples-failed', {
      what: `Version ${version} answered ${wrong.length} of ${results.length} samples wrongly: ${first.join('; ')}${more}.`,
      fix: `${fixFor(wrong)} and push again; no traffic was shifted.`,
      places: wrong.flatMap(({ name, line, mismatch = '' }) =>
        file === undefined ? [] : { file, line, message: `Sample "${name}": ${mismatch}` },
      ),
    });
    this.results = results;
    this.functionLog = functionLogOf(checked, results);
  }
}

/** The function's settings, where they are too small; else the model or what is expected of it. */
function fixFor(wrong: readonly SampleResult[]): string {
  const fixes = new Set(wrong.map(({ functionError }) => functionError?.fix));
  const [only] = fixes;
  return fixes.size === 1 && only !== undefined ? only : 'Mend the model or the expectation';
}

/** As `checkEverySample`. @throws SamplesFailed where one or more answers are not the expected ones. */
export async function checkSamples(
  tools: Tools,
  checked: CheckedVersion,
  samples: readonly Sample[],
): Promise<readonly SampleResult[]> {
  const results = await checkEverySample(tools, checked, samples);
  if (results.some(({ mismatch }) => mismatch !== undefined)) throw new SamplesFailed(checked, results);
  return results;
}

/** One sample by itself. @throws UserError or AwsError when the version could not be invoked. */
export async function checkOneSample(
  tools: Tools,
  checked: CheckedVersion,
  sample: Sample,
): Promise<SampleResult> {
  const result = await checkSample(
    { tools, checked, invocations: new Invocations(tools, checked), kept: { bytes: 0 } },
    sample,
  );
  tellFunctionLog(tools, checked, [result]);
  return result;
}

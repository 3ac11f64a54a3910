import { backoff } from '../clients/retry.ts';
import type { Invocation } from '../clients/lambda.ts';
import type { Tools } from '../clients/tools.ts';
import { AwsError, UserError } from '../errors.ts';
import { judgeAnswer, withoutValues, type Sample } from './samples.ts';
import { waitUntilActive } from './wait-until-active.ts';

export interface SampleResult {
  readonly name: string;
  /** Undefined when the answer was the expected one. */
  readonly mismatch: string | undefined;
  /** The version that answered. */
  readonly version: string | undefined;
  readonly durationMs: number;
}

export interface Question {
  readonly functionName: string;
  /** A version or an alias. */
  readonly qualifier: string;
  /** The version that must answer. */
  readonly version: string;
  /** Values of its environment, which no message may show. */
  readonly hidden?: readonly string[];
}

/** How many samples are asked at once: enough to hide the network, few enough for an account's spare concurrency. */
const AT_ONCE = 16;

/**
 * Asks the published version every sample, before any traffic. The first one is asked alone: it pays for the cold start, and
 * while Lambda still prepares the version it is refused, which is when the wait for Active begins.
 * @throws UserError `samples-failed` naming the first wrong answers; `version-failed`, `cannot-invoke` otherwise.
 */
export async function checkSamples(
  tools: Tools,
  question: Question,
  samples: readonly Sample[],
): Promise<readonly SampleResult[]> {
  const results: SampleResult[] = [];
  const [first, ...rest] = samples;
  if (first === undefined) {
    await waitUntilActive(tools, question.functionName, question.version);
    return results;
  }
  results.push(await ask(tools, question, first));
  for (let from = 0; from < rest.length; from += AT_ONCE) {
    const batch = rest.slice(from, from + AT_ONCE);
    results.push(...(await Promise.all(batch.map((sample) => ask(tools, question, sample)))));
  }
  const wrong = results.filter((result) => result.mismatch !== undefined);
  if (wrong.length > 0) throw samplesFailed(question, results, wrong);
  return results;
}

function samplesFailed(
  question: Question,
  results: readonly SampleResult[],
  wrong: readonly SampleResult[],
): UserError {
  const shown = wrong.slice(0, 3).map(({ name, mismatch }) => `"${name}": ${mismatch}`);
  const more = wrong.length > shown.length ? `; and ${wrong.length - shown.length} more` : '';
  return Object.assign(
    new UserError('samples-failed', {
      what: `Version ${question.version} answered ${wrong.length} of ${results.length} samples wrongly: ${shown.join('; ')}${more}.`,
      fix: 'Mend the model or the expectation and push again; no traffic was moved.',
    }),
    { results },
  );
}

/** One sample to one version. @throws UserError when the function could not be asked, which says nothing about the model. */
export async function ask(tools: Tools, question: Question, sample: Sample): Promise<SampleResult> {
  const started = tools.clock.now();
  const invocation = await invoke(tools, question, JSON.stringify(sample.input));
  return {
    name: sample.name,
    mismatch: shownVerdict(question, sample, invocation),
    version: invocation.executedVersion,
    durationMs: tools.clock.now() - started,
  };
}

/** Judged as it is, said without what is hidden. */
function shownVerdict(question: Question, sample: Sample, invocation: Invocation): string | undefined {
  const wrong = verdict(question, sample, invocation);
  if (wrong === undefined || question.hidden === undefined) return wrong;
  const payload = withoutValues(invocation.payload, question.hidden);
  return verdict(question, sample, { ...invocation, payload }) ?? 'the answer is another one';
}

function verdict(question: Question, sample: Sample, invocation: Invocation): string | undefined {
  if (invocation.executedVersion !== question.version) {
    return `version ${invocation.executedVersion ?? 'unknown'} answered instead of ${question.version}`;
  }
  if (invocation.functionError !== undefined) return `the function failed: ${errorText(invocation)}`;
  return judgeAnswer(sample, invocation.payload);
}

/** Lambda's error payload is {errorMessage, errorType, …}; its words are what helps. */
function errorText({ payload }: Invocation): string {
  try {
    const { errorType, errorMessage } = JSON.parse(payload) as { errorType?: string; errorMessage?: string };
    return [errorType, errorMessage].filter(Boolean).join(': ').slice(0, 300) || 'no message';
  } catch {
    return payload.slice(0, 300);
  }
}

const INVOKE_BUDGET_MS = 120_000;
const ATTEMPTS = 12;

/** Refusals that pass by themselves: a network interface or a snapshot in the making, EC2 or KMS busy, a full account. */
const PASSING = new Set([
  'CodeArtifactUserPendingException',
  'EC2ThrottledException',
  'ENILimitReachedException',
  'ResourceNotReadyException',
  'SnapStartNotReadyException',
  'SubnetIPAddressLimitReachedException',
  'ServiceException',
  'TooManyRequestsException',
]);

/** Invoke has its own loop: the SDK's would repeat a long call whose answer was lost, and blame the model for a throttle. */
async function invoke(tools: Tools, question: Question, payload: string): Promise<Invocation> {
  const started = tools.clock.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tools.lambda.invoke(question.functionName, question.qualifier, payload);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.code === 'ResourceConflictException' && attempt < ATTEMPTS) {
        await waitUntilActive(tools, question.functionName, question.version);
        continue;
      }
      const passes = PASSING.has(error.code) || error.isTransient;
      const wait = backoff(tools, attempt, error);
      const over = attempt >= ATTEMPTS || tools.clock.now() + wait - started > INVOKE_BUDGET_MS;
      if (!passes || over || tools.signal.aborted) throw cannotInvoke(question, error);
      tools.log.info(`Invoke: ${error.code}; trying again in ${(wait / 1000).toFixed(1)} s`);
      await tools.clock.sleep(wait, tools.signal);
    }
  }
}

function cannotInvoke(question: Question, error: AwsError): unknown {
  if (error.reason === 'ReservedFunctionConcurrentInvocationLimitExceeded') {
    return new UserError(
      'no-concurrency',
      {
        what: `Version ${question.version} could not be asked because the function's reserved concurrency is used up; this says nothing about the model.`,
        fix: 'Raise the reserved concurrency or release at a quieter time.',
      },
      { cause: error },
    );
  }
  return error;
}

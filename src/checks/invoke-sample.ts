/** One sample by Lambda's Invoke, tried again while the refusal says nothing about the model. */
import type { CallMark } from '../clients/call-mark.ts';
import type { Invocation, InvokeRequest } from '../clients/lambda.ts';
import { backoff, retry, type Pause } from '../clients/retry.ts';
import type { Tools } from '../clients/tools.ts';
import { AwsError, UserError } from '../errors.ts';
import { AtOnce } from './at-once.ts';
import type { Sample } from './samples.ts';
import { waitUntilActive } from './wait-until-active.ts';

/** Which version is checked, and through which name. */
export interface CheckedVersion {
  readonly functionName: string;
  /** A version or an alias. */
  readonly qualifier: string;
  /** The version that must answer. */
  readonly version: string;
  /** Values of its environment, which no message may show. */
  readonly hidden?: readonly string[];
  /** The samples file, relative to the workspace: where an answer that differs is shown. */
  readonly file?: string;
}

/** For one sample's other refusals, and for concurrency since anything was answered last. Milliseconds. */
const INVOKE_BUDGET_MS = 120_000;
const ATTEMPTS = 12;

/** Refusals of a version that is not Active yet: its image is prepared, or its snapshot is taken, which may take minutes. */
const PREPARING = new Set(['ResourceConflictException', 'SnapStartNotReadyException']);

/** Refusals that pass by themselves: a network interface in the making, EC2 or KMS busy. */
const PASSING = new Set([
  'CodeArtifactUserPendingException',
  'EC2ThrottledException',
  'ENILimitReachedException',
  'ResourceNotReadyException',
  'SubnetIPAddressLimitReachedException',
  'ServiceException',
]);

/** How calls of one version are held back; without a member as for the samples of a release. */
export interface InvokeBounds {
  /** At once, at most; default: one. */
  readonly atOnce?: number;
  /** For a call's own refusals, and for concurrency since anything was answered last. Milliseconds. */
  readonly budgetMs?: number;
  /** Nothing begins later than this. Milliseconds since the epoch. */
  readonly until?: number;
  /** A version that is not Active is not waited for. */
  readonly waits?: false;
}

/** The time for a whole list of calls is over. */
export class CallsOverdue extends Error {}

/** Checks that share a version's concurrency. One answer shows that there is some: the others may go on waiting for it. */
export class Invocations {
  readonly atOnce: AtOnce;
  private answeredAt: number;
  private readonly tools: Tools;
  private readonly checked: CheckedVersion;
  private readonly bounds: InvokeBounds;

  constructor(tools: Tools, checked: CheckedVersion, bounds: InvokeBounds = {}) {
    this.tools = tools;
    this.checked = checked;
    this.bounds = bounds;
    this.atOnce = new AtOnce(bounds.atOnce ?? 1, tools.signal);
    this.answeredAt = tools.clock.now();
  }

  /** @throws UserError or AwsError when the version could not be invoked, which says nothing about the model. */
  async invoke(
    sample: Pick<Sample, 'input'>,
    mark: CallMark = 'sample',
  ): Promise<{ readonly invocation: Invocation; readonly durationMs: number }> {
    const { clock } = this.tools;
    let began = Infinity;
    let pause: Pause | undefined;
    // `pauseAfter` holds the bounds: waiting for a free place is no attempt.
    const policy = { budgetMs: Infinity, passes: () => pause };
    try {
      return await retry(this.tools, policy, (attempt) => {
        pause = undefined;
        return this.atOnce.run(async (turn) => {
          const started = clock.now();
          this.refuseAfter(started);
          began = Math.min(began, started);
          try {
            const invocation = await this.invokeWhenActive({ payload: sample.input, mark });
            this.answeredAt = clock.now();
            return { invocation, durationMs: this.answeredAt - started };
          } catch (error) {
            // Decided while the place is taken, so that no other check starts in it.
            pause = this.pauseAfter(error, { attempt, began, turn });
            if (pause === undefined) this.atOnce.close();
            throw error;
          }
        });
      });
    } catch (error) {
      throw error instanceof AwsError ? cannotInvoke(this.checked, error) : error;
    }
  }

  /** While Lambda still prepares the version it is refused, which is when the wait for Active begins. */
  private async invokeWhenActive(request: InvokeRequest): Promise<Invocation> {
    const { functionName, qualifier, version } = this.checked;
    try {
      return await this.tools.lambda.invoke(functionName, qualifier, request);
    } catch (error) {
      if (error instanceof AwsError && PREPARING.has(error.code) && this.bounds.waits !== false)
        await waitUntilActive(this.tools, functionName, version);
      throw error;
    }
  }

  private refuseAfter(now: number): void {
    if (now < (this.bounds.until ?? Infinity)) return;
    this.atOnce.close();
    throw new CallsOverdue();
  }

  /** Invoke has its own policy: the SDK's would repeat a long call whose answer was lost, and would report a throttle as a failure of the model. */
  private pauseAfter(error: unknown, { attempt, began, turn }: Attempt): Pause | undefined {
    if (!(error instanceof AwsError)) return undefined;
    if (this.bounds.waits === false && PREPARING.has(error.code)) return undefined;
    const { budgetMs = INVOKE_BUDGET_MS } = this.bounds;
    if (error.code === 'ResourceConflictException') return attempt < ATTEMPTS ? { ms: 0 } : undefined;
    const now = this.tools.clock.now();
    const ms = backoff(this.tools, attempt, error);
    // The wait for Active has its own budget, which is longer than that of an invocation.
    if (error.code === 'SnapStartNotReadyException') return attempt < ATTEMPTS ? { ms } : undefined;
    if (isRefusal(error)) {
      const limit = this.atOnce.refused(turn);
      if (now + ms - Math.max(began, this.answeredAt) > budgetMs) return undefined;
      return {
        ms,
        why: `Invoke: ${error.code}${limit === undefined ? '' : `; ${limit} at once from now on`}`,
      };
    }
    const isOver = attempt >= ATTEMPTS || now + ms - began > budgetMs;
    if (isOver || !(PASSING.has(error.code) || error.isTransient)) return undefined;
    return { ms, why: `Invoke: ${error.code}` };
  }
}

interface Attempt {
  readonly attempt: number;
  /** When the first one was sent. Milliseconds. */
  readonly began: number;
  readonly turn: number;
}

/** No concurrency was free. EC2 throttles too, with a status of its own, and fewer at once would not help. */
function isRefusal(error: unknown): boolean {
  return error instanceof AwsError && error.isThrottle && error.status === 429;
}

function cannotInvoke(checked: CheckedVersion, error: AwsError): UserError | AwsError {
  if (error.reason !== 'ReservedFunctionConcurrentInvocationLimitExceeded') return error;
  return new UserError(
    'no-concurrency',
    {
      what: `Version ${checked.version} could not be invoked because the function's reserved concurrency is used up, one sample at a time too; this says nothing about the model.`,
      fix: 'Raise the reserved concurrency or release at a quieter time.',
    },
    { cause: error },
  );
}

import { AwsError, UserError } from '../../../errors.ts';
import {
  configurationUpdate,
  wishedConfiguration,
  type ConfigurationWish,
} from '../../plan/configuration.ts';
import type { Architecture, Configuration, Digest, FunctionVersion } from '../../../types.ts';
import { PULL_POLICY } from '../../../aws/pull-policy.ts';
import { retry } from '../../../clients/retry.ts';
import { waitFor } from '../../../clients/wait.ts';
import type { ReleaseTools } from '../../tools.ts';

export interface FunctionUpdate {
  readonly functionName: string;
  /** `<repository>@<digest>`: a digest never means two things. */
  readonly imageUri: string;
  readonly digest: Digest;
  readonly architecture: Architecture;
  readonly wish: ConfigurationWish;
}

/** How long Lambda may take over one update, and how long somebody else's update is waited for. */
export const UPDATE_BUDGET_MS = 15 * 60_000;
/** How long a pushed image may be invisible to Lambda; how long a new policy or role may take to be known. */
const IMAGE_BUDGET_MS = 120_000;
const PROPAGATION_BUDGET_MS = 60_000;
/** How long EC2 may throttle Lambda's network interfaces: it takes minutes. */
const EC2_BUDGET_MS = 10 * 60_000;

/** `$LATEST` after an update: what it should be configured to is returned with it, for the check after publishing. */
export interface UpdatedFunction {
  readonly latest: FunctionVersion;
  readonly wished: Configuration;
}

/**
 * Code first, then configuration if it differs: the other order fails while the current image is deleted.
 * @throws UserError with Lambda's reason when an update fails; the published versions are untouched by it.
 */
export async function updateFunction(tools: ReleaseTools, update: FunctionUpdate): Promise<UpdatedFunction> {
  const { functionName, imageUri, architecture, digest } = update;
  const started = await untilAccepted(tools, update, () =>
    tools.lambda.updateFunctionCode(functionName, imageUri, architecture),
  );
  let latest = await settled(tools, update, started);
  const wished = wishedConfiguration(latest.configuration, update.wish);
  const change = configurationUpdate(latest.configuration, wished);
  if (latest.digest === digest && Object.keys(change).length > 0) {
    const changing = await untilAccepted(tools, update, () =>
      tools.lambda.updateFunctionConfiguration(functionName, change),
    );
    latest = await settled(tools, update, changing);
  }
  return { latest, wished };
}

/** How long a read may show `$LATEST` as it was before this update; after that, somebody else changed it. */
const STALE_BUDGET_MS = 10_000;

/** Waits until no update is in progress and the image is ours, or is another one for longer than a stale read would show it. */
async function settled(
  tools: ReleaseTools,
  { functionName, digest }: FunctionUpdate,
  started: FunctionVersion,
): Promise<FunctionVersion> {
  if (started.lastUpdateStatus === 'Successful' && started.state === 'Active') return started;
  let otherSince: number | undefined;
  return waitFor(
    tools,
    { what: `Lambda to update ${functionName}`, budgetMs: UPDATE_BUDGET_MS },
    async () => {
      const latest = await tools.lambda.getFunction(functionName);
      if (latest.lastUpdateStatus === 'Failed') throw updateFailed(functionName, latest);
      // Absent counts as in progress: Lambda leaves the status out while a function is being made.
      if (latest.lastUpdateStatus !== 'Successful' || latest.state === 'Pending') return undefined;
      if (latest.digest === digest) return latest;
      // "Successful" may be the update before this one.
      otherSince ??= tools.clock.now();
      return tools.clock.now() - otherSince >= STALE_BUDGET_MS ? latest : undefined;
    },
  );
}

function updateFailed(functionName: string, latest: FunctionVersion): UserError {
  return new UserError('update-failed', {
    what: `Lambda could not update ${functionName}: ${latest.lastUpdateReason || latest.stateReason || 'no reason given'}.`,
    fix: 'What was live is still live; mend the reason and run this again.',
  });
}

/**
 * Repeats a write that AWS refuses only for the moment: another update in progress, an image not visible yet, a role or a
 * policy that has not arrived everywhere. Each kind has its own time.
 */
export async function untilAccepted<T>(
  tools: ReleaseTools,
  { functionName, imageUri }: { readonly functionName: string; readonly imageUri: string },
  write: () => Promise<T>,
): Promise<T> {
  let said = '';
  return retry(
    tools,
    {
      budgetMs: UPDATE_BUDGET_MS,
      passes: (error, attempt) => {
        const patience = patienceFor(error);
        if (patience === undefined) return undefined;
        const isNews = said !== patience.why;
        said = patience.why;
        return {
          ms: Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.6 ** (attempt - 1)),
          budgetMs: patience.budgetMs,
          why: isNews ? `${patience.why} (this may take up to ${patience.budgetMs / 1000} s)` : undefined,
        };
      },
      givenUp: (error) => patienceFor(error)?.givenUp?.(functionName, imageUri, error) ?? error,
    },
    write,
  );
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

interface Patience {
  readonly why: string;
  readonly budgetMs: number;
  readonly givenUp?: (functionName: string, imageUri: string, error: unknown) => UserError;
}

/** Why a refusal may pass by itself, or undefined. Lambda gives these as 400 where only its English words differ. */
function patienceFor(error: unknown): Patience | undefined {
  if (!(error instanceof AwsError)) return undefined;
  // "Function already exist" has the same code and does not pass.
  if (error.code === 'ResourceConflictException' && !/already exist/i.test(error.detail)) {
    return {
      why: 'Another update of the function is in progress',
      budgetMs: UPDATE_BUDGET_MS,
      givenUp: stillUpdating,
    };
  }
  if (error.code !== 'InvalidParameterValueException' && error.code !== 'AccessDeniedException')
    return undefined;
  if (/source image .* (does not exist|is not valid)/i.test(error.detail)) {
    return { why: 'Lambda does not see the image yet', budgetMs: IMAGE_BUDGET_MS, givenUp: imageInvisible };
  }
  if (/permission to access the ECR image/i.test(error.detail)) {
    return {
      why: 'Lambda may not pull the image yet',
      budgetMs: PROPAGATION_BUDGET_MS,
      givenUp: imageForbidden,
    };
  }
  if (/throttled by EC2/i.test(error.detail)) {
    return { why: 'EC2 throttles Lambda', budgetMs: EC2_BUDGET_MS };
  }
  if (/cannot be assumed by Lambda|role does not have permissions|KMS key is invalid/i.test(error.detail)) {
    return { why: "The function's role is not known everywhere yet", budgetMs: PROPAGATION_BUDGET_MS };
  }
  return undefined;
}

function stillUpdating(functionName: string, _imageUri: string, error: unknown): UserError {
  return new UserError(
    'update-in-progress',
    {
      what: `Another update of ${functionName} was still in progress after 15 minutes.`,
      fix: 'Find out who else deploys this function, then run this again; nothing was changed.',
    },
    { cause: error },
  );
}

function imageInvisible(_functionName: string, imageUri: string, error: unknown): UserError {
  return new UserError(
    'image-not-visible',
    {
      what: `Lambda does not see ${imageUri} although it is in ECR: ${error instanceof AwsError ? error.detail : String(error)}`,
      fix: 'Check that the image and the function are in the same region, then run this again.',
    },
    { cause: error },
  );
}

function imageForbidden(_functionName: string, imageUri: string, error: unknown): UserError {
  return new UserError(
    'repository-policy',
    {
      what: `Lambda may not pull ${imageUri}: the repository's policy does not allow lambda.amazonaws.com.`,
      fix: `Set this repository policy: ${JSON.stringify(PULL_POLICY)}`,
    },
    { cause: error },
  );
}

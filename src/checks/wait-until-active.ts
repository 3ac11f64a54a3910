import type { Tools } from '../clients/tools.ts';
import { waitFor } from '../clients/wait.ts';
import { AwsError, UserError } from '../errors.ts';
import { isIdle, type FunctionVersion } from '../types.ts';

/** How long Lambda may take to make a version ready. Milliseconds. */
const ACTIVE_BUDGET_MS = 10 * 60_000;

/**
 * Waits until a version is Active; an Inactive one (idle for weeks) is woken by one invocation, which Lambda refuses.
 * @throws UserError `version-failed` with Lambda's reason.
 */
export async function waitUntilActive(
  tools: Tools,
  functionName: string,
  version: string,
): Promise<FunctionVersion> {
  let told = false;
  return waitFor(
    tools,
    { what: `version ${version} to become Active`, budgetMs: ACTIVE_BUDGET_MS },
    async () => {
      const now = await tools.lambda.getFunction(functionName, version);
      if (now.state === 'Active') return now;
      if (isBroken(now)) throw versionFailed(functionName, now);
      if (now.state !== undefined && !KNOWN_STATES.has(now.state)) throw unknownState(functionName, now);
      if (now.state === 'Inactive') {
        if (!told) tools.log.info(`Version ${version} was idle and is Inactive; waking it`);
        told = true;
        await tools.lambda
          .invoke(functionName, version, { payload: '{}', mark: 'sample' })
          .catch(unlessForbidden);
      }
      return undefined;
    },
  );
}

/** What Lambda says of a version that waiting or waking may make Active. */
const KNOWN_STATES = new Set(['Pending', 'Inactive']);

/** A state of which this release does not know where it leads: waiting for it would be a guess. */
function unknownState(functionName: string, { version, state, stateReason }: FunctionVersion): UserError {
  return new UserError('version-failed', {
    what: `Version ${version} of ${functionName} is ${state}${stateReason === '' ? '' : ` (${stateReason})`}, a state that this release of model-release does not know.`,
    fix: 'Look at the version in the Lambda console, and use a newer release of model-release; no traffic was shifted to it.',
  });
}

/** The call that wakes a version is refused, and may be lost: then the next one wakes it. Only a missing permission stays. */
function unlessForbidden(error: unknown): void {
  if (!(error instanceof AwsError) || error.isForbidden) throw error;
}

/** Waiting and waking do not help it. */
export function isBroken({ state, stateReason }: FunctionVersion): boolean {
  return state === 'Failed' || (state === 'Inactive' && !isIdle(state, stateReason));
}

export function versionFailed(functionName: string, version: FunctionVersion): UserError {
  return new UserError('version-failed', {
    what: `Version ${version.version} of ${functionName} could not be made ready: ${version.stateReason || 'no reason given'}.`,
    fix: 'Mend the reason and deploy again; no traffic was shifted to it.',
  });
}

import { provesNothing } from '../words.ts';
import type { Candidate } from './candidate.ts';
import { historyLines } from './facts.ts';
import { recordOf, type Release } from './record/release.ts';
import { also, type Facts } from './result.ts';
import { checkConcurrency } from './steps/alias/check-concurrency.ts';
import { pinPrevious } from './steps/alias/pin-previous.ts';
import { readHistory } from './steps/alias/read-history.ts';
import { showDeployment } from './steps/show-deployment.ts';
import type { ReleaseSession } from './tools.ts';

/** What a release is followed by and never depends on: nothing here can fail it, only warn. */
export async function noteRelease(
  session: ReleaseSession,
  { inputs, target, steps }: Candidate,
  { live, facts }: { readonly live: Release; readonly facts: Facts },
): Promise<Facts> {
  const { tools, run } = session;
  const { functionName, aliasName } = target;
  const previous = recordOf(live)?.previous;
  const pin = async () => {
    if (steps.pin !== undefined && previous !== undefined)
      await session.within(steps.pin, () => pinPrevious(tools, { functionName, aliasName, previous }));
  };
  const show = async () => {
    if (steps.deployment === undefined || facts.after === undefined) return;
    const { environment = '', githubToken: token = '' } = inputs;
    const shown = {
      run,
      environment,
      token,
      alias: target,
      apiUrl: facts.apiUrl,
      release: facts.after,
      unproven: provesNothing(facts),
    };
    await session.within(steps.deployment, () => showDeployment(tools, shown));
  };
  return session.group('Note it down', async () => {
    const [history] = await Promise.all([
      readHistory(tools, { functionName, release: live }),
      pin(),
      checkConcurrency(tools, { functionName, aliasName }),
      show(),
    ]);
    return also(facts, { history: historyLines(history) });
  });
}

import { readRelease, recordOf } from './record/release.ts';
import * as say from '../report/words.ts';
import { checkConcurrency } from './steps/alias/check-concurrency.ts';
import { pinPrevious } from './steps/alias/pin-previous.ts';
import { readHistory } from './steps/alias/read-history.ts';
import { showDeployment } from './steps/show-deployment.ts';
import type { Live } from './candidate.ts';
import type { Session } from '../run/session.ts';

/** What a release is followed by and never depends on: nothing here can fail it, only warn. */
export async function afterwards({ candidate, alias }: Live, session: Session): Promise<void> {
  const { step, story, tools, run } = session;
  const { inputs, target } = candidate;
  const { functionName, aliasName } = target;
  const release = readRelease(alias, tools.guards.trustRecord);
  const previous = recordOf(release)?.previous;
  await step('Note it down', async () => {
    const [history] = await Promise.all([
      readHistory(tools, { functionName, release }),
      inputs.pinPrevious &&
        previous !== undefined &&
        pinPrevious(tools, { functionName, aliasName, previous }),
      checkConcurrency(tools, { functionName, aliasName }),
      showDeployment(tools, {
        run,
        environment: inputs.environment,
        token: inputs.githubToken,
        story,
        release: story.after,
      }),
    ]);
    story.history = say.history(history);
  });
}

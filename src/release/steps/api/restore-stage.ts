import type { ApiAddress, Stage } from '../../../clients/api-gateway.ts';
import { mustRestore, stageVariables, type StagedRelease } from '../../plan/api.ts';
import type { ReleaseTools } from '../../tools.ts';
import { patiently } from './connect-api.ts';

/**
 * The stage says what the alias says. One write, where they differ. A stage that was never connected stays as it is: the variables are
 * the sign that integrations and permission were seen to.
 * @returns whether it was written.
 */
export async function restoreStage(
  tools: ReleaseTools,
  address: ApiAddress,
  { release, stage }: { readonly release: StagedRelease; readonly stage: Stage },
): Promise<boolean> {
  if (!mustRestore(stage, release)) return false;
  await patiently(tools, () =>
    tools.apiGateway(address).updateStage({ variables: stageVariables(release), current: stage }),
  );
  return true;
}

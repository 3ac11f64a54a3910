import { waitFor } from '../../../clients/wait.ts';
import { orMissing } from '../../../errors.ts';
import { aliasOf, hasWeights, type Release } from '../../record/release.ts';
import type { ReleaseTools } from '../../tools.ts';
import { readAlias, type AliasName } from './read-alias.ts';

/** AWS moves weights by itself while it shifts provisioned concurrency; it says how far it is. Milliseconds. */
const PROVISIONING_BUDGET_MS = 15 * 60_000;

/** Whether AWS is moving provisioned concurrency now. Most aliases have none. */
export async function isProvisioning(
  { lambda }: ReleaseTools,
  { functionName, aliasName }: AliasName,
): Promise<boolean> {
  return (await orMissing(lambda.getProvisionedConcurrency(functionName, aliasName))) === 'IN_PROGRESS';
}

/** Waits until AWS has taken its own weights off the alias again: they are no canary, and are not overwritten. */
export async function awaitProvisioning(tools: ReleaseTools, name: AliasName): Promise<Release> {
  tools.log.info(
    'AWS is moving provisioned concurrency and has put weights on the alias; waiting until it is done',
  );
  const what = `AWS to move the provisioned concurrency of ${name.aliasName}`;
  return waitFor(tools, { what, budgetMs: PROVISIONING_BUDGET_MS }, async () => {
    const now = await readAlias(tools, name);
    const current = aliasOf(now);
    return current === undefined || !hasWeights(current) ? now : undefined;
  });
}

/** The alias once AWS's own weights are off it; weights that somebody else put there are left to the recovery. */
export async function settleWeights(tools: ReleaseTools, name: AliasName, seen: Release): Promise<Release> {
  const alias = aliasOf(seen);
  const isOurCanary = seen.kind === 'recorded' && seen.record.state === 'canary';
  if (alias === undefined || !hasWeights(alias) || isOurCanary) return seen;
  return (await isProvisioning(tools, name)) ? awaitProvisioning(tools, name) : seen;
}

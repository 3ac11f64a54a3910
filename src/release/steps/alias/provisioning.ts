import type { Tools } from '../../../clients/tools.ts';
import { orMissing } from '../../../errors.ts';
import { aliasOf, hasWeights, type Release } from '../../record/release.ts';
import { readAlias } from './move-alias.ts';
import { waitFor } from '../../../clients/wait.ts';

type ProvisioningTools = Pick<Tools, 'lambda' | 'clock' | 'signal' | 'log' | 'guards'>;

interface Subject {
  readonly functionName: string;
  readonly aliasName: string;
}

/** AWS moves weights by itself while it shifts provisioned concurrency; it says how far it is. Milliseconds. */
const PROVISIONING_BUDGET_MS = 15 * 60_000;

/** Whether AWS is moving provisioned concurrency now. Most aliases have none. */
export async function isProvisioning(
  { lambda }: Pick<Tools, 'lambda'>,
  { functionName, aliasName }: Subject,
): Promise<boolean> {
  return (await orMissing(lambda.getProvisionedConcurrency(functionName, aliasName))) === 'IN_PROGRESS';
}

/** Waits until AWS has taken its own weights off the alias again: they are no canary, and nothing to fight. */
export async function awaitProvisioning(tools: ProvisioningTools, subject: Subject): Promise<Release> {
  tools.log.info(
    'AWS is moving provisioned concurrency and has put weights on the alias; waiting until it is done',
  );
  const what = `AWS to move the provisioned concurrency of ${subject.aliasName}`;
  return waitFor(tools, { what, budgetMs: PROVISIONING_BUDGET_MS }, async () => {
    const now = await readAlias(tools, subject);
    const current = aliasOf(now);
    return current === undefined || !hasWeights(current) ? now : undefined;
  });
}

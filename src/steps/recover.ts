import type { Tools } from '../clients/tools.ts';
import { orMissing } from '../errors.ts';
import { decideRecovery, type Writer } from '../plan/switch.ts';
import { aliasOf, hasWeights, type Release } from '../record/release.ts';
import { readAlias, switchAlias, type Switched } from './switch-alias.ts';
import { waitFor } from './wait.ts';

type RecoverTools = Pick<Tools, 'lambda' | 'clock' | 'random' | 'signal' | 'log' | 'guards'>;

interface Subject {
  readonly functionName: string;
  readonly aliasName: string;
}

/** AWS moves weights by itself while it shifts provisioned concurrency; it says how far it is. Milliseconds. */
const PROVISIONING_BUDGET_MS = 15 * 60_000;

/**
 * Ends what another run left on the alias (G8): all traffic goes back to the stable version, by compare-and-swap, before any new
 * work begins. Weights that AWS itself put there for provisioned concurrency are waited for, not fought.
 */
export async function recover(
  tools: RecoverTools,
  subject: Subject,
  { seen, writer }: { readonly seen: Release; readonly writer: Writer },
): Promise<Switched> {
  const settled = await awaitProvisioning(tools, subject, seen);
  return switchAlias(tools, {
    ...subject,
    first: settled,
    seen: settled,
    decide: decideRecovery(writer, tools.guards),
    op: writer.op,
  });
}

async function awaitProvisioning(tools: RecoverTools, subject: Subject, seen: Release): Promise<Release> {
  const alias = aliasOf(seen);
  const isOurCanary = seen.kind === 'recorded' && seen.record.state === 'canary';
  if (alias === undefined || !hasWeights(alias) || isOurCanary) return seen;
  const status = await orMissing(
    tools.lambda.getProvisionedConcurrency(subject.functionName, subject.aliasName),
  );
  if (status !== 'IN_PROGRESS') return seen;
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

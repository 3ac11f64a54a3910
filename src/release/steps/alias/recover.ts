import type { Tools } from '../../../clients/tools.ts';
import { decideRecovery, type Writer } from '../../plan/shift.ts';
import { aliasOf, hasWeights, type Release } from '../../record/release.ts';
import { awaitProvisioning, isProvisioning } from './provisioning.ts';
import { switchAlias, type Switched } from './move-alias.ts';

type RecoverTools = Pick<Tools, 'lambda' | 'clock' | 'random' | 'signal' | 'log' | 'guards'>;

interface Subject {
  readonly functionName: string;
  readonly aliasName: string;
}

/**
 * Ends what another run left on the alias (G8): all traffic goes back to the stable version, by compare-and-swap, before any new
 * work begins. Weights that AWS itself put there for provisioned concurrency are waited for, not fought.
 */
export async function recover(
  tools: RecoverTools,
  subject: Subject,
  { seen, writer }: { readonly seen: Release; readonly writer: Writer },
): Promise<Switched> {
  const settled = await settle(tools, subject, seen);
  return switchAlias(tools, {
    ...subject,
    first: settled,
    seen: settled,
    decide: decideRecovery(writer, tools.guards),
    op: writer.op,
  });
}

async function settle(tools: RecoverTools, subject: Subject, seen: Release): Promise<Release> {
  const alias = aliasOf(seen);
  const isOurCanary = seen.kind === 'recorded' && seen.record.state === 'canary';
  if (alias === undefined || !hasWeights(alias) || isOurCanary) return seen;
  return (await isProvisioning(tools, subject)) ? awaitProvisioning(tools, subject) : seen;
}

import type { LiveMetrics } from '../../../checks/constraints/judge-metrics.ts';
import { AwsError, Cancelled, explainAwsError, UserError } from '../../../errors.ts';
import type { FunctionVersion } from '../../../types.ts';
import { metricsIn } from '../../plan/metrics-label.ts';
import { parseRepository } from '../../plan/repository.ts';
import { findImage, readPushedImage, type CheckTools } from './check-image.ts';

/**
 * What the live release's image says of its metrics: two reads of ECR and one of its configuration. What cannot be read refuses
 * nothing by itself.
 */
export async function readLiveMetrics(
  tools: CheckTools,
  { repository: own, live }: { readonly repository: string; readonly live: FunctionVersion | undefined },
): Promise<LiveMetrics> {
  if (live === undefined) return { kind: 'none', why: 'nothing is live yet' };
  const { digest, architecture } = live;
  if (digest === undefined) return { kind: 'unknown', why: 'what is live is no container image' };
  const repository = parseRepository(live.resolvedImageUri) ?? own;
  try {
    const image = await findImage(tools, repository, { digest });
    if (image === undefined)
      return { kind: 'unknown', why: `ECR has no image ${digest.slice(0, 19)}… any more` };
    const { config } = await readPushedImage(tools, { repository, image, architecture });
    const metrics = metricsIn(config.metrics);
    return typeof metrics === 'string' ? { kind: 'unknown', why: metrics } : { kind: 'known', metrics };
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    if (error instanceof AwsError) return { kind: 'unknown', why: clause(explainAwsError(error).what) };
    if (error instanceof UserError) return { kind: 'unknown', why: clause(error.what) };
    throw error;
  }
}

function clause(sentence: string): string {
  return `its image cannot be read: ${sentence.replace(/\.$/, '')}`;
}

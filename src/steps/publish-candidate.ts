import type { Tools } from '../clients/tools.ts';
import type { DeployTarget } from '../plan/target.ts';
import type { ReleasePlan } from '../plan/deploy.ts';
import type { Digest, RunIdentity } from '../types.ts';
import { createFunction } from './create-missing.ts';
import { publishVersion, type Published } from './publish-version.ts';

/** An image that was checked, under the name that Lambda takes. */
export interface CheckedImage {
  readonly imageUri: string;
  readonly digest: Digest;
}

export interface WantedVersion {
  readonly target: DeployTarget;
  readonly plan: ReleasePlan;
  readonly image: CheckedImage;
  readonly run: RunIdentity;
}

/** The candidate: a version of the function with exactly this image, made and not yet asked anything. */
export async function publishCandidate(
  tools: Pick<Tools, 'lambda' | 'clock' | 'signal' | 'log' | 'guards'>,
  { target, plan, image: { imageUri, digest }, run }: WantedVersion,
): Promise<Published> {
  const { functionName, wish } = target;
  const { architecture, base } = plan;
  if (plan.createFunction) {
    await createFunction(tools, { functionName, imageUri, role: wish.role ?? '', architecture, wish });
  }
  const note = { digest, commit: run.commit, base, run: `${run.runId}.${run.attempt}` };
  return publishVersion(tools, {
    functionName,
    imageUri,
    digest,
    architecture,
    wish,
    note,
    mayExist: plan.mayExist,
  });
}

import type { Tools } from '../clients/tools.ts';
import { parseImageUri, type DeployTarget } from '../inputs/target.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import type { ReleasePlan } from '../plan/deploy.ts';
import { parseRepository } from '../plan/repository.ts';
import type { TestLine } from '../report/story.ts';
import type { RunIdentity } from '../types.ts';
import { checkPushedImage } from './check-image.ts';
import type { Observation } from './observe.ts';
import type { CheckedImage } from './publish-candidate.ts';

export interface ImageWish {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly plan: ReleasePlan;
  readonly seen: Observation;
  readonly run: RunIdentity;
}

export interface ProvidedImage extends CheckedImage {
  readonly built: boolean;
  /** The results of tests that ran inside the build. */
  readonly tests: readonly TestLine[] | undefined;
}

/** The commit's image, in ECR and checked: the one that is there already, or one built and pushed now. One commit, one digest. */
export async function provideImage(tools: Tools, wish: ImageWish): Promise<ProvidedImage> {
  const { inputs, target, plan, seen, run } = wish;
  const image = seen.image;
  if (image === undefined) throw new Error('building is not connected yet');
  const expected = { architecture: plan.architecture, revision: target.imageGiven ? undefined : run.commit };
  const [digest, repositoryUri] = await Promise.all([
    checkPushedImage(tools, { repository: target.repository, image, expected }),
    repositoryUriOf(tools, inputs, target, seen),
  ]);
  return { digest, imageUri: `${repositoryUri}@${digest}`, built: false, tests: undefined };
}

/** `<registry>/<repository>`: said by the caller, or by the live version, or asked of ECR. */
async function repositoryUriOf(
  tools: Pick<Tools, 'ecr'>,
  inputs: DeployInputs,
  target: DeployTarget,
  { live }: Observation,
): Promise<string> {
  if (inputs.imageUri !== undefined) return `${parseImageUri(inputs.imageUri).host}/${target.repository}`;
  const uri = live?.resolvedImageUri;
  if (uri !== undefined && parseRepository(uri) === target.repository) return uri.slice(0, uri.indexOf('@'));
  return (await tools.ecr.describeRepository(target.repository)).uri;
}

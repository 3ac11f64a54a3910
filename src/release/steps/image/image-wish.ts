import type { Tools } from '../../../clients/tools.ts';
import type { DeployInputs } from '../../../inputs/deploy-inputs.ts';
import type { RunIdentity } from '../../../types.ts';
import type { Observation } from '../../observe.ts';
import type { ReleasePlan } from '../../plan/deploy.ts';
import { isBeside } from '../../plan/place.ts';
import { parseRepository } from '../../plan/repository.ts';
import { parseImageUri, type DeployTarget } from '../../plan/target.ts';

/** What the image is to be, and what is known of it. */
export interface ImageWish {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly plan: ReleasePlan;
  readonly seen: Observation;
  readonly run: RunIdentity;
  /** The URI of the repository that this run has just created. */
  readonly created?: string | undefined;
}

/** `<registry>/<repository>`: said by the caller, or by the live version, or read from ECR. */
export async function repositoryUri(tools: Tools, wish: ImageWish): Promise<string> {
  const { inputs, target, seen } = wish;
  if (inputs.imageUri !== undefined) return `${parseImageUri(inputs.imageUri).host}/${target.repository}`;
  const uri = seen.live?.resolvedImageUri;
  // The repository of the same name elsewhere is not the one that was looked into.
  const isOurs = parseRepository(uri) === target.repository && isBeside(uri ?? '', seen.live?.arn ?? '');
  if (uri !== undefined && isOurs) return uri.slice(0, uri.indexOf('@'));
  return (await tools.ecr.describeRepository(target.repository)).uri;
}

import type { RegistryLogin } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import type { DeployInputs } from '../../../inputs/deploy-inputs.ts';
import type { FunctionVersion, RunIdentity } from '../../../types.ts';
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
  /** ECR's login, asked for once. */
  readonly login: () => Promise<RegistryLogin>;
  /** The URI of the repository that this run has just created. */
  readonly created?: string | undefined;
}

/** `<registry>/<repository>`: said by the caller, or by the live version, or read from ECR. */
export async function repositoryUri(tools: Tools, wish: ImageWish): Promise<string> {
  const { inputs, target, seen } = wish;
  if (inputs.imageUri !== undefined) return `${parseImageUri(inputs.imageUri).host}/${target.repository}`;
  const uri = imageBeside(seen.live, target.repository);
  if (uri !== undefined) return uri.slice(0, uri.indexOf('@'));
  return (await tools.ecr.describeRepository(target.repository)).uri;
}

/** The live version's image, by its digest, where it is in this repository. */
export function imageBeside(live: FunctionVersion | undefined, repository: string): string | undefined {
  const uri = live?.resolvedImageUri;
  // The repository of the same name elsewhere is not the one that was looked into.
  const isOurs = parseRepository(uri) === repository && isBeside(uri ?? '', live?.arn ?? '');
  return isOurs ? uri : undefined;
}

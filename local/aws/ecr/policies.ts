import type {
  GetLifecyclePolicyCommandInput,
  GetLifecyclePolicyCommandOutput,
  GetRepositoryPolicyCommandInput,
  GetRepositoryPolicyCommandOutput,
  PutLifecyclePolicyCommandInput,
  PutLifecyclePolicyCommandOutput,
  SetRepositoryPolicyCommandInput,
  SetRepositoryPolicyCommandOutput,
} from '@aws-sdk/client-ecr';
import { plainError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { EcrRepository } from '../state.ts';
import type { Wire } from '../wire.ts';
import { findRepository } from './repositories.ts';

function owner(repository: EcrRepository): { registryId: string; repositoryName: string } {
  return { registryId: repository.registryId, repositoryName: repository.name };
}

function missing(kind: 'Repository' | 'Lifecycle', repository: EcrRepository): Error {
  return plainError(
    400,
    `${kind}PolicyNotFoundException`,
    `${kind} policy does not exist for the repository with name '${repository.name}' in the registry with id '${repository.registryId}'`,
  );
}

export function getRepositoryPolicy(
  aws: AwsContext,
  input: GetRepositoryPolicyCommandInput,
): Wire<GetRepositoryPolicyCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  if (repository.policyText === undefined) throw missing('Repository', repository);
  return { ...owner(repository), policyText: repository.policyText };
}

export function setRepositoryPolicy(
  aws: AwsContext,
  input: SetRepositoryPolicyCommandInput,
): Wire<SetRepositoryPolicyCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  repository.policyText = validJson(input.policyText, 'policyText');
  return { ...owner(repository), policyText: repository.policyText };
}

export function getLifecyclePolicy(
  aws: AwsContext,
  input: GetLifecyclePolicyCommandInput,
): Wire<GetLifecyclePolicyCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  if (repository.lifecyclePolicyText === undefined) throw missing('Lifecycle', repository);
  return { ...owner(repository), lifecyclePolicyText: repository.lifecyclePolicyText };
}

export function putLifecyclePolicy(
  aws: AwsContext,
  input: PutLifecyclePolicyCommandInput,
): Wire<PutLifecyclePolicyCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  repository.lifecyclePolicyText = validJson(input.lifecyclePolicyText, 'LifecyclePolicyText');
  return { ...owner(repository), lifecyclePolicyText: repository.lifecyclePolicyText };
}

function validJson(text: string | undefined, member: string): string {
  try {
    JSON.parse(text ?? '');
    return text ?? '';
  } catch {
    throw plainError(
      400,
      'InvalidParameterException',
      `Invalid parameter at '${member}' failed to satisfy constraint: 'Invalid repository policy provided'`,
    );
  }
}

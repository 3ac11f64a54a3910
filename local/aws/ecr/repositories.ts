import type {
  CreateRepositoryCommandInput,
  CreateRepositoryCommandOutput,
  DescribeRepositoriesCommandInput,
  DescribeRepositoriesCommandOutput,
  PutImageTagMutabilityCommandInput,
  PutImageTagMutabilityCommandOutput,
  Repository,
} from '@aws-sdk/client-ecr';
import { plainError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { AwsState, EcrRepository } from '../state.ts';
import { epochSeconds, page } from '../wire.ts';
import type { Wire } from '../wire.ts';
import { describeMutability, setMutability } from './mutability.ts';
import type { MutabilityInput } from './mutability.ts';

export function findRepository(state: AwsState, name: string | undefined): EcrRepository {
  const found = state.repositories[name ?? ''];
  if (found !== undefined) return found;
  throw plainError(
    400,
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${state.accountId}'`,
  );
}

function describe(repository: EcrRepository): Wire<Repository> {
  return {
    repositoryArn: repository.arn,
    registryId: repository.registryId,
    repositoryName: repository.name,
    repositoryUri: repository.uri,
    createdAt: epochSeconds(repository.createdAt),
    ...describeMutability(repository),
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush ?? false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  };
}

/** Makes a repository that is not there yet. */
export function addRepository(
  aws: AwsContext,
  name: string,
  mutability: MutabilityInput = {},
): EcrRepository {
  const { state } = aws;
  const repository: EcrRepository = {
    name,
    arn: `arn:${state.partition}:ecr:${state.region}:${state.accountId}:repository/${name}`,
    uri: `${state.registryHost}/${name}`,
    registryId: state.accountId,
    imageTagMutability: 'MUTABLE',
    images: {},
    tags: {},
    createdAt: aws.now(),
  };
  setMutability(repository, mutability);
  state.repositories[name] = repository;
  return repository;
}

export function createRepository(
  aws: AwsContext,
  input: CreateRepositoryCommandInput,
): Wire<CreateRepositoryCommandOutput> {
  const name = input.repositoryName ?? '';
  if (aws.state.repositories[name] !== undefined) {
    throw plainError(
      400,
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${aws.state.accountId}'`,
    );
  }
  return { repository: describe(addRepository(aws, name, input)) };
}

export function describeRepositories(
  aws: AwsContext,
  input: DescribeRepositoriesCommandInput,
): Wire<DescribeRepositoriesCommandOutput> {
  const names = input.repositoryNames ?? Object.keys(aws.state.repositories);
  const { items, next } = page(names, input.maxResults ?? 100, input.nextToken);
  return {
    repositories: items.map((name) => describe(findRepository(aws.state, name))),
    ...(next === undefined ? {} : { nextToken: next }),
  };
}

export function putImageTagMutability(
  aws: AwsContext,
  input: PutImageTagMutabilityCommandInput,
): Wire<PutImageTagMutabilityCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  setMutability(repository, input);
  return {
    registryId: repository.registryId,
    repositoryName: repository.name,
    ...describeMutability(repository),
  };
}

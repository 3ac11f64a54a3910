import { PULL_POLICY } from '../../../aws/pull-policy.ts';
import type { EcrRepository } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import { AwsError, orMissing } from '../../../errors.ts';

/** A repository whose tags cannot be moved and that Lambda may pull from. One that exists by now is just as good. */
export async function createRepository(tools: Tools, name: string): Promise<EcrRepository> {
  try {
    const repository = await tools.ecr.createRepository(name);
    await tools.ecr.setRepositoryPolicy(name, JSON.stringify(PULL_POLICY));
    tools.log.info(`Created the ECR repository ${repository.uri}`);
    return repository;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'RepositoryAlreadyExistsException')) throw error;
  }
  // From a reply that was lost, and then without a policy; or from another writer, and then a policy is theirs: setting one replaces it.
  if ((await orMissing(tools.ecr.getRepositoryPolicy(name))) === undefined)
    await tools.ecr.setRepositoryPolicy(name, JSON.stringify(PULL_POLICY));
  return tools.ecr.describeRepository(name);
}

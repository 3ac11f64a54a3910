import type { EcrRepository } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import { AwsError, orMissing } from '../../../errors.ts';

/** The policy a repository needs; printed whole in messages, so that it can be pasted. */
export const PULL_POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'LambdaECRImageRetrievalPolicy',
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    },
  ],
} as const;

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

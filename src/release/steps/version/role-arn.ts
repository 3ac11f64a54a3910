import { ecrRegistry, knownPartition } from '../../../aws/partitions.ts';
import type { Tools } from '../../../clients/tools.ts';

interface Images {
  readonly imageUri: string;
  readonly repository: string;
}

/** The ARN of a role that is given by its name: it is in the account of the images, where Lambda needs it. */
export async function roleArn(
  { ecr }: Pick<Tools, 'ecr'>,
  role: string,
  { imageUri, repository }: Images,
): Promise<string> {
  if (role.startsWith('arn:')) return role;
  const registry = ecrRegistry(imageUri);
  // A registry on this machine does not tell the account.
  const account = registry?.account ?? (await ecr.describeRepository(repository)).registryId;
  const partition = knownPartition(registry?.region ?? '')?.name ?? 'aws';
  return `arn:${partition}:iam::${account}:role/${role}`;
}

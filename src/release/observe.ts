import type { ApiAddress } from '../clients/api-gateway.ts';
import type { EcrImage, ImageId } from '../clients/ecr.ts';
import { AwsError, orMissing } from '../errors.ts';
import { stillProven } from './plan/api.ts';
import { liveVersion, type Release } from './record/release.ts';
import type { FunctionVersion } from '../types.ts';
import { findImage, refuseArchived } from './steps/image/check-image.ts';
import { readApi } from './steps/api/read-api.ts';
import type { ApiSituation } from './plan/api.ts';
import { readAlias } from './steps/alias/read-alias.ts';
import type { ReleaseTools } from './tools.ts';

export interface Subject {
  readonly functionName: string;
  readonly aliasName: string;
  readonly repository: string;
  /** The commit's tag, or the image that the caller named. */
  readonly image: ImageId;
  /** Nothing is built in its place. */
  readonly imageGiven: boolean;
  readonly api: ApiAddress | undefined;
}

/** What exists now, read at once: three calls when everything is there, and two for an API. */
export interface Observation {
  readonly release: Release;
  /** The version behind the alias. */
  readonly live: FunctionVersion | undefined;
  /** `$LATEST`; read only where there is no alias yet. Both undefined: there is no function. */
  readonly latest: FunctionVersion | undefined;
  readonly image: EcrImage | undefined;
  readonly repositoryExists: boolean;
  readonly api: ApiSituation | undefined;
}

export async function observe(tools: ReleaseTools, subject: Subject, known?: EcrImage): Promise<Observation> {
  const { functionName, aliasName } = subject;
  const [release, behindAlias, image, api] = await Promise.all([
    readAlias(tools, subject),
    orMissing(tools.lambda.getFunction(functionName, aliasName)),
    // ECR's client is loaded while Lambda's first answers are on their way.
    known === undefined
      ? tools.lambda.loaded().then(() => lookForImage(tools, subject))
      : { image: known, repositoryExists: true },
    subject.api && readApi(tools, subject.api),
  ]);
  const live = await sameMoment(tools, subject, { release, behindAlias });
  const latest = live === undefined ? await orMissing(tools.lambda.getFunction(functionName)) : undefined;
  return { release, live, latest, api: api && { ...api, proven: stillProven(release) }, ...image };
}

/** The alias may move between two parallel reads: then the version is read again by its number. */
async function sameMoment(
  tools: ReleaseTools,
  subject: Subject,
  { release, behindAlias }: { readonly release: Release; readonly behindAlias: FunctionVersion | undefined },
) {
  const version = liveVersion(release);
  if (version === undefined || behindAlias?.version === version)
    return version === undefined ? undefined : behindAlias;
  return orMissing(tools.lambda.getFunction(subject.functionName, version));
}

async function lookForImage(
  tools: ReleaseTools,
  { repository, image, imageGiven }: Subject,
): Promise<Pick<Observation, 'image' | 'repositoryExists'>> {
  try {
    const found = await findImage(tools, repository, image);
    if (found === undefined && imageGiven) await refuseArchived(tools, repository, image);
    return { image: found, repositoryExists: true };
  } catch (error) {
    if (error instanceof AwsError && error.code === 'RepositoryNotFoundException')
      return { image: undefined, repositoryExists: false };
    throw error;
  }
}

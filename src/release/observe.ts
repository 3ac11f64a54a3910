import type { EcrImage } from '../clients/ecr.ts';
import { AwsError, orMissing } from '../errors.ts';
import { stillProven } from './plan/api.ts';
import { liveVersion, type Release } from './record/release.ts';
import type { FunctionVersion } from '../types.ts';
import { chooseImage, imageIds, type Build, type ChosenImage } from './steps/image/choose-image.ts';
import { refuseArchived } from './steps/image/check-image.ts';
import { readApi } from './steps/api/read-api.ts';
import type { ApiSituation } from './plan/api.ts';
import { readAlias } from './steps/alias/read-alias.ts';
import type { ReleaseTools } from './tools.ts';

/** What exists now, read at once: three calls when everything is there, and two for an API. The image is the one of this build. */
export interface Observation extends ChosenImage {
  readonly release: Release;
  /** The version behind the alias. */
  readonly live: FunctionVersion | undefined;
  /** `$LATEST`; read only where there is no alias yet, and with force. Both undefined: there is no function. */
  readonly latest: FunctionVersion | undefined;
  readonly repositoryExists: boolean;
  readonly api: ApiSituation | undefined;
}

/** @param known the images of the commit, where they were looked up before. */
export async function observe(
  tools: ReleaseTools,
  build: Build,
  known?: readonly EcrImage[],
): Promise<Observation> {
  const { target } = build;
  const { functionName, aliasName } = target;
  const [release, behindAlias, images, api] = await Promise.all([
    readAlias(tools, target),
    orMissing(tools.lambda.getFunction(functionName, aliasName)),
    // ECR's client is loaded while Lambda's first answers are on their way.
    known ?? tools.lambda.loaded().then(() => lookForImages(tools, build)),
    target.api && readApi(tools, target.api),
  ]);
  const live = await sameMoment(tools, functionName, { release, behindAlias });
  // With force, what was changed there since the last release is released too.
  const readsLatest = live === undefined || target.force;
  const latest = readsLatest ? await orMissing(tools.lambda.getFunction(functionName)) : undefined;
  return {
    ...(await chooseImage(tools, build, { images: images ?? [], existing: live ?? latest })),
    release,
    live,
    latest,
    repositoryExists: images !== undefined,
    api: api && { ...api, proven: stillProven(release) },
  };
}

/** The alias may move between two parallel reads: then the version is read again by its number. */
async function sameMoment(
  tools: ReleaseTools,
  functionName: string,
  { release, behindAlias }: { readonly release: Release; readonly behindAlias: FunctionVersion | undefined },
) {
  const version = liveVersion(release);
  if (version === undefined || behindAlias?.version === version)
    return version === undefined ? undefined : behindAlias;
  return orMissing(tools.lambda.getFunction(functionName, version));
}

/** Undefined without a repository. */
async function lookForImages(tools: ReleaseTools, build: Build): Promise<readonly EcrImage[] | undefined> {
  const { repository, image, imageGiven } = build.target;
  try {
    const found = await tools.ecr.batchGetImage(repository, imageIds(build));
    // Nothing is built in the place of an image that the caller named.
    if (found.length === 0 && imageGiven) await refuseArchived(tools, repository, image);
    return found;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'RepositoryNotFoundException') return undefined;
    throw error;
  }
}

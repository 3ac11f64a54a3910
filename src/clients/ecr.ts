import type { ECRClient, ImageDetail as SdkImageDetail, ImageFailure, Repository } from '@aws-sdk/client-ecr';
import { AwsError } from '../errors.ts';
import type { Digest } from '../types.ts';
import { clientOptions, once, type ClientDependencies } from './aws-config.ts';
import { call, type CallKind } from './call.ts';
import { imageScans, type ImageScans } from './ecr-scans.ts';
import { withCredentials } from './credentials.ts';
import { allPages, awsBounds } from './pages.ts';
import { ForeignReply, required, requireSent } from './reply.ts';

type Sdk = typeof import('./sdk/ecr.ts');

/** ECR's control plane, as far as a release needs it: one method, one API request. */
export interface Ecr extends ImageScans {
  /**
   * The images among `ids` that exist, with their manifests; the missing ones are simply not in the answer.
   * @throws AwsError for one that is there and cannot be read: a key, the archive, a registry upstream.
   */
  batchGetImage(repository: string, ids: readonly ImageId[]): Promise<readonly EcrImage[]>;
  /** All images of a repository, 1,000 a request: what a lifecycle rule would look at. */
  describeImages(repository: string): Promise<readonly ImageDetail[]>;
  /** `ACTIVE`, or why ECR does not give an image that it has: `ARCHIVED`, `ACTIVATING`. An AwsError with `isMissing` when it has none. */
  imageStatus(repository: string, id: ImageId): Promise<string | undefined>;
  describeRepository(repository: string): Promise<EcrRepository>;
  createRepository(repository: string): Promise<EcrRepository>;
  getRepositoryPolicy(repository: string): Promise<string>;
  setRepositoryPolicy(repository: string, policy: string): Promise<void>;
  /** The lifecycle policy as JSON text; an AwsError with `isMissing` when there is none. */
  getLifecyclePolicy(repository: string): Promise<string>;
  getAuthorizationToken(): Promise<RegistryLogin>;
  /** A short-lived URL for a blob: a layer, or the image's configuration. */
  getDownloadUrl(repository: string, digest: Digest): Promise<string>;
}

export type ImageId = { readonly tag: string } | { readonly digest: Digest };

export interface EcrImage {
  readonly digest: Digest;
  readonly tag: string | undefined;
  readonly mediaType: string;
  /** The manifest's JSON text, byte for byte. */
  readonly manifest: string;
  /** The account that holds it. */
  readonly registryId: string;
}

interface ImageDetail {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Milliseconds since the epoch. */
  readonly pushedAt: number;
  /** Milliseconds since the epoch; undefined when never pulled. */
  readonly lastPulledAt: number | undefined;
  /** When it last came back from the archive; milliseconds since the epoch. */
  readonly activatedAt: number | undefined;
}

export interface EcrRepository {
  readonly name: string;
  readonly uri: string;
  readonly registryId: string;
  readonly tags: TagSettings;
  /** Its own old setting; the registry's rules scan beside it. */
  readonly scansOnPush: boolean;
}

/** Whether the tags of a repository can be moved, as DescribeRepositories says it. */
export interface TagSettings {
  /** `imageTagMutability`. */
  readonly mutability: string | undefined;
  /** `imageTagMutabilityExclusionFilters`: wildcards that the setting does not hold for. */
  readonly exclusions: readonly string[];
}

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

const MEDIA_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json',
];

export function ecrClient(dependencies: ClientDependencies): Ecr {
  const sdk = once(() => import('./sdk/ecr.ts'));
  const client = withCredentials(
    once(async () => new (await sdk()).ECRClient(await clientOptions(dependencies.aws))),
  );
  const request: Request = (kind, send) =>
    call(dependencies, { service: 'ECR', ...kind }, async () => send(await client(), await sdk()));
  return {
    ...imageReaders(request),
    ...imageLists(request, dependencies),
    ...repositoryCalls(request),
    ...imageScans(request, dependencies),
  };
}

type Request = <T>(
  kind: Omit<CallKind, 'service'>,
  send: (client: ECRClient, sdk: Sdk) => Promise<T>,
) => Promise<T>;

function imageReaders(request: Request): Pick<Ecr, 'batchGetImage' | 'getDownloadUrl'> {
  return {
    batchGetImage: (repositoryName, ids) =>
      request({ operation: 'BatchGetImage' }, async (client, sdk) => {
        const imageIds = ids.map(identifier);
        const output = await client.send(
          new sdk.BatchGetImageCommand({ repositoryName, imageIds, acceptedMediaTypes: MEDIA_TYPES }),
        );
        const { images = [], failures = [] } = output;
        for (const failure of failures) refuseUnreadable(failure);
        // An image is there or a failure: with neither it is no answer of ECR.
        if (images.length + failures.length === 0) throw new ForeignReply('it has no images and no failures');
        return images.map((image) => ({
          digest: required(image.imageId?.imageDigest, 'imageDigest') as Digest,
          tag: image.imageId?.imageTag,
          mediaType: image.imageManifestMediaType ?? '',
          manifest: image.imageManifest ?? '',
          registryId: image.registryId ?? '',
        }));
      }),
    getDownloadUrl: (repositoryName, layerDigest) =>
      request({ operation: 'GetDownloadUrlForLayer' }, async (client, sdk) => {
        const output = await client.send(
          new sdk.GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }),
        );
        return required(output.downloadUrl, 'downloadUrl');
      }),
  };
}

const identifier = (id: ImageId) => ('tag' in id ? { imageTag: id.tag } : { imageDigest: id.digest });

function imageLists(
  request: Request,
  tools: ClientDependencies,
): Pick<Ecr, 'describeImages' | 'imageStatus'> {
  const operation = 'DescribeImages';
  return {
    describeImages: (repositoryName) =>
      allPages(awsBounds(tools.clock, { service: 'ECR', operation }), (nextToken) =>
        request({ operation }, async (client, sdk) => {
          const next = nextToken === undefined ? {} : { nextToken };
          const page = await client.send(
            new sdk.DescribeImagesCommand({ repositoryName, maxResults: 1000, ...next }),
          );
          return [required(page.imageDetails, 'imageDetails').map(detailFrom), page.nextToken] as const;
        }),
      ),
    imageStatus: (repositoryName, id) =>
      request({ operation }, async (client, sdk) => {
        // Without the filter an archived image is not found.
        const filter = { imageStatus: 'ANY' } as const;
        const { imageDetails } = await client.send(
          new sdk.DescribeImagesCommand({ repositoryName, imageIds: [identifier(id)], filter }),
        );
        return required(imageDetails, 'imageDetails')[0]?.imageStatus;
      }),
  };
}

function detailFrom(image: SdkImageDetail): ImageDetail {
  return {
    digest: image.imageDigest as Digest,
    tags: image.imageTags ?? [],
    pushedAt: image.imagePushedAt?.getTime() ?? 0,
    lastPulledAt: image.lastRecordedPullTime?.getTime(),
    activatedAt: image.lastActivatedAt?.getTime(),
  };
}

/** ECR answers 200 for a batch and says of each image what is wrong with it; an image that was only not found is no error. */
function refuseUnreadable({ failureCode, failureReason = '' }: ImageFailure): void {
  if (failureCode === 'ImageNotFound') return;
  const failure = { service: 'ECR', operation: 'BatchGetImage', status: 200, effect: 'none' } as const;
  throw new AwsError({ ...failure, code: failureCode ?? 'Error', detail: failureReason });
}

function repositoryCalls(
  request: Request,
): Omit<Ecr, keyof ImageScans | 'batchGetImage' | 'describeImages' | 'imageStatus' | 'getDownloadUrl'> {
  return {
    describeRepository: (name) =>
      request({ operation: 'DescribeRepositories' }, async (client, sdk) => {
        const output = await client.send(new sdk.DescribeRepositoriesCommand({ repositoryNames: [name] }));
        return repositoryFrom(required(output.repositories?.[0], 'repositories'));
      }),
    createRepository: (repositoryName) =>
      request({ operation: 'CreateRepository' }, async (client, sdk) => {
        // Immutable: one commit, one digest, and nobody moves the tag afterwards.
        const output = await client.send(
          new sdk.CreateRepositoryCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' }),
        );
        return repositoryFrom(required(output.repository, 'repository'));
      }),
    getRepositoryPolicy: (repositoryName) =>
      request({ operation: 'GetRepositoryPolicy' }, async (client, sdk) => {
        const output = await client.send(new sdk.GetRepositoryPolicyCommand({ repositoryName }));
        return required(output.policyText, 'policyText');
      }),
    setRepositoryPolicy: (repositoryName, policyText) =>
      request({ operation: 'SetRepositoryPolicy' }, async (client, sdk) => {
        const reply = await client.send(new sdk.SetRepositoryPolicyCommand({ repositoryName, policyText }));
        requireSent(reply, { repositoryName });
        required(reply.policyText, 'policyText');
      }),
    getLifecyclePolicy: (repositoryName) =>
      request({ operation: 'GetLifecyclePolicy' }, async (client, sdk) => {
        const output = await client.send(new sdk.GetLifecyclePolicyCommand({ repositoryName }));
        return required(output.lifecyclePolicyText, 'lifecyclePolicyText');
      }),
    getAuthorizationToken: () =>
      request({ operation: 'GetAuthorizationToken' }, async (client, sdk) => {
        const output = await client.send(new sdk.GetAuthorizationTokenCommand({}));
        const token = required(output.authorizationData?.[0]?.authorizationToken, 'authorizationToken');
        const [username = '', password = ''] = Buffer.from(token, 'base64').toString('utf8').split(':');
        return { username, password };
      }),
  };
}

function repositoryFrom(output: Repository): EcrRepository {
  return {
    name: required(output.repositoryName, 'repositoryName'),
    uri: required(output.repositoryUri, 'repositoryUri'),
    registryId: required(output.registryId, 'registryId'),
    scansOnPush: output.imageScanningConfiguration?.scanOnPush ?? false,
    tags: {
      mutability: output.imageTagMutability,
      exclusions: (output.imageTagMutabilityExclusionFilters ?? []).map(({ filter }) => filter ?? ''),
    },
  };
}

import { imageStatus } from '../ecr/storage-class.ts';
import { AwsError, invalidParameter } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { AwsState, EcrImage, EcrRepository, ImageCode } from '../state.ts';

const SINGLE_IMAGE_TYPES = new Set([
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
]);

/** The limit counts uncompressed bytes; what ECR knows are compressed ones, so this refuses the certain cases only. */
const MAX_IMAGE_BYTES = 10 * 1024 ** 3;

const PULL_ACTIONS = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

interface ImageReference {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Takes an image URI apart; undefined when it names no registry of this account and region. */
function parseImageUri(state: AwsState, uri: string): ImageReference | undefined {
  const prefix = `${state.registryHost}/`;
  if (!uri.startsWith(prefix)) return undefined;
  const rest = uri.slice(prefix.length);
  const [path = '', digest] = rest.split('@');
  const colon = path.lastIndexOf(':');
  const repository = colon < 0 ? path : path.slice(0, colon);
  if (digest !== undefined) return { repository, digest };
  return { repository, tag: colon < 0 ? 'latest' : path.slice(colon + 1) };
}

/** The checks Lambda makes before it accepts an image. A tag becomes a digest here, once and for all. */
export function resolveImage(aws: AwsContext, imageUri: string): ImageCode {
  const { state } = aws;
  const reference = parseImageUri(state, imageUri);
  if (reference === undefined) {
    throw invalidParameter(
      `Source image ${imageUri} is not valid. Provide a valid source image in the same region as the function.`,
    );
  }
  const repository = state.repositories[reference.repository];
  if (repository === undefined) throw missingImage(imageUri);
  const digest = reference.digest ?? repository.tags[reference.tag ?? ''];
  const image = digest === undefined ? undefined : repository.images[digest];
  if (image === undefined || imageStatus(aws, image) !== 'ACTIVE') throw missingImage(imageUri);
  if (image.pushedAt + state.settings.imageVisibleAfterMs > aws.now()) throw missingImage(imageUri);
  checkPullPermission(state, repository);
  checkMediaType(image, imageUri);
  if (image.sizeInBytes > MAX_IMAGE_BYTES) {
    throw invalidParameter(`The image ${imageUri} is larger than the maximum of 10 GB.`);
  }
  return {
    imageUri,
    resolvedImageUri: `${repository.uri}@${image.digest}`,
    repository: repository.name,
    digest: image.digest,
  };
}

/** Lifecycle rules and people delete or archive images that versions still use; archived counts as gone (unverified). */
export function imageExists(aws: AwsContext, code: ImageCode): boolean {
  const image = aws.state.repositories[code.repository]?.images[code.digest];
  return image !== undefined && imageStatus(aws, image) === 'ACTIVE';
}

function missingImage(uri: string): AwsError {
  return invalidParameter(`Source image ${uri} does not exist. Provide a valid source image.`);
}

function checkMediaType(image: EcrImage, uri: string): void {
  if (SINGLE_IMAGE_TYPES.has(image.mediaType)) return;
  throw invalidParameter(
    `The image manifest, config or layer media type for the source image ${uri} is not supported.`,
  );
}

/**
 * Lambda needs a statement for its service principal. If the caller may write repository policies, Lambda adds the
 * statement itself, silently; if not, it refuses.
 */
function checkPullPermission(state: AwsState, repository: EcrRepository): void {
  if (allowsLambda(repository.policyText)) return;
  if (!state.settings.callerMaySetRepositoryPolicy) {
    throw new AwsError(403, 'AccessDeniedException', {
      message: 'Lambda does not have permission to access the ECR image. Check the ECR permissions.',
    });
  }
  repository.policyText = withLambdaStatement(state, repository.policyText);
}

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
}

function statementsOf(policyText: string | undefined): Statement[] {
  if (policyText === undefined) return [];
  const policy = JSON.parse(policyText) as { Statement?: Statement | Statement[] };
  if (policy.Statement === undefined) return [];
  return Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
}

function allowsLambda(policyText: string | undefined): boolean {
  const allowed = new Set(
    statementsOf(policyText)
      .filter((statement) => statement.Effect === 'Allow' && namesLambda(statement.Principal))
      .flatMap((statement) => statement.Action ?? []),
  );
  return allowed.has('ecr:*') || PULL_ACTIONS.every((action) => allowed.has(action));
}

function namesLambda(principal: unknown): boolean {
  if (principal === '*') return true;
  const service = (principal as { Service?: string | string[] } | undefined)?.Service;
  return [service ?? []].flat().some((name) => name.startsWith('lambda.amazonaws.com'));
}

function withLambdaStatement(state: AwsState, policyText: string | undefined): string {
  const added = {
    Sid: 'LambdaECRImageRetrievalPolicy',
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: PULL_ACTIONS,
    Condition: {
      StringLike: {
        'aws:sourceArn': `arn:${state.partition}:lambda:${state.region}:${state.accountId}:function:*`,
      },
    },
  };
  return JSON.stringify({ Version: '2008-10-17', Statement: [...statementsOf(policyText), added] });
}

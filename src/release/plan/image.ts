/** Reading an image's manifest and configuration before anything is written to the function. */
import { UserError } from '../../errors.ts';
import { BUILD_LABEL } from './build-identity.ts';
import { METRICS_LABEL } from './metrics-label.ts';
import type { Architecture, Digest } from '../../types.ts';

/** Lambda's limit for an image, uncompressed. A compressed total above it is certainly too much. Bytes. */
export const IMAGE_LIMIT_BYTES = 10 * 1024 ** 3;

export type Manifest =
  | { readonly kind: 'image'; readonly configDigest: Digest; readonly compressedBytes: number }
  /** A list of images, one per platform (and attestations): Lambda refuses it, one of its children it takes. */
  | {
      readonly kind: 'index';
      readonly children: readonly { readonly digest: Digest; readonly architecture: string }[];
    };

interface ManifestJson {
  readonly mediaType?: string;
  readonly config?: { readonly digest?: string; readonly mediaType?: string };
  readonly layers?: readonly { readonly size?: number }[];
  readonly manifests?: readonly {
    readonly digest?: string;
    readonly platform?: { readonly architecture?: string; readonly os?: string };
  }[];
}

const INDEX_TYPES = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** @throws UserError `image-unusable` when it is no container image at all. */
export function readManifest(where: string, mediaType: string, text: string): Manifest {
  const json = parseJson<ManifestJson>(where, text);
  if (INDEX_TYPES.has(mediaType) || json.manifests !== undefined) {
    const children = (json.manifests ?? []).flatMap(({ digest, platform }) =>
      digest?.startsWith('sha256:') && platform?.os === 'linux'
        ? [{ digest: digest as Digest, architecture: platform.architecture ?? '' }]
        : [],
    );
    return { kind: 'index', children };
  }
  const configDigest = json.config?.digest;
  if (!configDigest?.startsWith('sha256:') || json.layers === undefined) {
    throw new UserError('image-unusable', {
      what: `${where} has the media type ${mediaType || 'unknown'}, which is not a container image.`,
      fix: 'Lambda takes single Docker v2 or OCI image manifests; build it with --provenance=false --sbom=false.',
    });
  }
  const compressedBytes = json.layers.reduce((sum, layer) => sum + (layer.size ?? 0), 0);
  return { kind: 'image', configDigest: configDigest as Digest, compressedBytes };
}

/** Docker's words for Lambda's architectures. */
export const PLATFORM: Readonly<Record<Architecture, 'amd64' | 'arm64'>> = {
  x86_64: 'amd64',
  arm64: 'arm64',
};

/** The child of an index that fits the function. @throws UserError `image-is-an-index` when there is none. */
export function childFor(
  where: string,
  index: Extract<Manifest, { kind: 'index' }>,
  architecture: Architecture,
): Digest {
  const child = index.children.find((candidate) => candidate.architecture === PLATFORM[architecture]);
  if (child !== undefined) return child.digest;
  const has = index.children.map((candidate) => candidate.architecture).join(', ') || 'no linux image';
  throw new UserError('image-is-an-index', {
    what: `${where} is an image index without an image for ${architecture} (it has ${has}), and Lambda refuses indexes.`,
    fix: `Build it with --platform linux/${PLATFORM[architecture]} --provenance=false --sbom=false.`,
  });
}

export interface ImageSettings {
  readonly architecture: string;
  readonly revision: string | undefined;
  /** The identity of its build. */
  readonly build: string | undefined;
  /** The metrics of its model, as its label has them. */
  readonly metrics: string | undefined;
}

export function readImageConfig(where: string, text: string): ImageSettings {
  const json = parseJson<{ architecture?: string; config?: { Labels?: Record<string, string> | null } }>(
    where,
    text,
  );
  const labels = json.config?.Labels ?? {};
  return {
    architecture: json.architecture ?? '',
    revision: labels['org.opencontainers.image.revision'],
    metrics: labels[METRICS_LABEL],
    // Whatever else somebody wrote there names no build of ours.
    build: /^[0-9a-f]{12}$/.test(labels[BUILD_LABEL] ?? '') ? labels[BUILD_LABEL] : undefined,
  };
}

export interface ReadImage {
  readonly manifest: Extract<Manifest, { kind: 'image' }>;
  readonly config: ImageSettings;
}

/** What must hold before the function is touched. @throws UserError with the fix. */
export function checkImage(where: string, { manifest, config }: ReadImage, expected: Expected): void {
  if (config.architecture !== PLATFORM[expected.architecture]) {
    throw new UserError('image-architecture', {
      what: `${where} is built for ${config.architecture || 'an unknown architecture'}, and the function runs on ${expected.architecture}.`,
      fix: `Build it with --platform linux/${PLATFORM[expected.architecture]}.`,
    });
  }
  if (manifest.compressedBytes > IMAGE_LIMIT_BYTES) {
    throw new UserError('image-too-large', {
      what: `${where} has ${(manifest.compressedBytes / 1024 ** 3).toFixed(1)} GiB of compressed layers, and Lambda takes 10 GiB uncompressed.`,
      fix: 'Leave training data and caches out of the image.',
    });
  }
  // A tag that carries the commit's name must hold the commit's image. An image built elsewhere may have no label.
  if (
    expected.revision !== undefined &&
    config.revision !== undefined &&
    config.revision !== expected.revision
  ) {
    throw new UserError('image-of-another-commit', {
      what: `${where} is labelled with the commit ${config.revision.slice(0, 12)}, not ${expected.revision.slice(0, 12)}.`,
      fix: 'Somebody pushed another image under this tag: delete the tag in ECR, then run this again.',
    });
  }
}

export interface Expected {
  readonly architecture: Architecture;
  /** The commit whose image this must be; undefined when the caller named the image. */
  readonly revision: string | undefined;
}

function parseJson<T>(where: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new UserError(
      'image-unusable',
      { what: `${where} has a manifest that is not JSON.`, fix: 'Push the image again.' },
      { cause: error },
    );
  }
}

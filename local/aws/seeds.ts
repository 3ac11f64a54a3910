import { utf8 } from '../http.ts';
import type { LocalAws } from './aws.ts';
import { sha256 } from './blobs.ts';
import { storeManifest } from './ecr/manifests.ts';
import { addRepository } from './ecr/repositories.ts';
import { functionArn } from './lambda/resolve.ts';
import type { FiguresOf, Program, ProgramRuntime } from './runtime.ts';
import { nextRevisionId } from './state.ts';
import type { FunctionSettings, FunctionVersion, LambdaAlias, LambdaFunction } from './state.ts';

/*
 * States to start a test from, without the calls that lead there. Nothing here counts as a call.
 */

export interface SeedImageOptions {
  readonly repository: string;
  readonly tag?: string;
  /** As image configurations say it; default amd64. */
  readonly architecture?: 'amd64' | 'arm64';
  readonly labels?: Readonly<Record<string, string>>;
  readonly mediaType?: string;
  /** Two images with the same everything else get different digests by this. */
  readonly content?: string;
  /** What an invocation of it does, in a runtime made by `programs`. */
  readonly program?: Program;
  /** What its invocations take; only with a program. */
  readonly figures?: FiguresOf;
}

export interface SeededImage {
  readonly digest: string;
  /** Repository and digest. */
  readonly uri: string;
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** An image as a build pushes it: one layer, a configuration with labels, a manifest. Makes the repository if needed. */
export function seedImage(aws: LocalAws, options: SeedImageOptions): SeededImage {
  const repository = aws.state.repositories[options.repository] ?? addRepository(aws, options.repository);
  const layer = utf8(`layer of ${options.content ?? options.tag ?? 'latest'}`);
  const configuration = utf8(
    JSON.stringify({
      architecture: options.architecture ?? 'amd64',
      os: 'linux',
      config: { Cmd: ['lambda_function.lambda_handler'], Labels: options.labels ?? {} },
      rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
    }),
  );
  const mediaType = options.mediaType ?? OCI_MANIFEST;
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: describeBlob(aws, 'application/vnd.oci.image.config.v1+json', configuration),
    layers: [describeBlob(aws, 'application/vnd.oci.image.layer.v1.tar+gzip', layer)],
  });
  const { digest } = storeManifest(aws, repository, { manifest, mediaType, tag: options.tag });
  if (options.program !== undefined)
    (aws.runtime as ProgramRuntime).set(digest, options.program, options.figures);
  return { digest, uri: `${repository.uri}@${digest}` };
}

/** An index over one image, as buildx pushes it when provenance is on. */
export function seedIndex(
  aws: LocalAws,
  options: { repository: string; tag?: string; image: SeededImage },
): SeededImage {
  const repository = aws.state.repositories[options.repository] ?? addRepository(aws, options.repository);
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const child = repository.images[options.image.digest];
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    manifests: [
      {
        mediaType: child?.mediaType ?? OCI_MANIFEST,
        digest: options.image.digest,
        size: child?.manifest.length ?? 0,
        platform: { os: 'linux', architecture: 'amd64' },
      },
    ],
  });
  const { digest } = storeManifest(aws, repository, { manifest, mediaType, tag: options.tag });
  return { digest, uri: `${repository.uri}@${digest}` };
}

function describeBlob(
  aws: LocalAws,
  mediaType: string,
  bytes: Uint8Array,
): { mediaType: string; digest: string; size: number } {
  const digest = sha256(bytes);
  aws.blobs.put(digest, bytes);
  return { mediaType, digest, size: bytes.length };
}

interface SeedVersion {
  readonly image: SeededImage;
  readonly description?: string;
}

export interface SeedFunctionOptions {
  readonly name: string;
  /** Published in this order, as 1, 2, …; $LATEST is the last one. */
  readonly versions: readonly [SeedVersion, ...SeedVersion[]];
  readonly alias?: { readonly name: string; readonly version: string; readonly description?: string };
  readonly settings?: Partial<FunctionSettings>;
}

const SETTINGS: FunctionSettings = {
  Timeout: 30,
  MemorySize: 512,
  PackageType: 'Image',
  Architectures: ['x86_64'],
  EphemeralStorage: { Size: 512 },
  TracingConfig: { Mode: 'PassThrough' },
};

/** A function that has been released before: active versions, all updates done, an alias if wanted. */
export function seedFunction(aws: LocalAws, options: SeedFunctionOptions): LambdaFunction {
  const { state } = aws;
  const { name } = options;
  const settings: FunctionSettings = {
    ...SETTINGS,
    Role: `arn:${state.partition}:iam::${state.accountId}:role/${name}`,
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` },
    ...options.settings,
  };
  const versions = options.versions.map((seed, index) =>
    activeVersion(aws, { seed, settings, version: String(index + 1) }),
  );
  const newest = options.versions.at(-1) ?? options.versions[0];
  const fn: LambdaFunction = {
    name,
    arn: functionArn(state, name),
    latest: activeVersion(aws, { seed: { image: newest.image }, settings, version: '$LATEST' }),
    versions: Object.fromEntries(versions.map((version) => [version.version, version])),
    nextVersion: versions.length + 1,
    changedSincePublish: false,
    aliases: {},
    policies: {},
    provisioned: {},
    tags: {},
  };
  state.functions[name] = fn;
  if (options.alias !== undefined) seedAlias(aws, fn, options.alias);
  return fn;
}

export function seedAlias(
  aws: LocalAws,
  fn: LambdaFunction,
  wanted: { name: string; version: string; description?: string },
): LambdaAlias {
  const alias: LambdaAlias = {
    name: wanted.name,
    functionVersion: wanted.version,
    description: wanted.description ?? '',
    revisionId: nextRevisionId(aws.state),
  };
  fn.aliases[alias.name] = alias;
  return alias;
}

/** Gives a qualifier (`''` is the function itself) a policy written by hand, in place of what was there. */
export function seedPolicy(
  aws: LocalAws,
  fn: LambdaFunction,
  policy: { qualifier: string; document: string | object },
): void {
  const { qualifier, document } = policy;
  fn.policies[qualifier] = {
    revisionId: nextRevisionId(aws.state),
    statements: [],
    document: typeof document === 'string' ? document : JSON.stringify(document),
  };
}

function activeVersion(
  aws: LocalAws,
  made: { seed: SeedVersion; settings: FunctionSettings; version: string },
): FunctionVersion {
  const { image, description } = made.seed;
  const repository = image.uri.slice(aws.state.registryHost.length + 1).split('@')[0] ?? '';
  return {
    version: made.version,
    description: description ?? '',
    settings: made.settings,
    code: { imageUri: image.uri, resolvedImageUri: image.uri, repository, digest: image.digest },
    lastModified: aws.clock.now(),
    revisionId: nextRevisionId(aws.state),
    state: 'Active',
    updateStatus: 'Successful',
  };
}

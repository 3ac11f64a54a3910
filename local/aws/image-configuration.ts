import { fromUtf8 } from '../http.ts';
import type { BlobStore } from './blobs.ts';
import type { AwsContext } from './routes.ts';
import type { ImageCode } from './state.ts';

/** Lambda's names of the architectures, by the names image configurations use. */
const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'arm64' };

/** The part of an image's configuration that Lambda looks at. */
interface ImageConfiguration {
  readonly architecture?: string;
  readonly config?: ContainerConfiguration;
}

interface ContainerConfiguration {
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Entrypoint?: readonly string[] | null;
}

/** A digest never changes its contents, so what was read once holds; kept per store, which lives as long as the AWS. */
const known = new WeakMap<BlobStore, Map<string, ImageConfiguration | undefined>>();

/** What an image was built for, in Lambda's words; undefined when its configuration is not in the store. */
export async function architectureOf(aws: AwsContext, code: ImageCode): Promise<string | undefined> {
  return ARCHITECTURES[(await read(aws, code))?.architecture ?? ''];
}

/** Labels and entry point of an image; undefined when its configuration is not in the store. */
export async function configurationOf(
  aws: AwsContext,
  code: ImageCode,
): Promise<ContainerConfiguration | undefined> {
  return (await read(aws, code))?.config;
}

async function read(aws: AwsContext, code: ImageCode): Promise<ImageConfiguration | undefined> {
  let cache = known.get(aws.blobs);
  if (cache === undefined) known.set(aws.blobs, (cache = new Map()));
  if (cache.has(code.digest)) return cache.get(code.digest);
  const configuration = await readConfiguration(aws, code);
  cache.set(code.digest, configuration);
  return configuration;
}

async function readConfiguration(aws: AwsContext, code: ImageCode): Promise<ImageConfiguration | undefined> {
  const image = aws.state.repositories[code.repository]?.images[code.digest];
  if (image === undefined) return undefined;
  const manifest = JSON.parse(image.manifest) as { config?: { digest?: string } };
  const bytes = await aws.blobs.get(manifest.config?.digest ?? '');
  return bytes && (JSON.parse(fromUtf8(bytes)) as ImageConfiguration);
}

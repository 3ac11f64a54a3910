/** Inputs → the docker command line that builds an image Lambda accepts. Nothing here runs; paths are absolute by now. */
import type { Builder } from '../../clients/docker.ts';
import { UserError } from '../../errors.ts';
import type { Architecture } from '../../types.ts';
import { BUILD_LABEL } from './build-identity.ts';
import { METRICS_LABEL } from './metrics-label.ts';
import { atLeast, builderEnvironment, flags, platformOf, type DockerCommand } from './docker.ts';

/** docker/build-push-action's inputs, under its names in camel case. */
export interface BuildOptions {
  /** Absolute paths. */
  readonly context: string;
  readonly file: string;
  /** `KEY=value`, or `KEY` for the runner's variable of that name. Visible in the process list: no place for secrets. */
  readonly buildArgs?: readonly string[];
  /** `name=<absolute path>`, or `name=docker-image://…`, `name=https://…`, `name=target:…`. */
  readonly buildContexts?: readonly string[];
  /** `id=value`. The value travels in the environment of docker alone. */
  readonly secrets?: readonly string[];
  /** `id=<absolute path>`. */
  readonly secretFiles?: readonly string[];
  readonly target?: string | undefined;
  readonly cacheFrom?: readonly string[];
  readonly cacheTo?: readonly string[];
  /** `key=value`. */
  readonly labels?: readonly string[];
  readonly pull?: boolean;
  readonly noCache?: boolean;
  readonly network?: string | undefined;
  /** `host:ip`. */
  readonly addHosts?: readonly string[];
  /** Entitlements: `network.host`, `security.insecure`. */
  readonly allow?: readonly string[];
}

export interface BuildRequest extends BuildOptions {
  readonly architecture: Architecture;
  /** `HOST/repository:commit`: what the image is called on this machine and later in the registry. */
  readonly reference: string;
  /** The image's labels that say where it comes from; they win over the user's. */
  readonly revision: string;
  readonly source: string;
  /** The image carries the cache for the next build; `from` names the image in a registry whose cache this one reads. */
  readonly inlineCache?: InlineCache | undefined;
  /** What distinguishes this build from others of its commit; see `buildIdentity`. */
  readonly identity?: string | undefined;
  /** The value of the label that holds the model's metrics. */
  readonly metrics?: string | undefined;
}

export interface InlineCache {
  readonly from: string | undefined;
}

/** The cache without any input; what the inputs say of caches counts before it. */
export function inlineCacheOf(
  {
    cacheFrom = [],
    cacheTo = [],
    noCache,
    cache,
  }: Pick<BuildOptions, 'cacheFrom' | 'cacheTo' | 'noCache'> & { readonly cache: 'inline' | 'none' },
  from: string | undefined,
): InlineCache | undefined {
  const isChosen = cacheFrom.length > 0 || cacheTo.length > 0 || noCache === true || cache === 'none';
  return isChosen ? undefined : { from };
}

export const REVISION_LABEL = 'org.opencontainers.image.revision';
const SOURCE_LABEL = 'org.opencontainers.image.source';

/**
 * @throws UserError `builder-too-old` when this builder cannot do what is asked; `invalid-secret` when a secret has no usable id.
 */
export function planBuild(request: BuildRequest, builder: Builder): DockerCommand {
  refuseUnsupported(request, builder);
  const secrets = secretFlags(request);
  return {
    args: [
      ...(builder.kind === 'buildx' ? ['buildx', 'build'] : ['build']),
      ...imageFlags(builder),
      `--platform=${platformOf(request.architecture)}`,
      `--file=${request.file}`,
      `--tag=${request.reference}`,
      ...flags('build-arg', unindented(request.buildArgs)),
      ...flags('build-context', unindented(request.buildContexts)),
      ...secrets.args,
      ...flags('target', request.target ? [request.target] : []),
      ...inlineCacheFlags(request, builder),
      ...flags('cache-from', request.cacheFrom),
      ...flags('cache-to', request.cacheTo),
      // Docker takes the last of two equal labels: ours.
      ...flags('label', [
        ...unindented(request.labels),
        `${REVISION_LABEL}=${request.revision}`,
        `${SOURCE_LABEL}=${request.source}`,
        ...(request.identity === undefined ? [] : [`${BUILD_LABEL}=${request.identity}`]),
        ...(request.metrics === undefined ? [] : [`${METRICS_LABEL}=${request.metrics}`]),
      ]),
      ...(request.pull ? ['--pull'] : []),
      ...(request.noCache ? ['--no-cache'] : []),
      ...flags('network', request.network ? [request.network] : []),
      ...flags('add-host', request.addHosts),
      ...flags('allow', request.allow),
      '--',
      request.context,
    ],
    env: { ...builderEnvironment(builder), ...secrets.env },
  };
}

/** Lines of an input may be indented; what follows the `=` stays byte for byte. */
function unindented(lines: readonly string[] = []): string[] {
  return lines.map((line) => line.trimStart());
}

/**
 * Lambda refuses an image index, and buildx wraps even a single image in one when it adds provenance or an SBOM, which it does by
 * default since 0.10; before that it has neither the default nor the flags. `--load` gives the engine the image, so that one `docker push`
 * serves every builder.
 */
function imageFlags(builder: Builder): string[] {
  switch (builder.kind) {
    case 'buildx':
      return [
        ...(atLeast(builder.version, [0, 10]) ? ['--provenance=false', '--sbom=false'] : []),
        '--progress=plain',
        '--load',
      ];
    case 'buildkit':
      return ['--progress=plain'];
    case 'classic':
      return [];
  }
}

/** By the build argument, which every BuildKit takes: buildx has drivers that refuse to export any cache. The first builder has none. */
function inlineCacheFlags({ inlineCache }: BuildRequest, { kind }: Builder): string[] {
  if (inlineCache === undefined || kind === 'classic') return [];
  const { from } = inlineCache;
  return ['--build-arg=BUILDKIT_INLINE_CACHE=1', ...flags('cache-from', from === undefined ? [] : [from])];
}

const NEEDS: Readonly<Record<string, readonly Builder['kind'][]>> = {
  secrets: ['buildx', 'buildkit'],
  secretFiles: ['buildx', 'buildkit'],
  cacheTo: ['buildx'],
  buildContexts: ['buildx'],
  allow: ['buildx'],
};

function refuseUnsupported(request: BuildRequest, builder: Builder): void {
  const asked = Object.keys(NEEDS).filter((name) => {
    const value = request[name as keyof BuildRequest];
    return Array.isArray(value) && value.length > 0 && !NEEDS[name]?.includes(builder.kind);
  });
  // The first builder reads caches from images only.
  if (builder.kind === 'classic' && request.cacheFrom?.some((from) => from.includes('=')))
    asked.push('cacheFrom');
  if (asked.length === 0) return;
  const names = asked.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  throw new UserError('builder-too-old', {
    what: `This runner's docker ${builder.version} has no buildx, which ${names.join(', ')} needs.`,
    fix: `Add a step with docker/setup-buildx-action before this one, or leave ${names.length > 1 ? 'them' : 'it'} out.`,
  });
}

const SECRET_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Values go through the environment: the process list shows arguments to every user of a machine. */
function secretFlags({ secrets = [], secretFiles = [] }: BuildOptions): {
  args: string[];
  env: Record<string, string>;
} {
  const env: Record<string, string> = {};
  const args: string[] = [];
  secrets.forEach((secret, index) => {
    const { id, value } = idAndValue(secret, 'secrets');
    const variable = `MODEL_RELEASE_BUILD_SECRET_${index}`;
    env[variable] = value;
    args.push(`--secret=id=${id},env=${variable}`);
  });
  for (const file of secretFiles) {
    const { id, value } = idAndValue(file, 'secret-files');
    args.push(`--secret=id=${id},${csvField(`src=${value}`)}`);
  }
  return { args, env };
}

function idAndValue(entry: string, input: string): { id: string; value: string } {
  const equals = entry.indexOf('=');
  const id = entry.slice(0, Math.max(0, equals)).trimStart();
  // The entry is not shown: it is, or stands for, a secret.
  if (!SECRET_ID.test(id)) {
    throw new UserError('invalid-secret', {
      what: `A line of ${input} is not id=value with an id of letters, digits, "_", "." and "-".`,
      fix: 'Write one secret per line; the Dockerfile mounts it by its id.',
    });
  }
  return { id, value: entry.slice(equals + 1) };
}

/** Docker reads these flags as a line of CSV. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

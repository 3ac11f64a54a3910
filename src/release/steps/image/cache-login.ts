import { join } from 'node:path';
import type { RegistryLogin } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import { Cancelled } from '../../../errors.ts';
import { explain } from '../../../run/explain.ts';
import type { BuiltImage, ImageToBuild } from './build-image.ts';
import { configFolders, withLogin, withOwnConfig } from './docker-config.ts';

interface CachedBuild {
  readonly image: ImageToBuild;
  readonly login: () => Promise<RegistryLogin>;
}

/**
 * Builds with a login for the registry whose image is the cache. It is docker's client that holds it and sends it to no step of the
 * build. Without a login the build goes on: a cache only saves time.
 */
export async function withCacheLogin(
  tools: Tools,
  { image, login }: CachedBuild,
  build: (image: ImageToBuild) => Promise<BuiltImage>,
): Promise<BuiltImage> {
  const { inlineCache, builder } = image;
  const from = inlineCache?.from;
  if (from === undefined) return build(image);
  if (builder.kind === 'classic') {
    tools.log.info(
      'The image of the last release is no cache for the first builder of this engine: docker/setup-buildx-action brings one that reads it.',
    );
    return build(image);
  }
  const host = from.slice(0, from.indexOf('/'));
  const known = await loginOrWhy(tools, login);
  if (typeof known === 'string') {
    tools.log.info(`The build goes on without the cache of the last release: ${known}`);
    return build({ ...image, inlineCache: { from: undefined } });
  }
  const places = configFolders(tools);
  return withOwnConfig(
    places,
    (users) => withLogin(users, host, known),
    (config) => {
      // What buildx knows of builders stays where it is.
      const BUILDX_CONFIG = tools.env['BUILDX_CONFIG'] ?? join(places.dockerConfig, 'buildx');
      return build({ ...image, env: { DOCKER_CONFIG: config, BUILDX_CONFIG } });
    },
  );
}

async function loginOrWhy(tools: Tools, login: CachedBuild['login']): Promise<RegistryLogin | string> {
  try {
    const known = await login();
    await tools.secret(known.password);
    return known;
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    return explain(error).message;
  }
}

/** Asks at the first call, and again only where there was no answer. */
export function loginOnce({ ecr }: Pick<Tools, 'ecr'>): () => Promise<RegistryLogin> {
  let known: Promise<RegistryLogin> | undefined;
  return () =>
    (known ??= ecr.getAuthorizationToken().catch((error: unknown) => {
      known = undefined;
      throw error;
    }));
}

import { findBuilder, type Builder } from '../../../clients/docker.ts';
import type { Tools } from '../../../clients/tools.ts';
import { labelOfMetrics } from '../../gate-files.ts';
import type { TestLine } from '../../result.ts';
import { inlineCacheOf } from '../../plan/build.ts';
import { folders, testInImage } from '../tests/test-model.ts';
import { buildImage, type BuiltImage } from './build-image.ts';
import { withCacheLogin } from './cache-login.ts';
import { imageBeside, repositoryUri, type ImageWish } from './image-wish.ts';

/** An image of this machine's engine that ECR does not have yet. */
export interface BuiltHere extends BuiltImage {
  readonly builder: Builder;
  /** The results of tests that ran inside the image; undefined where none run there. */
  readonly tests: readonly TestLine[] | undefined;
}

/** Builds the commit's image under the name that it has in ECR, and runs the tests that run in it. It writes nothing to AWS. */
export async function buildHere(
  tools: Tools,
  wish: ImageWish & { readonly builder: Builder | undefined },
): Promise<BuiltHere> {
  const { inputs, target, plan, run, seen } = wish;
  const { workspace } = folders(tools);
  const { tag, identity } = seen.build ?? { tag: run.commit, identity: undefined };
  // A repository that does not exist yet has no address; nothing creates one for an image that may be refused.
  const name = seen.repositoryExists ? await repositoryUri(tools, wish) : target.repository;
  const reference = `${name}:${tag}`;
  const builder = wish.builder ?? (await findBuilder(tools));
  const inlineCache = inlineCacheOf(inputs, cacheImage(wish));
  const image = {
    ...inputs,
    builder,
    inlineCache,
    workspace,
    reference,
    architecture: plan.architecture,
    revision: run.commit,
    identity,
    metrics: await labelOfMetrics(tools, inputs.gate),
    source:
      run.repository === ''
        ? ''
        : `${tools.env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${run.repository}`,
    timeoutMs: inputs.buildTimeout * 60_000,
  };
  const built = await withCacheLogin(tools, { image, login: wish.login }, (more) => buildImage(tools, more));
  const inImage = { reference, architecture: plan.architecture, builder };
  const tests = inputs.testsIn === 'image' ? await testInImage(tools, inputs, inImage) : undefined;
  return { ...built, builder, tests };
}

/**
 * The image of the last release, whose cache the build reads. A dry run builds code that nobody has reviewed, and a login opens every
 * image of the registry that its role may read, for any `FROM`: such a build gets none.
 */
function cacheImage({ inputs, target, seen }: ImageWish): string | undefined {
  return inputs.dryRun ? undefined : imageBeside(seen.live, target.repository);
}

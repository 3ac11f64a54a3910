/** What a person names by a part of its id, or by a tag of its image: looked up in Lambda and in ECR. */
import { UserError } from '../../../errors.ts';
import { childFor, readManifest } from '../../plan/image.ts';
import { parseRepository } from '../../plan/repository.ts';
import type { ResolvedPlan, TargetPlan } from '../../plan/rollback.ts';
import { noteOf } from '../../record/version-note.ts';
import type { FunctionVersion } from '../../../types.ts';
import { named, short } from '../../../words.ts';
import { findKept } from '../image/check-image.ts';
import type { ReleaseTools } from '../../tools.ts';
import type { RollbackRequest } from './rollback-request.ts';

/** @throws UserError `target-gone` where nothing fits, `ambiguous-target` where several releases do. */
export async function resolveTarget(
  tools: ReleaseTools,
  request: RollbackRequest,
  plan: TargetPlan,
): Promise<ResolvedPlan> {
  if (plan.kind === 'prefix') return byPrefix(tools, request, plan.prefix);
  return plan.kind === 'tag' ? byTag(tools, request, plan.tag) : plan;
}

async function byPrefix(
  tools: ReleaseTools,
  { question }: RollbackRequest,
  prefix: string,
): Promise<ResolvedPlan> {
  const versions = await tools.lambda.listVersions(question.functionName);
  const fitting = versions
    .filter((version) => version.version !== '$LATEST')
    .flatMap((version) => {
      const whole = idWith(version, prefix);
      return whole === undefined ? [] : [{ version, whole }];
    })
    .sort((a, b) => Number(b.version.version) - Number(a.version.version));
  const [newest] = fitting;
  if (newest === undefined) throw noneFits(prefix);
  const isOne =
    fitting.every(({ whole }) => whole === newest.whole) ||
    fitting.every(({ version }) => version.digest === newest.version.digest);
  if (!isOne)
    throw ambiguous(
      prefix,
      fitting.map(({ version }) => version),
    );
  const { version } = newest;
  return { kind: 'version', version: version.version, commit: noteOf(version)?.commit };
}

/** The whole of what the prefix shortens: a commit, a digest, or the version's number. */
function idWith(version: FunctionVersion, prefix: string): string | undefined {
  if (version.version === prefix) return version.version;
  return [noteOf(version)?.commit, version.digest].find((id) => id?.startsWith(prefix));
}

/** A tag is read once; from here on the digest counts. */
async function byTag(tools: ReleaseTools, request: RollbackRequest, tag: string): Promise<ResolvedPlan> {
  const { functionName, aliasName } = request.question;
  const live = await tools.lambda.getFunction(functionName, aliasName);
  const repository = request.repository ?? parseRepository(live.resolvedImageUri);
  if (repository === undefined)
    throw new UserError('target-gone', {
      what: `The ECR repository in which to look for the tag ${tag} is not known.`,
      fix: 'Say it with ecr-repository, or name a version, a digest or a commit; nothing was changed.',
    });
  const image = await findKept(tools, repository, { tag });
  if (image === undefined)
    throw new UserError('target-gone', {
      what: `ECR repository ${repository} has no image with the tag ${tag}.`,
      fix: 'Name a version, a digest or a commit: the summary lists the earlier releases.',
    });
  const where = `${repository}:${tag}`;
  const manifest = readManifest(where, image.mediaType, image.manifest);
  // A version has the digest of the image that it runs, and never that of an index.
  const digest = manifest.kind === 'index' ? childFor(where, manifest, live.architecture) : image.digest;
  return { kind: 'image', digest, commit: undefined };
}

function noneFits(prefix: string): UserError {
  return new UserError('target-gone', {
    what: `No version has a commit or a digest that begins with ${prefix}.`,
    fix: 'Give the whole commit or digest, by which ECR is searched too, or a version: the summary lists the earlier releases.',
  });
}

function ambiguous(prefix: string, fitting: readonly FunctionVersion[]): UserError {
  const versions = fitting.map(
    (version) =>
      `${named({ version: version.version, digest: version.digest, commit: noteOf(version)?.commit })} (${short(version.digest)})`,
  );
  return new UserError('ambiguous-target', {
    what: `${prefix} is the beginning of several releases: ${versions.join('; ')}.`,
    fix: 'Give more digits, or the number of one of these versions; nothing was changed.',
  });
}

/** What a person names by a part of its id, or by a tag of its image: looked up in Lambda and in ECR. */
import { UserError } from '../../../errors.ts';
import { childFor, readManifest } from '../../plan/image.ts';
import { parseRepository } from '../../plan/repository.ts';
import type { ResolvedPlan, TargetPlan } from '../../plan/rollback.ts';
import { configurationChanges } from '../../plan/configuration.ts';
import { sameSurroundings } from '../../record/content.ts';
import { historyOf } from '../../record/history.ts';
import { noteOf } from '../../record/version-note.ts';
import type { Digest, FunctionVersion } from '../../../types.ts';
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
  switch (plan.kind) {
    case 'prefix': {
      const { prefix } = plan;
      const found = await byId(tools, request, { asked: prefix, fits: (version) => idWith(version, prefix) });
      if (found === undefined) throw noneFits(prefix);
      return found;
    }
    case 'tag':
      return byImage(tools, request, {
        kind: 'image',
        digest: await digestOf(tools, request, plan.tag),
        commit: undefined,
      });
    case 'image':
      return byImage(tools, request, plan);
    default:
      return plan;
  }
}

type ImagePlan = Extract<ResolvedPlan, { kind: 'image' }>;

/** The version of an image, or the image itself where no version of it is left. */
async function byImage(
  tools: ReleaseTools,
  request: RollbackRequest,
  plan: ImagePlan,
): Promise<ResolvedPlan> {
  const { digest, commit } = plan;
  const fits = (version: FunctionVersion) =>
    digest === undefined ? noteOf(version)?.commit === commit : version.digest === digest;
  return (await byId(tools, request, { asked: short(digest ?? commit), fits })) ?? plan;
}

interface Search {
  readonly asked: string;
  readonly fits: (version: FunctionVersion) => unknown;
}

/** The newest of the versions that fit, where they are all the same release. What never served counts where nothing else fits. */
async function byId(
  tools: ReleaseTools,
  { question, release }: RollbackRequest,
  { asked, fits }: Search,
): Promise<ResolvedPlan | undefined> {
  const versions = await tools.lambda.listVersions(question.functionName);
  const { neverServed } = historyOf(versions, release);
  const all = versions.filter((version) => version.version !== '$LATEST' && fits(version));
  const served = all.filter(({ version }) => !neverServed.includes(version));
  const fitting = (served.length > 0 ? served : all).sort((a, b) => Number(b.version) - Number(a.version));
  const [newest] = fitting;
  if (newest === undefined) return undefined;
  if (fitting.some((version) => difference(newest, version) !== '')) throw ambiguous(asked, newest, fitting);
  return { kind: 'version', version: newest.version, commit: noteOf(newest)?.commit };
}

/** What makes two versions two releases, in words; empty where they are one. */
function difference(newest: FunctionVersion, version: FunctionVersion): string {
  const changes = [
    ...(version.digest === newest.digest ? [] : ['another image']),
    ...configurationChanges(newest.configuration, version.configuration),
    ...(sameSurroundings(newest, version) ? [] : ['another role or other layers']),
  ];
  return changes.join(', ');
}

/** The whole of what the prefix shortens: a commit, a digest, or the version's number. */
function idWith(version: FunctionVersion, prefix: string): string | undefined {
  if (version.version === prefix) return version.version;
  return [noteOf(version)?.commit, version.digest].find((id) => id?.startsWith(prefix));
}

/** A tag is read once; from here on the digest counts. */
async function digestOf(tools: ReleaseTools, request: RollbackRequest, tag: string): Promise<Digest> {
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
  return manifest.kind === 'index' ? childFor(where, manifest, live.architecture) : image.digest;
}

function noneFits(prefix: string): UserError {
  return new UserError('target-gone', {
    what: `No version has a commit or a digest that begins with ${prefix}.`,
    fix: 'Give the whole commit or digest, by which ECR is searched too, or a version: the summary lists the earlier releases.',
  });
}

function ambiguous(asked: string, newest: FunctionVersion, fitting: readonly FunctionVersion[]): UserError {
  const list = fitting.map((version) => {
    const { digest, lastModified } = version;
    const name = named({ version: version.version, digest, commit: noteOf(version)?.commit });
    const unlike = difference(newest, version);
    const when = lastModified.slice(0, 16).replace('T', ' ');
    return `${name} (${short(digest)}, published ${when}${unlike === '' ? '' : `; unlike version ${newest.version}: ${unlike}`})`;
  });
  return new UserError('ambiguous-target', {
    what: `${asked} fits several releases: ${list.join('; ')}.`,
    fix: 'Give the number of one of these versions, or more digits where that tells them apart; nothing was changed.',
  });
}

/**
 * A published version's Description, write-once: what the version is, and where it came from.
 *
 *     mr1;d=sha256:<64>;c=<commit>;base=<n>;run=<id>.<attempt>;b=<12>
 *
 * `base` is the version that was live when this one was published: the rollback target when somebody wipes the alias's record.
 * `b` is the identity of the image's build by its label, `-` for an image without one; it may be missing.
 */
import type { Commit, Digest, FunctionVersion, VersionNumber } from '../../types.ts';
import { DESCRIPTION_LIMIT } from './record.ts';

export interface VersionNote {
  readonly digest: Digest;
  readonly commit: Commit;
  readonly base: VersionNumber | undefined;
  readonly run: string;
  readonly build?: string | undefined;
}

/** The image has no label of its build: it was built elsewhere. */
export const NO_BUILD = '-';

const SHAPE =
  /^mr1;d=(sha256:[0-9a-f]{64});c=([0-9a-f]{40}|[0-9a-f]{64});base=([1-9]\d{0,14})?;run=(\d{1,20}\.\d{1,6})(?:;b=([0-9a-f]{12}|-))?$/;

export function renderVersionNote({ digest, commit, base, run, build }: VersionNote): string {
  const from = build === undefined ? '' : `;b=${build}`;
  const text = `mr1;d=${digest};c=${commit};base=${base ?? ''};run=${run}${from}`;
  if (text.length > DESCRIPTION_LIMIT || !SHAPE.test(text))
    throw new RangeError('version note without a text form');
  return text;
}

/** The note, or undefined when somebody else published the version. */
export function parseVersionNote(description: string): VersionNote | undefined {
  const [, digest, commit, base, run, build] = SHAPE.exec(description) ?? [];
  if (digest === undefined || commit === undefined || run === undefined) return undefined;
  return { digest: digest as Digest, commit, base, run, ...(build !== undefined && { build }) };
}

/** The note of an image's version; a note about another digest than the version's own is a copy. */
export function noteOf({
  description,
  digest,
}: Pick<FunctionVersion, 'description' | 'digest'>): VersionNote | undefined {
  const note = parseVersionNote(description);
  return note?.digest === digest ? note : undefined;
}

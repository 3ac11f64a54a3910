import { UserError } from '../../errors.ts';
import type { AttachInputs } from '../../inputs/attach-inputs.ts';
import { plural } from '../../words.ts';
import type { ObservedRepository } from './observed.ts';

/** Which repositories of an organization are meant. Every condition given must hold. */
export interface Selection {
  /** Names with `*`; a leading `!` excludes. Empty: all. */
  readonly patterns: readonly string[];
  readonly topic: string | undefined;
  /** Repositories (`OWNER/NAME`) with the wanted custom property; undefined when none is asked for. */
  readonly withProperty: ReadonlySet<string> | undefined;
  /** Files that must exist on the default branch. */
  readonly withFiles: readonly string[];
}

export function isSelected(selection: Selection, repository: ObservedRepository): boolean {
  const name = repository.name.slice(repository.name.indexOf('/') + 1);
  if (!matchesPatterns(selection.patterns, name)) return false;
  if (selection.topic !== undefined && !repository.topics.includes(selection.topic)) return false;
  if (selection.withProperty !== undefined && !selection.withProperty.has(repository.name)) return false;
  // An empty repository has no files yet; it is named as empty instead of passing unnoticed.
  if (repository.base === undefined) return true;
  return selection.withFiles.every((path) => repository.structure.has(path));
}

export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const excluded = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const included = patterns.filter((pattern) => !pattern.startsWith('!'));
  if (excluded.some((pattern) => glob(pattern).test(name))) return false;
  return included.length === 0 || included.some((pattern) => glob(pattern).test(name));
}

/** GitHub's repository names compare without regard to case. */
function glob(pattern: string): RegExp {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\*+/g, '.*');
  return new RegExp(`^${source}$`, 'i');
}

/** The patterns that are plain names. */
export function namesOf(patterns: readonly string[]): readonly string[] {
  return patterns.filter((pattern) => !/^!|\*/.test(pattern));
}

/** A selection that means no repository is a mistake, and never a fleet that is in sync. */
export function nothingSelected(
  { organization, topic, property }: Pick<AttachInputs, 'organization' | 'topic' | 'property'>,
  { patterns, withFiles }: Selection,
  looked: number,
): UserError {
  const conditions = [
    ...(patterns.length > 0 ? [`repositories: ${patterns.join(', ')}`] : []),
    ...(topic === undefined ? [] : [`topic: ${topic}`]),
    ...(property === undefined ? [] : [`property: ${property}`]),
    ...(withFiles.length > 0 ? [`with-files: ${withFiles.join(', ')}`] : []),
  ];
  const those = `${plural(looked, 'repository', 'repositories')} of ${organization} that the token may see`;
  return new UserError('attach-selection', {
    what:
      conditions.length === 0
        ? `There is nothing to attach: ${those}.`
        : `Nothing matches ${conditions.join('; ')} among the ${those}.`,
    fix: 'Check these inputs (each condition must hold), and where the GitHub App is installed.',
  });
}

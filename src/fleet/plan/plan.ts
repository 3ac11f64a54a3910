import type { ObservedRepository, PullRequest, AttachBranch } from './observed.ts';
import type { Wanted, WantedFile } from './wanted.ts';

/** A wanted file that differs from what a repository holds. */
export interface FileChange {
  readonly path: string;
  /** `missing`; `outdated`: an earlier version of ours, untouched; `edited`: anything else, so somebody's work. */
  readonly state: 'missing' | 'outdated' | 'edited';
}

/** What one document of mutations brings to a repository; what exists already is left out. */
export interface Proposal {
  readonly repositoryId: string;
  readonly repository: string;
  readonly branch: string;
  /** The commit at which the branch is created; undefined when it exists. */
  readonly createAt: string | undefined;
  /** The commit to add the files to; undefined when the branch holds them already. */
  readonly commit: { readonly onto: string; readonly files: readonly WantedFile[] } | undefined;
  /** The branch a new pull request shall go to; undefined when one is open. */
  readonly pullInto: string | undefined;
}

export type RepositoryPlan =
  | { readonly kind: 'in-sync' }
  /** An open pull request holds exactly the wanted content. */
  | { readonly kind: 'open'; readonly pull: PullRequest; readonly changes: readonly FileChange[] }
  | { readonly kind: 'create'; readonly proposal: Proposal; readonly changes: readonly FileChange[] }
  | {
      readonly kind: 'update';
      readonly proposal: Proposal;
      readonly pull: PullRequest;
      readonly changes: readonly FileChange[];
    }
  /** People's work stands in the way, and stays. */
  | {
      readonly kind: 'conflict';
      readonly reason: string;
      readonly pull?: PullRequest;
      readonly changes: readonly FileChange[];
    }
  | { readonly kind: 'declined'; readonly pull: PullRequest; readonly changes: readonly FileChange[] }
  | { readonly kind: 'skipped'; readonly reason: string }
  /** It should be attached and cannot be. */
  | { readonly kind: 'blocked'; readonly reason: string };

/** A plan that writes. */
export type ProposingPlan = Extract<RepositoryPlan, { kind: 'create' | 'update' }>;

export function isProposing(plan: RepositoryPlan): plan is ProposingPlan {
  return plan.kind === 'create' || plan.kind === 'update';
}

export interface PlanOptions {
  /** Where branches are made: `<branch>/<digest>`. */
  readonly branch: string;
  /** What happens to files that people edited: proposed for replacement in the pull request, or left out of it. */
  readonly localEdits: 'propose' | 'keep';
  readonly include: readonly ('forks' | 'templates')[];
}

/** The line in a commit's message by which attach knows its own commits again. */
export const TRAILER = 'Model-Release-Content';

/**
 * What one repository needs. Everything is derived from what GitHub shows, so a run that died anywhere is continued, not
 * repeated: a branch without its commit gets the commit, a branch without its pull request gets the pull request.
 */
export function planRepository(
  wanted: Wanted,
  repository: ObservedRepository,
  options: PlanOptions,
): RepositoryPlan {
  const { base } = repository;
  const skip = reasonToSkip(repository, options);
  if (skip !== undefined) return { kind: 'skipped', reason: skip };
  if (base === undefined)
    return { kind: 'skipped', reason: 'empty: it has no commit yet, so there is nothing to attach to' };

  const changes = changesOf(wanted, repository);
  const edited = changes.filter(({ state }) => state === 'edited').map(({ path }) => path);
  const kept = options.localEdits === 'keep' ? edited : [];
  const proposed = changes.filter(({ path }) => !kept.includes(path));
  if (changes.length === 0) return { kind: 'in-sync' };
  if (proposed.length === 0)
    return { kind: 'conflict', reason: `edited locally and kept: ${kept.join(', ')}`, changes };

  const files = wanted.files.filter(({ path }) => proposed.some((change) => change.path === path));
  const open = withOpenPull(repository.branches, files);
  if (open !== undefined) return continueOpen({ repository, files, changes }, open);
  if (repository.declined !== undefined) return { kind: 'declined', pull: repository.declined, changes };
  if (/^(READ|TRIAGE)$/.test(repository.permission ?? ''))
    return { kind: 'blocked', reason: 'no permission: the token may only read this repository' };
  return {
    kind: 'create',
    proposal: newPull({ repository, files, changes }, { wanted, options, base }),
    changes,
  };
}

function reasonToSkip(repository: ObservedRepository, { include }: PlanOptions): string | undefined {
  if (repository.isArchived) return 'archived: read-only until somebody unarchives it';
  if (repository.isLocked) return 'locked or disabled by GitHub: nobody can write to it';
  if (repository.isFork && !include.includes('forks'))
    return 'fork: changes belong upstream (include: forks attaches it)';
  if (repository.isTemplate && !include.includes('templates'))
    return 'template: it is copied, not released (include: templates attaches it)';
  return undefined;
}

function changesOf(wanted: Wanted, repository: ObservedRepository): FileChange[] {
  const changes: FileChange[] = [];
  for (const { path, oid, earlier } of wanted.files) {
    const there = repository.unpinned?.get(path) ?? repository.files.get(path);
    if (there === oid) continue;
    const state = there === undefined ? 'missing' : earlier.includes(there) ? 'outdated' : 'edited';
    changes.push({ path, state });
  }
  return changes;
}

interface OpenPull {
  readonly branch: AttachBranch;
  readonly pull: PullRequest;
}

/** Our open pull request; of several, one that holds the wanted content already. */
function withOpenPull(branches: readonly AttachBranch[], files: readonly WantedFile[]): OpenPull | undefined {
  const open = branches.flatMap((branch) => {
    const pull = branch.pulls.find(({ state }) => state === 'OPEN');
    return pull === undefined ? [] : [{ branch, pull }];
  });
  return open.find(({ branch }) => lacking(branch, files).length === 0) ?? open[0];
}

function lacking(branch: AttachBranch | undefined, files: readonly WantedFile[]): readonly WantedFile[] {
  return files.filter((file) => branch?.files.get(file.path) !== file.oid);
}

/** A repository that needs something: the files to bring, of those that differ. */
interface Need {
  readonly repository: ObservedRepository;
  readonly files: readonly WantedFile[];
  readonly changes: readonly FileChange[];
}

function continueOpen(need: Need, { branch, pull }: OpenPull): RepositoryPlan {
  const { repository, changes } = need;
  const missing = lacking(branch, need.files);
  if (missing.length === 0) return { kind: 'open', pull, changes };
  if (!isOurs(branch) && missing.some((file) => isWorkOfOthers(file, branch, repository))) {
    return {
      kind: 'conflict',
      reason: `people changed its pull request; merge it, or close it and delete the branch ${branch.name} for a new one`,
      pull,
      changes,
    };
  }
  const proposal: Proposal = {
    repositoryId: repository.id,
    repository: repository.name,
    branch: branch.name,
    createAt: undefined,
    commit: { onto: branch.oid, files: missing },
    pullInto: undefined,
  };
  return { kind: 'update', proposal, pull, changes };
}

/** Neither ours from before nor simply what the default branch holds. */
function isWorkOfOthers(file: WantedFile, branch: AttachBranch, repository: ObservedRepository): boolean {
  const there = branch.files.get(file.path);
  return there !== undefined && !file.earlier.includes(there) && there !== repository.files.get(file.path);
}

function isOurs(branch: AttachBranch): boolean {
  return branch.message.includes(`\n${TRAILER}: `);
}

interface Place {
  readonly wanted: Wanted;
  readonly options: PlanOptions;
  readonly base: { readonly branch: string; readonly oid: string };
}

/**
 * The branch's name holds the digest of the content, so a second run finds what the first one began. A branch whose pull
 * request was merged is used up: the content was changed since, and a name with the base commit starts anew.
 */
function newPull({ repository, files }: Need, { wanted, options, base }: Place): Proposal {
  const first = `${options.branch}/${wanted.digest}`;
  const names = [first, `${first}-${base.oid.slice(0, 7)}`, `${first}-${base.oid}`];
  const known = new Map(repository.branches.map((branch) => [branch.name, branch]));
  const name = names.find((candidate) => isUsable(known.get(candidate), files)) ?? `${first}-${base.oid}`;
  const branch = known.get(name);
  const missing = lacking(branch, files);
  return {
    repositoryId: repository.id,
    repository: repository.name,
    branch: name,
    createAt: branch === undefined ? base.oid : undefined,
    commit: missing.length === 0 ? undefined : { onto: branch?.oid ?? base.oid, files: missing },
    pullInto: base.branch,
  };
}

/** Absent; begun and without its commit; or complete and without its pull request. */
function isUsable(branch: AttachBranch | undefined, files: readonly WantedFile[]): boolean {
  if (branch === undefined) return true;
  if (branch.pulls.length > 0) return false;
  // Someone else's branch that holds our content already has no commit of ours to propose.
  return isOurs(branch) || lacking(branch, files).length > 0;
}

import type { MissingEntry } from './structure.ts';
import type { FileChange, RepositoryPlan } from './plan.ts';

/** What became, or would become, of one repository. */
export type RepositoryOutcome =
  | 'in-sync'
  /** A pull request with exactly the wanted content waits for people. */
  | 'open'
  | 'created'
  | 'updated'
  /** `check` and dry run: what `apply` would do. */
  | 'to-create'
  | 'to-update'
  /** People's work or people's decision stands; attach left it alone. */
  | 'conflict'
  | 'declined'
  | 'skipped'
  | 'failed'
  /** Not tried in this run: a limit, the time or an earlier failure ended it first. */
  | 'remaining'
  /** `check-structure`: complete, or something is missing. */
  | 'complete'
  | 'incomplete';

export interface RepositoryRow {
  /** `OWNER/NAME`. */
  readonly name: string;
  readonly url: string;
  readonly outcome: RepositoryOutcome;
  /** One clause; empty when the outcome says it all. */
  readonly reason: string;
  readonly pull?: { readonly number: number; readonly url: string };
  readonly changes: readonly FileChange[];
  readonly missing?: readonly MissingEntry[];
}

/** A repository as a row names it. */
interface RowName {
  readonly name: string;
  readonly url: string;
}

/** The row of a plan that is not carried out: because it needs no write, or because nothing may be written. */
export function rowOf(repository: RowName, plan: RepositoryPlan): RepositoryRow {
  const { name, url } = repository;
  switch (plan.kind) {
    case 'in-sync':
      return { name, url, outcome: 'in-sync', reason: '', changes: [] };
    case 'open':
      return {
        name,
        url,
        outcome: 'open',
        reason: editsIn(plan.changes),
        pull: plan.pull,
        changes: plan.changes,
      };
    case 'create':
      return { name, url, outcome: 'to-create', reason: editsIn(plan.changes), changes: plan.changes };
    case 'update':
      return {
        name,
        url,
        outcome: 'to-update',
        reason: editsIn(plan.changes),
        pull: plan.pull,
        changes: plan.changes,
      };
    case 'conflict': {
      const pull = plan.pull ? { pull: plan.pull } : {};
      return { name, url, outcome: 'conflict', reason: plan.reason, ...pull, changes: plan.changes };
    }
    case 'declined': {
      const reason = 'its pull request was closed unmerged; reopen it to attach, or exclude the repository';
      return { name, url, outcome: 'declined', reason, pull: plan.pull, changes: plan.changes };
    }
    case 'skipped':
      return { name, url, outcome: 'skipped', reason: plan.reason, changes: [] };
    case 'blocked':
      return { name, url, outcome: 'failed', reason: plan.reason, changes: [] };
  }
}

/** Local edits are named wherever the repository is. */
export function editsIn(changes: readonly FileChange[]): string {
  const edited = changes.filter(({ state }) => state === 'edited').map(({ path }) => path);
  return edited.length === 0 ? '' : `local edits in ${edited.join(', ')}: look at the pull request's diff`;
}

/** What a run of attach is going to do, for all repositories: the list that is printed, and that is carried out. */
import type { PlanStep } from '../../run/plan.ts';
import type { AttachInputs } from '../../inputs/attach-inputs.ts';
import { plural } from '../../words.ts';
import type { ObservedRepository } from './observed.ts';
import {
  isProposing,
  planRepository,
  type FileChange,
  type PlanOptions,
  type ProposingPlan,
  type RepositoryPlan,
} from './plan.ts';
import { rowOf, type RepositoryRow } from './rows.ts';
import { missingStructure } from './structure.ts';
import { wantedByBranch, type Wanted } from './wanted.ts';

export interface PlannedRepository {
  readonly repository: ObservedRepository;
  readonly plan: RepositoryPlan;
}

/** A repository that is written to, and the step that announces it. */
export interface PlannedWrite {
  readonly repository: ObservedRepository;
  readonly plan: ProposingPlan;
  readonly step: PlanStep;
}

/** Repositories that are written to one after the other, before the next ones are begun. */
export interface Wave {
  readonly name: string;
  readonly writes: readonly PlannedWrite[];
  /** For those of the wave whose fate is unclear then. */
  readonly again: PlanStep;
}

export interface FleetPlan {
  readonly repositories: readonly PlannedRepository[];
  readonly waves: readonly Wave[];
  /** What a check or a dry run tells of each repository. */
  readonly rows: readonly RepositoryRow[];
}

/** What of the inputs a plan depends on. */
export interface FleetOptions extends Pick<
  AttachInputs,
  'mode' | 'branch' | 'localEdits' | 'include' | 'limit' | 'wave' | 'source'
> {
  /** Other repositories, whose default branches tell what earlier versions may look like. */
  readonly known?: readonly ObservedRepository[];
}

interface Selected {
  readonly wanted: Wanted;
  readonly repositories: readonly ObservedRepository[];
}

export function planFleet({ wanted, repositories: selected }: Selected, asked: FleetOptions): FleetPlan {
  if (asked.mode === 'check-structure')
    return { repositories: [], waves: [], rows: selected.map((one) => structureRow(one, asked)) };
  const repositories = planRepositories(wanted, selected, asked);
  const rows = repositories.map(({ repository, plan }) => rowOf(repository, plan));
  return { repositories, waves: wavesOf(repositories, asked), rows };
}

/** The plan of each repository. */
export function planRepositories(
  wanted: Wanted,
  repositories: readonly ObservedRepository[],
  { branch, localEdits, include, known = [] }: FleetOptions,
): readonly PlannedRepository[] {
  const branches = [...known, ...repositories].flatMap(({ base }) => (base ? [base.branch] : []));
  const byBranch = wantedByBranch(wanted, branches);
  const options = { branch, localEdits, include: (include ?? []) as PlanOptions['include'] };
  return repositories.map((repository) => {
    const own = byBranch.get(repository.base?.branch ?? '') ?? wanted;
    return { repository, plan: planRepository(own, repository, options) };
  });
}

/** The list that a check and a dry run print, and that a run carries out. */
export function fleetSteps({ waves }: FleetPlan): readonly PlanStep[] {
  return waves.flatMap(({ writes, again }) => [...writes.map(({ step }) => step), again]);
}

function wavesOf(
  repositories: readonly PlannedRepository[],
  { limit, wave }: Pick<FleetOptions, 'limit' | 'wave'>,
): readonly Wave[] {
  const proposing = repositories
    .flatMap(({ repository, plan }) => (isProposing(plan) ? [{ repository, plan }] : []))
    .slice(0, limit);
  const waves: Wave[] = [];
  for (let start = 0; start < proposing.length; start += wave) {
    const part = proposing.slice(start, start + wave);
    const name = `Pull requests ${start + 1} to ${start + part.length} of ${proposing.length}`;
    const writes = part.map((one) => ({ ...one, step: stepFor(one.repository.name, one.plan, name) }));
    waves.push({ name, writes, again: againIn(name) });
  }
  return waves;
}

function stepFor(repository: string, plan: ProposingPlan, name: string): PlanStep {
  return {
    name,
    does: `${proposes(plan, repository)}`,
    why: reasonFor(plan.changes),
    writes: ['github:pull-request'],
  };
}

function proposes(plan: ProposingPlan, repository: string): string {
  const { commit } = plan.proposal;
  const files = commit === undefined ? '' : ` with ${plural(commit.files.length, 'file')}`;
  if (plan.kind === 'update') return `update pull request #${plan.pull.number} in ${repository}${files}`;
  return `open a pull request in ${repository}${files}`;
}

const STATES: Readonly<Record<FileChange['state'], string>> = {
  missing: 'missing',
  outdated: 'an earlier version',
  edited: 'edited there',
};

function reasonFor(changes: readonly FileChange[]): string {
  return changes.map(({ path, state }) => `${path} is ${STATES[state]}`).join(', ');
}

function againIn(name: string): PlanStep {
  return {
    name,
    does: 'look at those of this wave again, and write what is still missing there once more',
    why: 'neither a lost answer nor a refusal says whether the pull request is there',
    writes: [],
    mayWrite: ['github:pull-request'],
    when: 'only if an answer was lost or a repository was changed in between',
  };
}

function structureRow(
  { name, url, structure, base, isArchived }: ObservedRepository,
  { source }: Pick<FleetOptions, 'source'>,
): RepositoryRow {
  if (isArchived) return { name, url, outcome: 'skipped', reason: 'archived', changes: [] };
  // An empty repository has none yet; what its first push makes it, the next attach sees.
  const missing = missingStructure(structure, { source, branch: base?.branch ?? 'main' });
  if (missing.length === 0) return { name, url, outcome: 'complete', reason: '', changes: [] };
  const paths = missing.map(({ entry, problem }) =>
    problem === 'missing' ? entry.path : `${entry.path} (is not a ${entry.type})`,
  );
  const reason = `${base === undefined ? 'empty; ' : ''}lacks ${paths.join(', ')}`;
  return { name, url, outcome: 'incomplete', reason, changes: [], missing };
}

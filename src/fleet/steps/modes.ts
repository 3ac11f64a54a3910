import { UserError } from '../../errors.ts';
import type { AttachInputs } from '../../inputs/attach-inputs.ts';
import type { ObservedRepository } from '../plan/observed.ts';
import type { PlanOptions } from '../plan/plan.ts';
import { planRepository } from '../plan/plan.ts';
import { wantedByBranch } from '../plan/wanted.ts';
import type { RepositoryRow } from '../plan/rows.ts';
import { rowOf } from '../plan/rows.ts';
import { missingStructure } from '../plan/structure.ts';
import type { Fleet } from './fleet.ts';
import { observeAgain } from './observe.ts';
import type { Planned, SyncTools } from './sync.ts';
import { syncRepositories } from './sync.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Task {
  readonly fleet: Fleet;
  readonly inputs: AttachInputs;
  /** False for everything but `mode: apply` without a dry run. */
  readonly mayWrite: boolean;
  /** ms since the epoch. */
  readonly deadline: number;
  readonly env: Environment;
}

/** Does what the mode says. Returns a row for each repository. @throws UserError as proposeChanges does */
export async function carryOut(task: Task, tools: SyncTools): Promise<readonly RepositoryRow[]> {
  const { fleet, inputs, mayWrite } = task;
  if (inputs.mode === 'check-structure') return checkStructure(fleet, inputs);
  const planned = planFleet(fleet, inputs);
  return mayWrite ? proposeChanges(planned, task, tools) : planned.rows;
}

interface PlannedFleet {
  readonly planned: readonly Planned[];
  /** What a check or a dry run tells. */
  readonly rows: readonly RepositoryRow[];
}

function planFleet(fleet: Fleet, inputs: AttachInputs): PlannedFleet {
  const planned = plansFor(fleet, fleet.repositories, inputs);
  return { planned, rows: planned.map(({ repository, plan }) => rowOf(repository, plan)) };
}

function plansFor(
  { wanted, repositories: all }: Fleet,
  repositories: readonly ObservedRepository[],
  inputs: AttachInputs,
): Planned[] {
  const { branch, localEdits } = inputs;
  const branches = [...all, ...repositories].flatMap(({ base }) => (base ? [base.branch] : []));
  const byBranch = wantedByBranch(wanted, branches);
  const include = (inputs.include ?? []) as PlanOptions['include'];
  return repositories.map((repository) => ({
    repository,
    plan: planRepository(byBranch.get(repository.base?.branch ?? '') ?? wanted, repository, {
      branch,
      localEdits,
      include,
    }),
  }));
}

/** mode: apply. @throws UserError before the first write when the token can never write these files. */
async function proposeChanges(
  planned: PlannedFleet,
  { fleet, inputs, deadline, env }: Task,
  tools: SyncTools,
): Promise<readonly RepositoryRow[]> {
  refuseJobToken(fleet, planned);
  return syncRepositories(
    {
      planned: planned.planned,
      again: async (ids) => {
        const found = await observeAgain(tools.github, ids, fleet.question);
        return plansFor(fleet, [...found.values()], inputs);
      },
      limit: inputs.limit,
      wave: inputs.wave,
      deadline,
      digest: fleet.wanted.digest,
      origin: { ...inputs.source, runUrl: runUrlOf(env) },
    },
    tools,
  );
}

/** No `permissions:` give a job's own token the right to workflow files, and each write would leave a bare branch behind. */
function refuseJobToken({ viewer, wanted }: Fleet, { rows }: PlannedFleet): void {
  const isJobToken = /^github-actions(\[bot\])?$/.test(viewer);
  const hasWorkflows = wanted.files.some(({ path }) => path.startsWith('.github/workflows/'));
  const hasWrites = rows.some(({ outcome }) => outcome === 'to-create' || outcome === 'to-update');
  if (!isJobToken || !hasWorkflows || !hasWrites) return;
  throw new UserError('attach-job-token', {
    what: "The token is the job's GITHUB_TOKEN, which can never write workflow files; nothing was written.",
    fix: 'Use the token of a GitHub App with contents, pull requests and workflows: write (actions/create-github-app-token).',
  });
}

/** mode: check-structure. */
function checkStructure({ repositories }: Fleet, { source }: AttachInputs): readonly RepositoryRow[] {
  return repositories.map(({ name, url, structure, base, isArchived }) => {
    if (isArchived) return { name, url, outcome: 'skipped', reason: 'archived', changes: [] };
    // An empty repository has none yet; what its first push makes it, the next attach sees.
    const missing = missingStructure(structure, { source, branch: base?.branch ?? 'main' });
    if (missing.length === 0) return { name, url, outcome: 'complete', reason: '', changes: [] };
    const paths = missing.map(({ entry, problem }) =>
      problem === 'missing' ? entry.path : `${entry.path} (is not a ${entry.type})`,
    );
    const reason = `${base === undefined ? 'empty; ' : ''}lacks ${paths.join(', ')}`;
    return { name, url, outcome: 'incomplete', reason, changes: [], missing };
  });
}

/** The page of this run; empty outside GitHub. */
function runUrlOf(env: Environment): string {
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  return run === undefined || !repository ? '' : `${server}/${repository}/actions/runs/${run}`;
}

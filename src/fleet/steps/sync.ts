import type { Clock } from '../../clients/clock.ts';
import type { GitHubClient } from '../../clients/github.ts';
import { UserError } from '../../errors.ts';
import type { ObservedRepository } from '../plan/observed.ts';
import type { RepositoryPlan } from '../plan/plan.ts';
import { refusalOf } from '../plan/refusal.ts';
import type { RepositoryRow } from '../plan/rows.ts';
import { editsIn, rowOf } from '../plan/rows.ts';
import type { Origin } from '../plan/wording.ts';
import { pullRequestWording } from '../plan/wording.ts';
import { openPullRequest, type WriteResult } from './open-pull-request.ts';

export interface Planned {
  readonly repository: ObservedRepository;
  readonly plan: RepositoryPlan;
}

export interface SyncTask {
  readonly planned: readonly Planned[];
  /** Looks at repositories again and plans anew: after a race or a lost answer. */
  readonly again: (ids: readonly string[]) => Promise<readonly Planned[]>;
  /** Repositories to write to in this run, at most; undefined for all. */
  readonly limit: number | undefined;
  /** Repositories in a wave. A wave in which most failed is the last. */
  readonly wave: number;
  /** No write is begun after this time (ms since the epoch). */
  readonly deadline: number;
  readonly digest: string;
  readonly origin: Origin;
}

export interface SyncTools {
  readonly github: GitHubClient;
  readonly clock: Clock;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

const HOUR_MS = 3_600_000;

/**
 * Carries out what was planned, one repository after the other, and returns a row for each: also for those it did not get to.
 * Never throws for a repository's sake.
 */
export async function syncRepositories(task: SyncTask, tools: SyncTools): Promise<readonly RepositoryRow[]> {
  recallCreations(task, tools);
  const run = new SyncRun(task, tools);
  const pending = task.planned.filter(({ plan }) => isWrite(plan));
  for (const { repository, plan } of task.planned) if (!isWrite(plan)) run.rows.push(rowOf(repository, plan));
  const total = task.limit === undefined ? pending.length : Math.min(task.limit, pending.length);
  run.expect(total);
  for (let start = 0; start < total && run.stopped === undefined; start += task.wave) {
    await run.wave(pending.slice(start, Math.min(start + task.wave, total)));
  }
  for (const { repository } of pending) {
    const reason = run.stopped ?? `beyond the limit of ${task.limit} for this run; run it again to continue`;
    if (!run.has(repository)) run.put(repository, { outcome: 'remaining', reason, changes: [] });
  }
  return run.rows;
}

/** Pull requests that an earlier run opened within the hour count against the same limits as ours. */
function recallCreations({ planned }: SyncTask, { github, clock }: SyncTools): void {
  const pulls = planned.flatMap(({ repository }) => repository.branches.flatMap((branch) => branch.pulls));
  github.pacer.recall(pulls.map(({ createdAt }) => createdAt).filter((at) => clock.now() - at < HOUR_MS));
}

type WritePlan = Extract<RepositoryPlan, { kind: 'create' | 'update' }>;

function isWrite(plan: RepositoryPlan): plan is WritePlan {
  return plan.kind === 'create' || plan.kind === 'update';
}

class SyncRun {
  readonly rows: RepositoryRow[] = [];
  /** Why no further write is begun; undefined while it goes on. */
  stopped: string | undefined;
  readonly #task: SyncTask;
  readonly #tools: SyncTools;
  readonly #done = new Set<string>();
  #total = 0;

  constructor(task: SyncTask, tools: SyncTools) {
    this.#task = task;
    this.#tools = tools;
  }

  expect(total: number): void {
    this.#total = total;
  }

  has(repository: ObservedRepository): boolean {
    return this.#done.has(repository.id);
  }

  put(repository: ObservedRepository, row: Omit<RepositoryRow, 'name' | 'url'>): void {
    this.#done.add(repository.id);
    this.rows.push({ name: repository.name, url: repository.url, ...row });
    if (row.outcome === 'remaining') return;
    const pull = row.pull === undefined ? '' : ` #${row.pull.number}`;
    const reason = row.reason === '' ? '' : ` (${row.reason})`;
    const count = `${String(this.#done.size).padStart(String(this.#total).length)}/${this.#total}`;
    this.#tools.progress(`${count} ${repository.name}: ${row.outcome}${pull}${reason}`);
  }

  /** One wave, and a second look at those whose fate is unclear: one request for all of them, then at most one more write each. */
  async wave(planned: readonly Planned[]): Promise<void> {
    const before = this.rows.length;
    const unclear = new Map<string, string>();
    for (const one of planned) {
      const reason = await this.#write(one);
      if (reason !== undefined) unclear.set(one.repository.id, reason);
    }
    if (unclear.size > 0) await this.#lookAgain(planned, unclear);
    const failed = this.rows.slice(before).filter(({ outcome }) => outcome === 'failed').length;
    if (failed * 2 > planned.length) this.stopped ??= 'not tried: most of the wave before it failed';
  }

  async #lookAgain(planned: readonly Planned[], unclear: ReadonlyMap<string, string>): Promise<void> {
    const fresh = await this.#guarded(() => this.#task.again([...unclear.keys()]));
    for (const { repository, plan } of planned) {
      const reason = unclear.get(repository.id);
      if (reason === undefined) continue;
      const now = fresh?.find((one) => one.repository.id === repository.id);
      const stillUnclear =
        now === undefined ? reason : isWrite(now.plan) ? await this.#write(now) : this.#settle(now, plan);
      if (stillUnclear !== undefined && !this.has(repository)) {
        this.put(repository, { outcome: 'failed', reason: `${stillUnclear}; run it again`, changes: [] });
      }
    }
  }

  /** The second look shows that it is done, or that it needs no write any more. */
  #settle({ repository, plan }: Planned, first: RepositoryPlan): undefined {
    const row = rowOf(repository, plan);
    const outcome = plan.kind !== 'open' ? row.outcome : first.kind === 'update' ? 'updated' : 'created';
    this.put(repository, { ...row, outcome });
    return undefined;
  }

  /** Writes to one repository. Returns why its fate is unclear, or undefined when a row says it (or nothing was begun). */
  async #write({ repository, plan }: Planned): Promise<string | undefined> {
    if (!isWrite(plan) || this.#mustStop()) return undefined;
    const wording = { ...pullRequestWording(plan.changes, this.#task.origin), digest: this.#task.digest };
    const result = await this.#guarded(() => openPullRequest(this.#tools.github, plan.write, wording));
    if (result === undefined) return undefined;
    return this.#conclude(repository, plan, result);
  }

  #conclude(repository: ObservedRepository, plan: WritePlan, result: WriteResult): string | undefined {
    const { changes } = plan;
    if (result.outcome === 'unknown') return `GitHub's answer was lost (${result.reason})`;
    if (result.outcome === 'refused') {
      const { scope, reason } = refusalOf(result.faults);
      if (scope === 'raced') return reason;
      this.put(repository, { outcome: 'failed', reason, changes });
      if (scope === 'everywhere') this.stopped = `not tried: ${reason}`;
      return undefined;
    }
    const outcome = plan.kind === 'update' ? 'updated' : 'created';
    const pull = result.pull ?? (plan.kind === 'update' ? plan.pull : undefined);
    this.put(repository, { outcome, reason: editsIn(changes), ...(pull ? { pull } : {}), changes });
    return undefined;
  }

  #mustStop(): boolean {
    const { signal, clock } = this.#tools;
    if (signal.aborted) this.stopped ??= 'not tried: the run was told to stop';
    if (clock.now() >= this.#task.deadline) {
      this.stopped ??= 'not tried: the time for this run was used up; run it again to continue';
    }
    return this.stopped !== undefined;
  }

  /** A token that expired or a time that is used up ends the run, and everything not tried says so. */
  async #guarded<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.stopped ??= `not tried: ${error.message}`;
      return undefined;
    }
  }
}

import { InvalidInputs } from './fields.ts';
import { LAPTOP, type RunIdentity, type Environment, type TypedLine } from '../types.ts';

/**
 * Who is running, from GitHub's own variables. Outside GitHub (CodeBuild, a laptop) the same variables are set by hand.
 * `GITHUB_RUN_ID` orders releases, so it has no default: a guessed one could undo a newer release.
 */
export function readIdentity(env: Environment, commitInput: string | undefined): RunIdentity {
  const mistakes: string[] = [];
  const runId = env['GITHUB_RUN_ID'] ?? '';
  if (!/^[1-9]\d{0,18}$/.test(runId)) {
    mistakes.push(
      'GITHUB_RUN_ID must be a number that grows with every run (GitHub sets it; elsewhere use a build number)',
    );
  }
  const attempt = env['GITHUB_RUN_ATTEMPT'] ?? '1';
  if (!/^[1-9]\d{0,5}$/.test(attempt)) mistakes.push('GITHUB_RUN_ATTEMPT must be a positive number');
  const commit = commitInput ?? env['GITHUB_SHA'] ?? '';
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    mistakes.push('commit (GITHUB_SHA) must be a full commit id of 40 or 64 lower-case hex digits');
  }
  if (mistakes.length > 0) throw new InvalidInputs(mistakes);
  return {
    runId,
    attempt,
    commit,
    actor: env['GITHUB_ACTOR'] ?? '',
    event: env['GITHUB_EVENT_NAME'] ?? '',
    repository: env['GITHUB_REPOSITORY'] ?? '',
    runUrl: runUrlOf(env),
    home: homeIn(env),
  };
}

/** What a laptop knows of a run. */
export interface LocalRun {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The commit that is checked out; undefined without a repository, or before its first commit. */
  readonly head: string | undefined;
  /** `OWNER/NAME` of the remote `origin`, or empty. */
  readonly repository: string;
  readonly actor: string;
  readonly typed: TypedLine;
}

/**
 * Who is running on a machine that is no runner of GitHub. There is no run id there, and none is made up that could be taken for one of
 * GitHub's: such runs have a home of their own, `laptop`, in which the time of their start orders them. A record tells homes apart, so
 * a run here never counts as newer or older than one on GitHub: what GitHub released stays, unless a person says `force`.
 * A clock that runs ahead makes later runs of other machines yield, which they say; `force` is the way out there, too.
 */
export function localIdentity(
  { now, head, repository, actor, typed }: LocalRun,
  commitInput: string | undefined,
): RunIdentity {
  const commit = commitInput ?? head;
  if (commit === undefined)
    throw new InvalidInputs([
      'commit is required here, because the folder is no git repository with a commit; commit your files first, or name the full commit id',
    ]);
  return {
    ...{ runId: String(now), attempt: '1', commit, actor, event: '', repository, runUrl: '' },
    home: LAPTOP,
    typed,
  };
}

/** Empty outside GitHub. */
function homeIn({ GITHUB_REPOSITORY: name = '', GITHUB_REPOSITORY_ID: id, ...env }: Environment): string {
  if (name === '') return '';
  const server = (env['GITHUB_SERVER_URL'] || 'https://github.com').replace(/^https?:\/\/|\/+$/g, '');
  return `${server}/${id || name}`.toLowerCase();
}

/** The documentation of this very action, at its own version; undefined where the runner does not say whose action it is. */
export function docsUrl(env: Environment): string | undefined {
  const { GITHUB_ACTION_REPOSITORY: repository = '', GITHUB_ACTION_REF: ref = '' } = env;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || ref === '') return undefined;
  const server = env['GITHUB_SERVER_URL'] || 'https://github.com';
  return `${server}/${repository}/blob/${ref.split('/').map(encodeURIComponent).join('/')}/docs`;
}

/** The page of this run; empty outside GitHub. */
export function runUrlOf(env: Environment): string {
  const { GITHUB_REPOSITORY: repository = '', GITHUB_RUN_ID: run = '' } = env;
  if (repository === '' || run === '') return '';
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  return `${server}/${repository}/actions/runs/${run}/attempts/${env['GITHUB_RUN_ATTEMPT'] ?? '1'}`;
}

/** The name of one write of this run: `<run_id>.<attempt>.<nonce4>`. `nonce` is a whole number from 0 to 65535. */
export function newOp(run: RunIdentity, nonce: number): string {
  return `${run.runId}.${run.attempt}.${nonce.toString(16).padStart(4, '0')}`;
}

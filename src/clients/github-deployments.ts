import { OutOfTime, type GitHubClient } from './github.ts';

/**
 * GitHub Deployments: shown on the repository's page and never read, so nothing here can fail a release. What goes wrong
 * becomes one warning.
 */

export interface NewDeployment {
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** The full commit id that is deployed. */
  readonly commit: string;
  readonly environment: string;
  readonly description: string;
  readonly payload: { readonly version: string; readonly digest: string };
}

export interface DeploymentStatus {
  readonly state: 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
  readonly description: string;
  /** Where the release answers; shown as "View deployment". */
  readonly environmentUrl?: string;
  /** The page of the workflow run. */
  readonly logUrl?: string;
}

export type Warn = (message: string) => void | Promise<void>;

/** GitHub refuses longer descriptions. */
const DESCRIPTION_LIMIT = 140;

/** Opens a deployment and returns its id, or undefined after a warning. */
export async function openDeployment(
  github: GitHubClient,
  deployment: NewDeployment,
  warn: Warn,
): Promise<number | undefined> {
  const { repository, commit, environment, description, payload } = deployment;
  return bestEffort('record the deployment', warn, async () => {
    const { id } = await github.send<{ id: number }>('/repos/{owner}/{repo}/deployments', {
      ...named(repository),
      ref: commit,
      environment,
      description: cut(description),
      payload,
      // The tests have run by now, and a deployment never merges anything.
      auto_merge: false,
      required_contexts: [],
    });
    return id;
  });
}

/** Sets a deployment's status; a success retires the environment's earlier deployments. */
export async function reportDeployment(
  github: GitHubClient,
  deployment: { readonly repository: string; readonly id: number; readonly status: DeploymentStatus },
  warn: Warn,
): Promise<void> {
  const { state, description, environmentUrl, logUrl } = deployment.status;
  await bestEffort('report the state of the deployment', warn, () =>
    github.send('/repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      ...named(deployment.repository),
      deployment_id: deployment.id,
      state,
      description: cut(description),
      ...(environmentUrl === undefined ? {} : { environment_url: environmentUrl }),
      ...(logUrl === undefined ? {} : { log_url: logUrl }),
    }),
  );
}

async function bestEffort<T>(what: string, warn: Warn, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    await warn(
      `Could not ${what} on GitHub: ${reasonOf(error)} The release itself is not affected (it needs deployments: write).`,
    );
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof OutOfTime) return 'its rate limit requires a longer wait than a release allows.';
  return error instanceof Error ? error.message : String(error);
}

function named(repository: string): { owner: string; repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

function cut(text: string): string {
  return text.length > DESCRIPTION_LIMIT ? `${text.slice(0, DESCRIPTION_LIMIT - 1)}…` : text;
}

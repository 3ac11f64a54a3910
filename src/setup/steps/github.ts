/** GitHub's half: who the repository is, and the environment whose jobs may release. */
import { GitHubFailure } from '../../clients/github-failure.ts';
import type { GitHubClient } from '../../clients/github.ts';
import { retry, type RetryTools } from '../../clients/retry.ts';
import { UserError } from '../../errors.ts';
import type { SeenEnvironment, SeenGitHub, SetupWish } from '../plan/plan.ts';

type Where = Pick<SetupWish, 'repository' | 'environment'>;

const ENVIRONMENT = '/repos/{owner}/{repo}/environments/{environment_name}';

function placeOf({ repository, environment }: Where) {
  const [owner, repo] = repository.split('/');
  return { owner, repo, environment_name: environment };
}

/** @throws UserError where GitHub does not say it, or where tokens of the repository have a subject of its own. */
export async function observeGitHub(github: GitHubClient, where: Where): Promise<SeenGitHub> {
  const place = placeOf(where);
  return explained(where, async () => {
    const repository = await github.get<RepositoryReply>('/repos/{owner}/{repo}', place);
    const subject = await github.get<{ use_default: boolean }>(
      '/repos/{owner}/{repo}/actions/oidc/customization/sub',
      place,
    );
    if (!subject.use_default) throw customSubject(where);
    return {
      repositoryId: String(repository.id),
      ownerId: String(repository.owner.id),
      defaultBranch: repository.default_branch,
      environment: await observeEnvironment(github, place),
    };
  });
}

interface RepositoryReply {
  readonly id: number;
  readonly default_branch: string;
  readonly owner: { readonly id: number };
}

interface EnvironmentReply {
  readonly protection_rules?: readonly {
    readonly wait_timer?: number;
    readonly prevent_self_review?: boolean;
    readonly reviewers?: readonly { readonly type: string; readonly reviewer: { readonly id: number } }[];
  }[];
  readonly deployment_branch_policy: {
    readonly protected_branches: boolean;
    readonly custom_branch_policies: boolean;
  } | null;
}

async function orAbsent<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (error instanceof GitHubFailure && error.status === 404) return undefined;
    throw error;
  });
}

async function observeEnvironment(
  github: GitHubClient,
  place: ReturnType<typeof placeOf>,
): Promise<SeenEnvironment | undefined> {
  const found = await orAbsent(github.get<EnvironmentReply>(ENVIRONMENT, place));
  if (found === undefined) return undefined;
  const policy = found.deployment_branch_policy;
  const branches = await github.get<{ branch_policies: readonly { name: string; type?: string }[] }>(
    `${ENVIRONMENT}/deployment-branch-policies`,
    { ...place, per_page: 100 },
  );
  // A list has 30 a page; only these two are ours.
  const variables: Record<string, string> = {};
  for (const name of ['AWS_ROLE_ARN', 'AWS_REGION']) {
    const variable = await orAbsent(
      github.get<{ value: string }>(`${ENVIRONMENT}/variables/{name}`, { ...place, name }),
    );
    if (variable !== undefined) variables[name] = variable.value;
  }
  return {
    settings: settingsOf(found),
    takes: policy === null ? 'every' : policy.protected_branches ? 'protected' : 'named',
    branches: branches.branch_policies
      .filter(({ type = 'branch' }) => type === 'branch')
      .map(({ name }) => name),
    variables,
  };
}

/** What a PUT has to repeat. */
function settingsOf({ protection_rules: rules = [] }: EnvironmentReply): Readonly<Record<string, unknown>> {
  const timer = rules.find(({ wait_timer }) => wait_timer !== undefined)?.wait_timer;
  const review = rules.find(({ reviewers }) => reviewers !== undefined);
  return {
    ...(timer !== undefined && { wait_timer: timer }),
    ...(review !== undefined && {
      prevent_self_review: review.prevent_self_review ?? false,
      reviewers: review.reviewers?.map(({ type, reviewer }) => ({ type, id: reviewer.id })),
    }),
  };
}

function customSubject({ repository }: Where): UserError {
  return new UserError('setup-oidc-subject', {
    what: `Tokens of ${repository} have a subject of their own template, which the release role would not trust.`,
    fix: `Set it back with gh api -X PUT repos/${repository}/actions/oidc/customization/sub -F use_default=true, or write the trust policy by hand; nothing was changed.`,
  });
}

interface Acting {
  readonly tools: RetryTools;
  readonly github: GitHubClient;
  readonly where: Where;
}

/** The environment with its settings as they are, open to named branches only. */
export async function limitEnvironment(
  acting: Acting,
  settings: SeenEnvironment['settings'] = {},
): Promise<void> {
  const deployment_branch_policy = { protected_branches: false, custom_branch_policies: true };
  await write(acting, `PUT ${ENVIRONMENT}`, { ...settings, deployment_branch_policy });
}

export async function allowBranch(acting: Acting, name: string): Promise<void> {
  await write(acting, `POST ${ENVIRONMENT}/deployment-branch-policies`, { name, type: 'branch' });
}

export async function setVariable(acting: Acting, name: string, value: string): Promise<void> {
  await write(acting, `POST ${ENVIRONMENT}/variables`, { name, value }).catch(async (error: unknown) => {
    const isThere =
      error instanceof UserError && error.cause instanceof GitHubFailure && error.cause.status === 409;
    if (!isThere) throw error;
    await write(acting, `PATCH ${ENVIRONMENT}/variables/{name}`, { name, value });
  });
}

const ATTEMPTS = 4;

/** Each write may be sent twice: what is there already is answered so, and counts as done. */
async function write({ tools, github, where }: Acting, route: string, body: object): Promise<void> {
  await explained(where, () =>
    retry(
      tools,
      {
        attempts: ATTEMPTS,
        budgetMs: 60_000,
        passes: (error, attempt) =>
          error instanceof GitHubFailure && (error.status === 0 || error.status >= 500)
            ? { ms: 1000 * attempt, why: 'No usable answer from GitHub' }
            : undefined,
      },
      () => github.send(route, { ...placeOf(where), ...body }),
    ),
  );
}

async function explained<T>({ repository }: Where, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    const isRefused = error.status === 403 || error.status === 404;
    throw new UserError(
      'setup-github',
      {
        what: `GitHub did not do what was asked for ${repository} (${error.status === 0 ? 'no answer' : error.status}): ${error.message}.`,
        fix: isRefused
          ? 'Give GITHUB_TOKEN or GH_TOKEN a token of an administrator of the repository, with Administration, Environments and Actions.'
          : 'Run this again: it continues from what is there.',
      },
      { cause: error },
    );
  }
}

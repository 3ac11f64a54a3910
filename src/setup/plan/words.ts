/** What the command says: the plan before anything happens, what is left to do by hand, and what comes next. */
import type { PlanStep } from '../../run/plan.ts';
import type { SeenAccount, SeenGitHub, SetupPlan, SetupWish } from './plan.ts';
import type { Parameters } from './template.ts';

interface Known {
  readonly wish: SetupWish;
  readonly account: SeenAccount;
  readonly github: SeenGitHub | undefined;
  readonly steps: readonly PlanStep[];
}

export function setupLines({ wish, account, github, steps }: Known, plan: SetupPlan): readonly string[] {
  const { repository, environment, stackName, region } = wish;
  const rows = plan.rows.map(({ action, logicalId, type }) => {
    const word = action === 'none' ? 'no change' : action;
    return `  ${word.padEnd(9)}  ${logicalId.padEnd(14)}  ${type}`;
  });
  return [
    `Account ${account.account}, region ${region}, as ${account.arn}`,
    `Stack ${stackName}${plan.isNew ? ' (new)' : ''} for the environment ${environment} of ${repository}:`,
    ...rows,
    '',
    ...(steps.length === 0 ? ['Everything is there: nothing to do.'] : ['Plan:']),
    ...steps.map(({ does, why }, index) => `${String(index + 1).padStart(3)}. ${does} (${why})`),
    ...(github === undefined
      ? [
          '',
          'There is no GITHUB_TOKEN and no GH_TOKEN: the environment on GitHub is left to you.',
          ...gitHubByHand(wish),
        ]
      : []),
  ];
}

/** The commands by which a person does what needs a token. */
export function gitHubByHand(
  { repository, environment, region }: SetupWish,
  outputs: Parameters = {},
): readonly string[] {
  const place = `repos/${repository}/environments/${encodeURIComponent(environment)}`;
  const role = outputs['ReleaseRoleArn'] ?? 'ROLE_ARN';
  return [
    '',
    'On GitHub (a PUT replaces reviewers and wait timer: repeat those that are there):',
    `  gh api -X PUT ${place} -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'`,
    `  gh api -X POST ${place}/deployment-branch-policies -f name="$(gh api repos/${repository} --jq .default_branch)" -f type=branch`,
    `  gh variable set AWS_ROLE_ARN --repo ${repository} --env '${environment}' --body '${role}'`,
    `  gh variable set AWS_REGION --repo ${repository} --env '${environment}' --body '${region}'`,
  ];
}

export function nextSteps({ role }: SetupWish, outputs: Parameters): readonly string[] {
  const { ApiId: api, ApiUrl: url } = outputs;
  return [
    '',
    'Next: have these lines in .model-release.yml, and push to the default branch.',
    '  create: true',
    `  role: ${role}`,
    ...(api === undefined ? [] : [`  http-api-id: ${api}`]),
    // Every release is then checked there, too.
    ...(url === undefined ? [] : [`  api-url: ${url}`, '', `The model will answer at ${url}`]),
  ];
}

/** What a set-up does, from what is wanted and what is there: pure, and said before anything is changed. */
import type { StackDetail } from '../../clients/cloudformation.ts';
import { UserError } from '../../errors.ts';
import type { PlanStep } from '../../run/plan.ts';
import { resourceRows, type ResourceRow } from './settle.ts';
import { TEMPLATE, type Parameters, type Template } from './template.ts';

export interface SetupWish {
  readonly repository: string;
  readonly environment: string;
  readonly functionName: string;
  readonly alias: string;
  readonly ecrRepository: string;
  /** Name of the execution role; with its path where it has one. */
  readonly role: string;
  readonly makesApi: boolean;
  /** Of an API that is there already. */
  readonly apiId: string | undefined;
  readonly stackName: string;
  readonly region: string;
}

/** Numbers that stay when a repository or its owner is renamed. */
interface RepositoryIds {
  readonly repositoryId: string;
  readonly ownerId: string;
}

export interface SeenAccount {
  readonly account: string;
  readonly arn: string;
  readonly stack: StackDetail | undefined;
  /** Of a stack that was carried out once. */
  readonly template: Template | undefined;
  readonly hasProvider: boolean;
  readonly hasRepository: boolean;
  readonly hasRole: boolean;
}

/** An environment as GitHub has it; undefined where there is none. */
export interface SeenEnvironment {
  /** What a change of the environment has to repeat, because it replaces all settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Which branches it takes: those that are named, protected ones, or every one. */
  readonly takes: 'named' | 'protected' | 'every';
  readonly branches: readonly string[];
  readonly variables: Parameters;
}

export interface SeenGitHub extends RepositoryIds {
  readonly defaultBranch: string;
  readonly environment: SeenEnvironment | undefined;
}

export interface SetupPlan {
  readonly parameters: Parameters;
  readonly rows: readonly ResourceRow[];
  readonly isNew: boolean;
  readonly steps: {
    readonly stack: PlanStep | undefined;
    readonly environment: PlanStep | undefined;
    readonly branch: PlanStep | undefined;
    readonly role: PlanStep | undefined;
    readonly region: PlanStep | undefined;
  };
}

interface Known {
  readonly wish: SetupWish;
  readonly ids: RepositoryIds;
  readonly account: SeenAccount;
  /** Undefined without a token. */
  readonly github: SeenGitHub | undefined;
}

/** @throws UserError for a stack that cannot be changed, or that is another repository's. */
export function planSetup(known: Known): SetupPlan {
  const { wish, account, github } = known;
  const stack = usable(known);
  const parameters = parametersOf(known, stack);
  const partition = { 'AWS::Partition': account.arn.split(':')[1] ?? 'aws' };
  const settings = (given: Parameters) => ({ ...partition, ...given });
  const before = stack && { template: account.template ?? NOTHING, parameters: settings(stack.parameters) };
  const rows = resourceRows(before, { template: TEMPLATE, parameters: settings(parameters) });
  return {
    parameters,
    rows,
    isNew: stack === undefined,
    steps: {
      stack: stackStep(wish, rows),
      ...(github === undefined ? NO_STEPS : gitHubSteps(known, github, stack)),
    },
  };
}

const NOTHING: Template = { Parameters: {}, Conditions: {}, Resources: {} };
const NO_STEPS = { environment: undefined, branch: undefined, role: undefined, region: undefined };

/** The stack that is to be changed; undefined where it is to be made. */
function usable({ wish, ids, account: { stack } }: Known): StackDetail | undefined {
  if (stack === undefined || stack.status === 'REVIEW_IN_PROGRESS') return undefined;
  const { stackName } = wish;
  const { status, parameters } = stack;
  if (status.endsWith('_IN_PROGRESS'))
    throw new UserError('setup-stack-busy', {
      what: `The stack ${stackName} is being changed (${status}).`,
      fix: 'Wait until it is done, then run this again; nothing was changed.',
    });
  if (!/^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$/.test(status))
    throw new UserError('setup-stack-failed', {
      what: `The stack ${stackName} cannot be changed, because it is in ${status}.`,
      fix: `${deletion(wish)}, then run this again; nothing was changed.`,
    });
  const owner = parameters['RepositoryId'];
  if (owner !== ids.repositoryId)
    throw new UserError('setup-stack-foreign', {
      what: `The stack ${stackName} belongs to another repository (its RepositoryId is ${owner ?? 'missing'}, not ${ids.repositoryId}).`,
      fix: 'Give another stack-name; nothing was changed.',
    });
  return stack;
}

export function deletion({ stackName, region }: SetupWish): string {
  return `Delete it with aws cloudformation delete-stack --region ${region} --stack-name ${stackName}`;
}

function parametersOf({ wish, ids, account }: Known, stack: StackDetail | undefined): Parameters {
  const [RepositoryOwner = '', RepositoryName = ''] = wish.repository.split('/');
  // What the stack has made stays its own: to leave it to the account would take it out of the stack.
  const shared = (parameter: string, isThere: boolean, isSame = true) => {
    const isOwn = stack?.parameters[parameter] === 'create' && isSame;
    return isThere && !isOwn ? 'exists' : 'create';
  };
  const isSame = (parameter: string, value: string) => stack?.parameters[parameter] === value;
  return {
    RepositoryOwner,
    RepositoryOwnerId: ids.ownerId,
    RepositoryName,
    RepositoryId: ids.repositoryId,
    EnvironmentName: wish.environment,
    FunctionName: wish.functionName,
    AliasName: wish.alias,
    EcrRepositoryName: wish.ecrRepository,
    ExecutionRoleName: wish.role,
    OidcProvider: shared('OidcProvider', account.hasProvider),
    EcrRepository: shared(
      'EcrRepository',
      account.hasRepository,
      isSame('EcrRepositoryName', wish.ecrRepository),
    ),
    ExecutionRole: shared('ExecutionRole', account.hasRole, isSame('ExecutionRoleName', wish.role)),
    HttpApi: wish.makesApi || isMadeAlready(stack, wish.apiId) ? 'create' : 'none',
    ApiId: isMadeAlready(stack, wish.apiId) ? '' : (wish.apiId ?? ''),
  };
}

/** The API that the configuration names may be the one that the stack has made. */
function isMadeAlready(stack: StackDetail | undefined, apiId: string | undefined): boolean {
  const made = stack?.outputs['ApiId'];
  return made !== undefined && (apiId === undefined || apiId === made);
}

function stackStep({ stackName }: SetupWish, rows: readonly ResourceRow[]): PlanStep | undefined {
  const count = (action: ResourceRow['action']) => rows.filter((row) => row.action === action).length;
  if (count('none') === rows.length) return undefined;
  return {
    name: 'Set up AWS',
    does: `Carry out a change set of the stack ${stackName}: ${count('add')} to add, ${count('change')} to change, ${count('remove')} to remove`,
    why: 'the account lacks something of what a release needs',
    writes: ['cloudformation:CreateChangeSet', 'cloudformation:ExecuteChangeSet'],
    mayWrite: ['cloudformation:DeleteChangeSet'],
  };
}

function gitHubSteps({ wish }: Known, github: SeenGitHub, stack: StackDetail | undefined) {
  const { defaultBranch, environment } = github;
  const name = `environment ${wish.environment} of ${wish.repository}`;
  const step = (does: string, why: string): PlanStep => ({
    name: does,
    does,
    why,
    writes: ['github:environment'],
  });
  const variable = (key: string, value: string | undefined) => {
    const there = environment?.variables[key];
    if (there !== undefined && there === value) return undefined;
    return step(
      `${there === undefined ? 'Set' : 'Change'} the variable ${key} of the ${name}`,
      there === undefined ? 'workflows read it' : `it is ${there}`,
    );
  };
  const isOpen = environment === undefined || environment.takes === 'every';
  const isLetIn =
    environment?.takes === 'protected' || environment?.branches.includes(defaultBranch) === true;
  return {
    environment: isOpen
      ? step(
          environment === undefined
            ? `Create the ${name}, open to the branch ${defaultBranch} only`
            : `Limit the ${name} to branches that it names`,
          'jobs of every branch may assume the release role otherwise; reviewers and wait timer stay as they are',
        )
      : undefined,
    branch:
      isLetIn && !isOpen
        ? undefined
        : step(`Let the branch ${defaultBranch} into the ${name}`, 'releases come from it'),
    role: variable('AWS_ROLE_ARN', stack?.outputs['ReleaseRoleArn']),
    region: variable('AWS_REGION', wish.region),
  };
}

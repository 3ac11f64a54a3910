import { accountClient } from '../clients/account.ts';
import { stackClient } from '../clients/cloudformation.ts';
import { ecrClient } from '../clients/ecr.ts';
import { createGitHub, type GitHubClient } from '../clients/github.ts';
import { readInside } from '../clients/workspace.ts';
import { OpenSteps } from '../clients/writes.ts';
import { UserError } from '../errors.ts';
import { InvalidInputs } from '../inputs/fields.ts';
import { regionOf } from '../inputs/region.ts';
import { readSources } from '../inputs/config/sources.ts';
import { readSetup, setupFields, setupSays, type SetupInputs } from '../inputs/setup-inputs.ts';
import { listOf, type PlanStep } from '../run/plan.ts';
import { openStepRunner, type StepRunner } from '../run/session.ts';
import { gitHubByHand, nextSteps, setupLines } from '../setup/plan/words.ts';
import { planSetup, type SeenGitHub, type SetupPlan, type SetupWish } from '../setup/plan/plan.ts';
import { allowBranch, limitEnvironment, observeGitHub, setVariable } from '../setup/steps/github.ts';
import { applyStack, observeAccount, type SetupTools } from '../setup/steps/stack.ts';
import type { StackDetail } from '../clients/cloudformation.ts';
import type { Command, CommandContext, ExitCode } from './command.ts';
import { readHere } from './frame/repository.ts';

export const setup: Command = {
  name: 'setup',
  summary: 'Make what a model needs in AWS and on GitHub; shows the plan, and carries it out with --apply.',
  flags: setupFields,
  says: setupSays,
  run,
};

async function run(context: CommandContext): Promise<ExitCode> {
  const { terminal, json } = context;
  const inputs = await readGiven(context);
  const wish = wishOf(inputs, context);
  const permits = new OpenSteps();
  const tools = toolsOf(context, { wish, permits });
  const github = await gitHubOf(context, permits);
  const seen = github && (await observeGitHub(github, wish));
  const account = await observeAccount(tools, wish);
  const known = { wish, ids: idsOf(inputs, seen, account.stack), account, github: seen };
  const plan = planSetup(known);
  const result = { account: account.account, identity: account.arn, ...wish, changes: plan.rows };
  const steps = listOf(plan.steps);
  for (const line of setupLines({ ...known, steps }, plan)) (json ? terminal.note : terminal.print)(line);
  if (!inputs.apply) {
    if (json) terminal.json({ ...result, steps: steps.map(told), applied: false });
    else if (steps.length > 0) terminal.print('\nNothing was changed. Give --apply to carry this out.');
    return 0;
  }
  const session = sessionOf(context, tools, permits);
  const stack = (await carryOut(session, { wish, plan, github, seen })) ?? account.stack;
  const outputs = stack?.outputs ?? {};
  if (json) terminal.json({ ...result, steps: steps.map(told), applied: true, outputs });
  const end = [...(github === undefined ? gitHubByHand(wish, outputs) : []), ...nextSteps(wish, outputs)];
  for (const line of end) (json ? terminal.note : terminal.print)(line);
  return 0;
}

const told = ({ does, why }: PlanStep) => ({ does, why });

/** Flags, with the configuration file and git behind them. */
async function readGiven(context: CommandContext): Promise<SetupInputs> {
  const { given, cwd, env } = context;
  const repository =
    given.get('repository') ?? env['GITHUB_REPOSITORY'] ?? (await readHere(context)).origin?.repository;
  const own = new Map([...given, ...(repository === undefined ? [] : [['repository', repository] as const])]);
  const sources = await readSources(
    { text: (name) => own.get(name) },
    (path, required) => readInside({ workspace: cwd, path, input: 'config' }, required),
    'deploy',
  );
  const [first, second] = sources;
  if (first === undefined || second !== undefined)
    throw new InvalidInputs([
      'the configuration file lists several services, and a set-up is for one function; attach the policies of iam/ by hand',
    ]);
  return readSetup(first.source);
}

function wishOf(inputs: SetupInputs, { env }: CommandContext): SetupWish {
  const { repository, environment, role } = inputs;
  const functionName = inputs.functionName.split(':').at(-1) ?? inputs.functionName;
  const region = regionOf(inputs, env);
  if (region === undefined)
    throw new InvalidInputs([
      'aws-region is required, because neither AWS_REGION nor AWS_DEFAULT_REGION is set; set AWS_REGION, or give --aws-region',
    ]);
  const plain = `model-release-${repository}-${environment}`.replaceAll(/[^a-zA-Z0-9]+/g, '-');
  return {
    repository,
    environment,
    functionName,
    alias: inputs.alias,
    ecrRepository: inputs.ecrRepository,
    role: role?.replace(/^.*:role\//, '') ?? `${functionName}-execution`,
    makesApi: inputs.api,
    apiId: inputs.httpApiId ?? inputs.restApiId,
    stackName: inputs.stackName ?? plain.slice(0, 128),
    region,
  };
}

/** @throws InvalidInputs without them. */
function idsOf(inputs: SetupInputs, seen: SeenGitHub | undefined, stack: StackDetail | undefined) {
  const repositoryId = seen?.repositoryId ?? inputs.repositoryId ?? stack?.parameters['RepositoryId'];
  const ownerId = seen?.ownerId ?? inputs.ownerId ?? stack?.parameters['RepositoryOwnerId'];
  if (repositoryId !== undefined && ownerId !== undefined) return { repositoryId, ownerId };
  throw new InvalidInputs([
    'repository-id and owner-id are required without a token; set GITHUB_TOKEN or GH_TOKEN, or give both',
  ]);
}

interface Parts {
  readonly wish: SetupWish;
  readonly permits: OpenSteps;
}

function toolsOf(context: CommandContext, { wish, permits }: Parts): SetupTools {
  const { clock, terminal, process } = context;
  const told = new AbortController();
  process.onStop((signal) => told.abort(signal));
  const log = { info: terminal.note };
  const aws = { ...context.aws, region: wish.region };
  const dependencies = { clock, random: Math.random, signal: told.signal, log, permits, aws };
  return {
    clock,
    log,
    signal: told.signal,
    account: accountClient(dependencies),
    ecr: ecrClient(dependencies),
    stack: stackClient(dependencies, wish.stackName),
  };
}

async function gitHubOf(
  { env, clock, fetch }: CommandContext,
  permits: OpenSteps,
): Promise<GitHubClient | undefined> {
  const token = env['GITHUB_TOKEN'] ?? env['GH_TOKEN'];
  if (!token) return undefined;
  return createGitHub({
    token,
    clock,
    apiUrl: env['GITHUB_API_URL'],
    env,
    fetch,
    beforeWrite: () => permits.check('github:environment'),
  });
}

function sessionOf(
  { terminal }: CommandContext,
  tools: SetupTools,
  permits: OpenSteps,
): StepRunner<SetupTools> {
  return openStepRunner({
    tools,
    log: { start: (name) => terminal.note(name), end: terminal.note },
    permits,
    warnings: [],
    // CloudFormation goes on by itself; the wait for it ends at a stop.
    cutOff: new Promise<never>(() => undefined),
  });
}

interface Carried {
  readonly wish: SetupWish;
  readonly plan: SetupPlan;
  readonly github: GitHubClient | undefined;
  readonly seen: SeenGitHub | undefined;
}

/** @returns the stack, where it was changed. */
async function carryOut(
  session: StepRunner<SetupTools>,
  { wish, plan, github, seen }: Carried,
): Promise<StackDetail | undefined> {
  const { tools } = session;
  const { stack: stackStep, environment, branch, role, region } = plan.steps;
  const name = `setup-${tools.clock.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  const stack = stackStep && (await session.step(stackStep, () => applyStack(tools, { wish, plan, name })));
  if (github === undefined || seen === undefined) return stack;
  const acting = { tools, github, where: wish };
  if (environment !== undefined)
    await session.step(environment, () => limitEnvironment(acting, seen.environment?.settings));
  if (branch !== undefined) await session.step(branch, () => allowBranch(acting, seen.defaultBranch));
  if (role !== undefined) {
    const arn = releaseRole(stack ?? (await tools.stack.describe()), wish);
    await session.step(role, () => setVariable(acting, 'AWS_ROLE_ARN', arn));
  }
  if (region !== undefined) await session.step(region, () => setVariable(acting, 'AWS_REGION', wish.region));
  return stack;
}

/** @throws UserError where the stack does not name it: an empty variable would stop every release. */
function releaseRole(stack: StackDetail | undefined, { stackName }: SetupWish): string {
  const arn = stack?.outputs['ReleaseRoleArn'];
  if (arn !== undefined && arn !== '') return arn;
  throw new UserError('setup-stack-failed', {
    what: `The stack ${stackName} does not name its release role (output ReleaseRoleArn).`,
    fix: 'Look at the stack in the AWS console, then run this again: it continues from what is there.',
  });
}

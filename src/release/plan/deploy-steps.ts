/** The steps of a deploy, in the order in which they are carried out. */
import type { Write } from '../../clients/writes.ts';
import type { PlanStep } from '../../run/plan.ts';
import type { Architecture, FunctionVersion, ReleaseName, RunIdentity } from '../../types.ts';
import { plural } from '../../words.ts';
import { isReleaseOf } from '../record/record.ts';
import { aliasOf } from '../record/release.ts';
import { carries, planApi, repairWrites, STAGE_VARIABLES, type ApiPlan } from './api.ts';
import { configurationChanges, wishedConfiguration } from './configuration.ts';
import type { DeploySituation, DeployWish } from './deploy-wish.ts';
import { coldStartsWanted, gateStep } from './gate-step.ts';
import { buildStep, imageStep, repositoryStep, testsStep, tryImageStep } from './image-steps.ts';
import { supplySteps, type SupplySteps } from './supply-steps.ts';
import {
  API_UNKNOWN,
  backSteps,
  checkAliasStep,
  checkApiStep,
  foreignShares,
  moveStep,
  NO_SHIFT,
  permissionStep,
  type ShiftSteps,
} from './shift-steps.ts';

export interface DeploySteps extends ShiftSteps, SupplySteps {
  readonly recover: PlanStep | undefined;
  /** Beside the build, where there is one. */
  readonly tests: PlanStep | undefined;
  readonly build: PlanStep | undefined;
  readonly tryImage: PlanStep | undefined;
  readonly repository: PlanStep | undefined;
  /** The image in ECR: pushed, or there already. */
  readonly image: PlanStep;
  readonly function: PlanStep | undefined;
  readonly version: PlanStep;
  readonly samples: PlanStep;
  readonly compare: PlanStep | undefined;
  readonly target: PlanStep;
  readonly tryApi: PlanStep | undefined;
  readonly pin: PlanStep | undefined;
  readonly deployment: PlanStep | undefined;
}

interface Known {
  readonly architecture: Architecture;
  /** Weights or a canary that somebody left are cleared first (G8). */
  readonly recovers: boolean;
  /** An earlier attempt may have published this version already. */
  readonly mayExist: boolean;
}

export function deploySteps(wish: DeployWish, now: DeploySituation, known: Known): DeploySteps {
  const { move, ...after } = shiftSteps(wish, now, known);
  return {
    recover: known.recovers ? recoverStep(wish, now) : undefined,
    tests: testsStep(wish),
    build: now.image === undefined ? buildStep(wish) : undefined,
    tryImage: now.image === undefined && wish.triesImage === true ? tryImageStep(wish) : undefined,
    repository: now.repositoryExists ? undefined : repositoryStep(wish),
    image: imageStep(wish, now),
    ...supplySteps(wish, now),
    function: existing(now) === undefined ? functionStep(wish) : undefined,
    version: versionStep(wish, now, known),
    samples: {
      name: 'Check the samples',
      does: samplesWords(wish),
      why: 'a version gets traffic only after its own answers were right',
      writes: [],
    },
    compare: gateStep(wish, now),
    target: {
      name: 'Prove the rollback target',
      does: 'prove that a rollback could go to the version that serves now',
      why: 'a rollback is needed when there is no time to look',
      writes: [],
    },
    tryApi: tryApiStep(wish, now),
    move,
    ...after,
    pin: wish.pinPrevious === true ? pinStep(wish) : undefined,
    deployment: wish.shownIn === undefined ? undefined : deploymentStep(wish.shownIn),
  };
}

/** Nothing is to be released: the stage is brought to what the alias says, and what this very run moved before is checked again. */
export function stayingSteps(
  wish: DeployWish,
  { release, api }: DeploySituation,
  { run, version }: { readonly run: RunIdentity; readonly version: FunctionVersion },
): ShiftSteps {
  const isOwn = release.kind === 'recorded' && isReleaseOf(release.record, run);
  const commit = release.kind === 'recorded' ? release.record.commit : undefined;
  const carried = { alias: wish.aliasName, version: version.version, commit: commit ?? run.commit };
  const plan = plannedApi(wish, api, version);
  const writesStage = api !== undefined && (plan?.repair !== undefined || !carries(api.stage, carried));
  return {
    ...NO_SHIFT,
    permission: permissionOf(wish),
    stage: writesStage ? stageStep(wish, repairWrites(plan?.repair, api.stage)) : undefined,
    ...(isOwn ? { checkAlias: checkAliasStep(wish.aliasName), checkApi: checkApiOf(wish) } : {}),
    ...(isOwn ? backSteps(wish.aliasName, { api: wish.api?.name, when: backWhen(wish) }) : {}),
  };
}

/** The function as it is, live or not. */
function existing(now: DeploySituation): FunctionVersion | undefined {
  return now.live ?? now.latest;
}

function recoverStep({ aliasName }: DeployWish, { release }: DeploySituation): PlanStep {
  const shares = foreignShares(release);
  return {
    name: 'End what another run left',
    does: `shift all traffic of ${aliasName} to version ${aliasOf(release)?.version ?? ''}`,
    why: shares === '' ? 'another run left a canary behind' : `no release set its weights: ${shares}`,
    writes: ['lambda:UpdateAlias'],
    // AWS puts some there itself while it moves provisioned concurrency.
    when: shares === '' ? undefined : "unless they are AWS's own, which are waited for",
  };
}

function functionStep({ functionName }: DeployWish): PlanStep {
  return {
    name: 'Create the function',
    does: `create the function ${functionName}`,
    why: 'it does not exist, and create is true',
    writes: ['lambda:CreateFunction'],
  };
}

function versionStep(wish: DeployWish, now: DeploySituation, { mayExist }: Known): PlanStep {
  const from = existing(now)?.configuration;
  const changes = from === undefined ? [] : configurationChanges(from, wishedConfiguration(from, wish));
  const changed = changes.length === 0 ? '' : `, change the configuration: ${changes.join(', ')},`;
  const updates: readonly Write[] = from !== undefined && setsConfiguration(wish) ? CONFIGURATION : [];
  return {
    name: 'Publish a version',
    does: `update ${wish.functionName} to the image${changed} and publish a version`,
    why: 'a version never changes, so a rollback can go to it',
    writes: ['lambda:UpdateFunctionCode', ...(changes.length > 0 ? updates : []), 'lambda:PublishVersion'],
    // $LATEST may be configured otherwise than what is live.
    mayWrite: changes.length > 0 ? [] : updates,
    when: mayExist ? 'unless a version of it was published before' : undefined,
  };
}

const CONFIGURATION: readonly Write[] = ['lambda:UpdateFunctionConfiguration'];

/** Whether the release names anything of the configuration. */
function setsConfiguration(wish: DeployWish): boolean {
  const named = [
    wish.memorySize,
    wish.timeout,
    wish.ephemeralStorage,
    wish.tracing,
    wish.environmentVariables,
    wish.subnetIds,
    wish.securityGroupIds,
    wish.imageConfigCommand,
    wish.imageConfigEntryPoint,
    wish.imageConfigWorkingDirectory,
    wish.snapStart,
    wish.kmsKeyArn,
    wish.deadLetterTargetArn,
    wish.fileSystemArn,
    wish.logFormat,
    wish.applicationLogLevel,
    wish.systemLogLevel,
    wish.logGroup,
  ];
  return named.some((value) => value !== undefined);
}

function samplesWords({ samples: count, gate }: DeployWish): string {
  const starts = gate === undefined ? 0 : coldStartsWanted(gate);
  const first = starts === 0 ? '' : `force up to ${plural(starts, 'cold start')} of it, then `;
  if (count === 0) return `${first}wait until it is Active (there are no samples)`;
  return `${first}check its answers to ${count === undefined ? 'the samples' : plural(count, 'sample')}`;
}

/** The alias, then what is behind it, then the checks. */
function shiftSteps(wish: DeployWish, now: DeploySituation, known: Known): ShiftSteps {
  const { aliasName } = wish;
  const alias = aliasOf(now.release);
  const from: ReleaseName | undefined = alias && {
    version: alias.version,
    digest: undefined,
    commit: undefined,
  };
  const plan = plannedApi(wish, now.api, existing(now));
  const unknown = wish.api?.repairs === true && existing(now) === undefined;
  return {
    // After a canary whose run was lost, what is live may be this very release.
    move: {
      ...moveStep({ aliasName, from }, 'the new version'),
      when: known.recovers ? 'unless it serves already' : undefined,
    },
    permission: permissionOf(wish),
    stage: now.api && {
      ...stageStep(wish, repairWrites(plan?.repair, now.api.stage), unknown ? API_UNKNOWN : undefined),
      when: mayCarry(now, known) ? 'unless it carries that release already' : undefined,
    },
    checkAlias: checkAliasStep(aliasName),
    checkApi: checkApiOf(wish),
    ...backSteps(aliasName, { api: wish.api?.name, when: backWhen(wish) }),
  };
}

/** A version that was published before may be the very one that the stage names. */
function mayCarry({ api, live }: DeploySituation, { mayExist, recovers }: Known): boolean {
  const named = api?.stage.variables[STAGE_VARIABLES.version];
  return mayExist && named !== undefined && (recovers || named !== live?.version);
}

/** What the API in front of a function that exists needs. */
export function plannedApi(
  { aliasName, api }: DeployWish,
  situation: DeploySituation['api'],
  version: FunctionVersion | undefined,
): ApiPlan | undefined {
  if (api === undefined || situation === undefined || version === undefined) return undefined;
  const arn = version.arn.split(':').slice(0, 7).join(':');
  return planApi(situation, { arn, alias: aliasName }, api.repairs);
}

function permissionOf({ api, aliasName }: DeployWish): PlanStep | undefined {
  return api?.repairs === true ? permissionStep(api.apiId, aliasName) : undefined;
}

function checkApiOf({ api }: DeployWish): PlanStep | undefined {
  return api && checkApiStep(api.name);
}

/** Without something live there is nothing to compare with, and without samples nothing to send. */
function tryApiStep({ api, samples, aliasName }: DeployWish, now: DeploySituation): PlanStep | undefined {
  if (api === undefined || samples === 0 || now.release.kind === 'none') return undefined;
  return {
    name: 'Try the API',
    does: `send a sample through the ${api.name} while ${aliasName} serves the previous release`,
    why: 'what does not work before the shift is no fault of this release',
    writes: [],
  };
}

function stageStep(
  { api, aliasName }: DeployWish,
  repair: readonly Write[],
  mayWrite: readonly Write[] = [],
): PlanStep {
  const count = repair.filter((write) => write === 'apigateway:UpdateIntegration').length;
  const points = count === 0 ? '' : `point ${plural(count, 'integration')} to the alias ${aliasName}, and `;
  return {
    name: 'Let the API serve the alias',
    does: `${points}let the stage carry the release (${api?.name ?? ''})`,
    why: 'the API says what it serves',
    writes: [...repair, 'apigateway:UpdateStage'],
    mayWrite,
  };
}

function backWhen({ together }: DeployWish): string {
  const other = together === true ? ', or another service of this release is not shifted' : '';
  return `only if a check after the shift fails${other}`;
}

function pinStep({ aliasName }: DeployWish): PlanStep {
  return {
    name: 'Pin the previous version',
    does: `point the alias ${aliasName}-previous to the previous version, where it does not point there yet`,
    why: 'Lambda deletes no version that an alias points to',
    writes: [],
    mayWrite: ['lambda:CreateAlias', 'lambda:UpdateAlias'],
  };
}

function deploymentStep(environment: string): PlanStep {
  return {
    name: 'Show the deployment',
    does: `show the release as a deployment of ${environment} on GitHub`,
    why: 'people look there',
    writes: ['github:deployment'],
  };
}

import { backoff } from '../../../clients/retry.ts';
import type {
  ApiAddress,
  ApiGateway,
  Integration,
  Stage,
  StageChange,
} from '../../../clients/api-gateway.ts';
import type { Tools } from '../../../clients/tools.ts';
import { AwsError, orMissing, UserError } from '../../../errors.ts';
import * as plan from '../../plan/api.ts';

type ApiTools = Pick<Tools, 'apiGateway' | 'lambda' | 'clock' | 'random' | 'signal' | 'log'>;

/** What an API looks like now; both reads run together. */
export interface ApiSituation {
  readonly stage: Stage;
  readonly integrations: readonly Integration[];
  /** The permission was seen when this alias was connected, and nothing says that it may be gone: then it is not read. */
  readonly proven: boolean;
}

/** @throws UserError `stage-missing`. */
export async function readApi(tools: Pick<Tools, 'apiGateway'>, address: ApiAddress): Promise<ApiSituation> {
  const api = tools.apiGateway(address);
  const [stage, integrations] = await Promise.all([
    readStage(tools, address),
    // Without the API itself there is no stage either, which says it in words.
    orMissing(api.getIntegrations()),
  ]);
  return { stage, integrations: integrations ?? [], proven: false };
}

export interface Connection {
  readonly functionName: string;
  /** The function's ARN without a qualifier. */
  readonly functionArn: string;
  readonly address: ApiAddress;
  readonly release: plan.StagedRelease;
  /** Whether integrations and permission may be mended here, or only named. */
  readonly repair: boolean;
  /** Describes a deployment, so that one whose reply was lost is found again. */
  readonly op: string;
}

export interface Connected {
  /** Whether anything of the API was written. */
  readonly changed: boolean;
  /** The integrations that call the alias. */
  readonly integrations: readonly Integration[];
}

/**
 * Makes the stage serve the alias and carry the release. With the integration naming the alias, that is one
 * write when the release is a new one; the API itself needs no deployment.
 * @throws UserError `api-not-connected`, `api-permission`, `stage-missing` with what to do.
 */
export async function connectApi(
  tools: ApiTools,
  connection: Connection,
  { stage, integrations, proven }: ApiSituation,
): Promise<Connected> {
  const api = tools.apiGateway(connection.address);
  const function_ = { arn: connection.functionArn, alias: connection.release.alias };
  const sorted = plan.sortIntegrations(integrations, stage, function_);
  const repair = plan.planRepair(stage, sorted, connection.repair);
  const connected = [...sorted.toAlias, ...(repair?.integrations ?? [])];
  if (connected.length === 0) throw notConnected(connection, sorted.elsewhere);
  // Who asks for repairs has everything looked at; else a release costs this read only where there is a doubt.
  const believed = proven && !connection.repair && plan.wasConnected(stage, connection.release.alias);
  if (!believed) await ensurePermission(tools, connection);
  if (repair === undefined) warnOfLatest(tools, connection, sorted);
  const mended = repair && (await mend(tools, connection, { stage, repair }));
  const changed = mended !== undefined || !plan.carries(stage, connection.release);
  if (changed) {
    const { variables, ...rest } = mended ?? { variables: {}, current: stage };
    const change = { ...rest, variables: { ...plan.stageVariables(connection.release), ...variables } };
    await patiently(tools, () => api.updateStage(change));
  }
  if (stage.cacheEnabled)
    tools.log.warning('The stage caches answers: some calls will still get what the version before said.');
  return { changed, integrations: connected };
}

/**
 * Rollback's share: the stage says what the alias says. One write, where they differ. A stage that was never connected stays as it
 * is: the variables are the sign that integrations and permission were seen to.
 */
export async function restoreStage(
  tools: ApiTools,
  address: ApiAddress,
  { release, stage }: { readonly release: plan.StagedRelease; readonly stage: Stage },
): Promise<boolean> {
  if (plan.carries(stage, release) || !plan.wasConnected(stage, release.alias)) return false;
  await patiently(tools, () =>
    tools.apiGateway(address).updateStage({ variables: plan.stageVariables(release), current: stage }),
  );
  return true;
}

/** @throws UserError `stage-missing`. */
export async function readStage(tools: Pick<Tools, 'apiGateway'>, address: ApiAddress): Promise<Stage> {
  const stage = await orMissing(tools.apiGateway(address).getStage());
  if (stage !== undefined) return stage;
  throw new UserError('stage-missing', {
    what: `${address.kind} API ${address.apiId} has no stage ${address.stage} (or there is no such API in this region).`,
    fix: 'Check rest-api-id or http-api-id, api-stage and the region.',
  });
}

/**
 * Points integrations to the alias, and deploys the API where it does not do so by itself.
 * @returns what the write of the stage has to carry to end the repair.
 */
async function mend(
  tools: ApiTools,
  { address, functionArn, release, op }: Connection,
  { stage, repair }: { readonly stage: Stage; readonly repair: plan.Repair },
): Promise<StageChange> {
  const api = tools.apiGateway(address);
  const mark = plan.repairMark(op, repair.scope);
  if (!repair.begun) await patiently(tools, () => api.updateStage({ variables: mark, current: stage }));
  const uri = plan.aliasUri(api.kind, { arn: functionArn, alias: release.alias });
  for (const integration of repair.integrations) {
    tools.log.info(`${integration.label} now calls the alias ${release.alias}`);
    await patiently(tools, () => api.updateIntegrationUri(integration, uri));
  }
  const current = { ...stage, variables: { ...stage.variables, ...mark } };
  const change = { variables: plan.REPAIRED, current };
  // HTTP APIs that deploy by themselves refuse an explicit deployment.
  return stage.autoDeploy ? change : { ...change, deploymentId: await deployApi(tools, api, op) };
}

/** An integration on the alias hides another one on `$LATEST`, which nobody asked a sample. */
function warnOfLatest(
  { log }: ApiTools,
  { release }: Connection,
  { elsewhere }: plan.SortedIntegrations,
): void {
  const routes = plan.onLatest(elsewhere).map(({ integration }) => integration.label);
  if (routes.length === 0) return;
  log.warning(
    `${routes.join(', ')} of the API: $LATEST is called, which serves every image before its samples are asked. Point it to the alias ${release.alias}, or set api-repair: true to have it done here.`,
  );
}

function notConnected({ release }: Connection, elsewhere: plan.SortedIntegrations['elsewhere']): UserError {
  return plan.notConnected(
    release.alias,
    elsewhere,
    'Point the integration to the alias, or set api-repair: true to have it done here.',
  );
}

/** Another writer of the policy can take our statement with it: it is added so often before this run gives up. */
const PERMISSION_ATTEMPTS = 2;

/** API Gateway answers 500 without a permission for this very alias. Statements are added one at a time and read back. */
async function ensurePermission(tools: ApiTools, connection: Connection): Promise<void> {
  const { functionName, functionArn, address, release, repair } = connection;
  const { apiId } = address;
  const read = () => orMissing(tools.lambda.getPolicy(functionName, release.alias));
  if (plan.allowsApi(await read(), apiId)) return;
  if (!repair) throw permissionMissing(connection);
  const statement = {
    qualifier: release.alias,
    statementId: plan.statementId(apiId),
    sourceArn: plan.sourceArn(functionArn, apiId),
  };
  for (let attempt = 1; attempt <= PERMISSION_ATTEMPTS; attempt += 1) {
    try {
      await tools.lambda.addPermission(functionName, statement);
    } catch (error) {
      // 409: the statement is there, from a reply that was lost or from another run. The policy read below decides.
      if (!(error instanceof AwsError && error.status === 409)) throw error;
    }
    const policy = await read();
    if (plan.allowsApi(policy, apiId)) {
      tools.log.info(`API ${apiId} may now call the alias ${release.alias}`);
      return;
    }
    if (plan.hasStatement(policy, apiId)) throw permissionWrong(connection);
    tools.log.info(`The permission ${statement.statementId} is not in the policy that was read back`);
  }
  throw new UserError('api-permission', {
    what: `The permission ${statement.statementId} for ${functionName}:${release.alias} was added ${PERMISSION_ATTEMPTS} times and is not there.`,
    fix: 'Find out who else writes the policy of this alias, then run this again.',
  });
}

function permissionMissing({ functionName, functionArn, address, release }: Connection): UserError {
  const { apiId } = address;
  return new UserError('api-permission', {
    what: `API ${apiId} may not call ${functionName}:${release.alias}; API Gateway would answer 500.`,
    fix: `Set api-repair: true, or run: aws lambda add-permission --function-name ${functionName} --qualifier ${release.alias} --statement-id ${plan.statementId(apiId)} --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn '${plan.sourceArn(functionArn, apiId)}'`,
  });
}

/** Removing it needs a right that a deploy has no other use for, and it may be somebody's: a person does it. */
function permissionWrong({ functionName, address, release }: Connection): UserError {
  const statementId = plan.statementId(address.apiId);
  return new UserError('api-permission', {
    what: `The permission ${statementId} for ${functionName}:${release.alias} exists and does not allow API ${address.apiId}.`,
    fix: `Remove it (aws lambda remove-permission --function-name ${functionName} --qualifier ${release.alias} --statement-id ${statementId}) and run this again.`,
  });
}

/** One deployment per 5 s and account is AWS's fixed limit; there is no client token, so the description finds a lost one. */
const DEPLOYMENT_PAUSE_MS = 5_000;
const DEPLOYMENT_BUDGET_MS = 120_000;

async function deployApi(tools: ApiTools, api: ApiGateway, op: string): Promise<string> {
  const description = `model-release ${op}`;
  const started = tools.clock.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await api.createDeployment(description);
    } catch (error) {
      if (!(error instanceof AwsError) || !(error.isTransient || isConcurrentChange(error))) throw error;
      if (error.effect === 'unknown') {
        const found = await api.findDeployment(description);
        if (found !== undefined) return found;
      }
      const wait = Math.max(DEPLOYMENT_PAUSE_MS, backoff(tools, attempt, error));
      if (tools.clock.now() + wait - started > DEPLOYMENT_BUDGET_MS || tools.signal.aborted) throw error;
      tools.log.info(`API Gateway allows one deployment every 5 s; trying again in ${wait / 1000} s`);
      await tools.clock.sleep(wait, tools.signal);
    }
  }
}

/** API Gateway gives it as 409 and as 400. */
function isConcurrentChange(error: AwsError): boolean {
  return error.status === 409 || /concurrent modification/i.test(error.detail);
}

const CHANGE_ATTEMPTS = 6;

async function patiently(tools: ApiTools, write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      const passes = error instanceof AwsError && isConcurrentChange(error);
      if (!passes || attempt >= CHANGE_ATTEMPTS || tools.signal.aborted) throw error;
      await tools.clock.sleep(backoff(tools, attempt + 2, error), tools.signal);
    }
  }
}

import type { ApiAddress, ApiGateway, StageChange } from '../../../clients/api-gateway.ts';
import { backoff, retry, type RetryTools } from '../../../clients/retry.ts';
import { AwsError, UserError } from '../../../errors.ts';
import * as plan from '../../plan/api.ts';
import type { ReleaseTools } from '../../tools.ts';

export interface Connection {
  readonly functionName: string;
  /** The function's ARN without a qualifier. */
  readonly functionArn: string;
  readonly address: ApiAddress;
  readonly release: plan.StagedRelease;
  /** Whether integrations and permission may be mended here, or only named. */
  readonly repairs: boolean;
  /** Describes a deployment, so that one whose reply was lost is found again. */
  readonly op: string;
}

/** What the API needs by its plan. @throws UserError `api-not-connected` when nothing of it would call the alias. */
export function planConnection(situation: plan.ApiSituation, connection: Connection): plan.ApiPlan {
  const { functionArn: arn, release, repairs } = connection;
  const planned = plan.planApi(situation, { arn, alias: release.alias }, repairs);
  if (planned.connected.length > 0) return planned;
  throw plan.notConnected(release.alias, planned.elsewhere);
}

/**
 * Makes the stage serve the alias and carry the release. With the integration naming the alias, that is one write when the release is a
 * new one; the API itself needs no deployment.
 * @returns whether anything was written.
 */
export async function connectApi(
  tools: ReleaseTools,
  connection: Connection,
  { stage, repair, elsewhere }: plan.ApiPlan & Pick<plan.ApiSituation, 'stage'>,
): Promise<boolean> {
  const api = tools.apiGateway(connection.address);
  if (repair === undefined) warnOfLatest(tools, connection, elsewhere);
  if (stage.cacheEnabled)
    tools.log.warning('The stage caches answers: some calls will still get what the version before said.');
  const mended = repair && (await mend(tools, connection, { stage, repair }));
  if (mended === undefined && plan.carries(stage, connection.release)) return false;
  const { variables, ...rest } = mended ?? { variables: {}, current: stage };
  const change = { ...rest, variables: { ...plan.stageVariables(connection.release), ...variables } };
  await patiently(tools, () => api.updateStage(change));
  return true;
}

/**
 * Points integrations to the alias, and deploys the API where it does not do so by itself.
 * @returns what the write of the stage has to carry to end the repair.
 */
async function mend(
  tools: ReleaseTools,
  { address, release, op }: Connection,
  { stage, repair }: { readonly stage: plan.ApiSituation['stage']; readonly repair: plan.Repair },
): Promise<StageChange> {
  const api = tools.apiGateway(address);
  const mark = plan.repairMark(op, repair.scope);
  if (!repair.begun) await patiently(tools, () => api.updateStage({ variables: mark, current: stage }));
  for (const { integration, aliasUri } of repair.integrations) {
    tools.log.info(`${integration.label} now calls the alias ${release.alias}`);
    await patiently(tools, () => api.updateIntegrationUri(integration, aliasUri));
  }
  const current = { ...stage, variables: { ...stage.variables, ...mark } };
  const change = { variables: plan.REPAIRED, current };
  // HTTP APIs that deploy by themselves refuse an explicit deployment.
  return stage.autoDeploy ? change : { ...change, deploymentId: await deployApi(tools, api, op) };
}

/** An integration on the alias hides another one on `$LATEST`, which serves images that nobody checked. */
function warnOfLatest(
  { log }: ReleaseTools,
  { release }: Connection,
  elsewhere: plan.ApiPlan['elsewhere'],
): void {
  const routes = plan.onLatest(elsewhere).map(({ integration }) => integration.label);
  if (routes.length === 0) return;
  log.warning(
    `${routes.join(', ')} of the API: $LATEST is called, which serves every image before its samples are checked. Point it to the alias ${release.alias}, or set api-repair: true to have it done here.`,
  );
}

/** One deployment per 5 s and account is AWS's fixed limit; there is no client token, so the description finds a lost one. */
const DEPLOYMENT_PAUSE_MS = 5_000;
const DEPLOYMENT_BUDGET_MS = 120_000;

async function deployApi(tools: ReleaseTools, api: ApiGateway, op: string): Promise<string> {
  const description = `model-release ${op}`;
  let replyLost = false;
  const policy = {
    budgetMs: DEPLOYMENT_BUDGET_MS,
    passes: (error: unknown, attempt: number) => {
      if (!(error instanceof AwsError) || !(error.isTransient || isConcurrentChange(error))) return undefined;
      replyLost = error.effect === 'unknown';
      const ms = Math.max(DEPLOYMENT_PAUSE_MS, backoff(tools, attempt, error));
      return { ms, why: 'API Gateway allows one deployment every 5 s' };
    },
  };
  return retry(tools, policy, async () => {
    const found = replyLost ? await api.findDeployment(description) : undefined;
    return found ?? api.createDeployment(description);
  });
}

/** API Gateway gives it as 409 and as 400. */
function isConcurrentChange(error: AwsError): boolean {
  return error.status === 409 || /concurrent modification/i.test(error.detail);
}

const CHANGE_ATTEMPTS = 6;
const CHANGE_BUDGET_MS = 60_000;

/** Repeats a write of the API that met another one. */
export async function patiently(
  tools: RetryTools & { readonly random: () => number },
  write: () => Promise<void>,
): Promise<void> {
  const passes = (error: unknown, attempt: number) =>
    error instanceof AwsError && isConcurrentChange(error)
      ? { ms: backoff(tools, attempt + 2, error) }
      : undefined;
  await retry(tools, { attempts: CHANGE_ATTEMPTS, budgetMs: CHANGE_BUDGET_MS, passes }, write);
}

/** The API was changed by somebody after the plan was made. @throws UserError `api-changed`; nothing of the API was written. */
export function refuseUnplanned(now: plan.ApiPlan, planned: plan.ApiPlan | undefined): void {
  const count = (each: plan.ApiPlan | undefined) => each?.repair?.integrations.length ?? 0;
  if (count(now) <= count(planned)) return;
  throw new UserError('api-changed', {
    what: "Somebody changed the API's integrations during this run: more of them would have to be pointed to the alias than the plan says.",
    fix: 'Run this again: it makes a new plan.',
  });
}

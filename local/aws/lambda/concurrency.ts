import type {
  DeleteFunctionConcurrencyCommandInput,
  DeleteProvisionedConcurrencyConfigCommandInput,
  GetAccountSettingsCommandOutput,
  GetFunctionConcurrencyCommandInput,
  GetFunctionConcurrencyCommandOutput,
  GetProvisionedConcurrencyConfigCommandInput,
  ListProvisionedConcurrencyConfigsCommandInput,
  PutFunctionConcurrencyCommandInput,
  PutFunctionConcurrencyCommandOutput,
  PutProvisionedConcurrencyConfigCommandInput,
} from '@aws-sdk/client-lambda';
import { AwsError, invalidParameter } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { LambdaAlias, LambdaFunction, ProvisionedConcurrency } from '../state.ts';
import { isoTime } from '../wire.ts';
import { unreservedConcurrency } from './capacity.ts';
import { findFunction, functionArn, resolveQualifier } from './resolve.ts';
import { usesSnapStart } from './snap-start.ts';

export function putFunctionConcurrency(
  aws: AwsContext,
  input: PutFunctionConcurrencyCommandInput,
): Omit<PutFunctionConcurrencyCommandOutput, '$metadata'> {
  const fn = findFunction(aws, input.FunctionName);
  const reserved = input.ReservedConcurrentExecutions ?? 0;
  checkReservation(aws, fn, reserved);
  fn.reservedConcurrency = reserved;
  return { ReservedConcurrentExecutions: reserved };
}

/** Concurrency that AWS keeps for functions without a reservation: in small accounts, all there is. */
const KEPT_UNRESERVED = 100;

function checkReservation(aws: AwsContext, fn: LambdaFunction, reserved: number): void {
  const { state } = aws;
  const least = Math.min(KEPT_UNRESERVED, state.settings.accountConcurrency);
  const left = unreservedConcurrency(state) + (fn.reservedConcurrency ?? 0) - reserved;
  if (reserved === 0 || left >= least) return;
  throw invalidParameter(
    `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${least}].`,
  );
}

export function getFunctionConcurrency(
  aws: AwsContext,
  input: GetFunctionConcurrencyCommandInput,
): Omit<GetFunctionConcurrencyCommandOutput, '$metadata'> {
  const { reservedConcurrency } = findFunction(aws, input.FunctionName);
  return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
}

export function deleteFunctionConcurrency(
  aws: AwsContext,
  input: DeleteFunctionConcurrencyCommandInput,
): Record<string, never> {
  delete findFunction(aws, input.FunctionName).reservedConcurrency;
  return {};
}

export function getAccountSettings(aws: AwsContext): Omit<GetAccountSettingsCommandOutput, '$metadata'> {
  const { state } = aws;
  return {
    AccountLimit: {
      ConcurrentExecutions: state.settings.accountConcurrency,
      UnreservedConcurrentExecutions: unreservedConcurrency(state),
    },
    AccountUsage: { FunctionCount: Object.keys(state.functions).length },
  };
}

/** The wire's view of a provisioned concurrency configuration, without its ARN. */
function describe(aws: AwsContext, config: ProvisionedConcurrency): Record<string, string | number> {
  const ready = aws.now() >= config.readyAt;
  return {
    RequestedProvisionedConcurrentExecutions: config.requested,
    AvailableProvisionedConcurrentExecutions: ready ? config.requested : 0,
    AllocatedProvisionedConcurrentExecutions: ready ? config.requested : 0,
    Status: ready ? 'READY' : 'IN_PROGRESS',
    LastModified: isoTime(config.requestedAt).replace('Z', '+0000'),
  };
}

export function putProvisionedConcurrencyConfig(
  aws: AwsContext,
  input: PutProvisionedConcurrencyConfigCommandInput,
): Record<string, string | number> {
  const fn = findFunction(aws, input.FunctionName);
  const qualifier = input.Qualifier ?? '$LATEST';
  const { version, alias } = resolveQualifier(aws, fn, qualifier);
  if (version.version === '$LATEST') {
    throw invalidParameter(
      'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
    );
  }
  if (usesSnapStart(version.settings)) {
    throw invalidParameter('Provisioned Concurrency is not supported for functions with SnapStart.');
  }
  if (alias?.weights !== undefined) {
    throw invalidParameter('Alias with weights can not be used with Provisioned Concurrency');
  }
  const config: ProvisionedConcurrency = {
    requested: input.ProvisionedConcurrentExecutions ?? 0,
    requestedAt: aws.now(),
    readyAt: aws.now() + aws.state.settings.provisionMs,
  };
  fn.provisioned[qualifier] = config;
  return describe(aws, config);
}

export function getProvisionedConcurrencyConfig(
  aws: AwsContext,
  input: GetProvisionedConcurrencyConfigCommandInput,
): Record<string, string | number> {
  const fn = findFunction(aws, input.FunctionName);
  const config = fn.provisioned[input.Qualifier ?? ''];
  if (config !== undefined) return describe(aws, config);
  throw new AwsError(404, 'ProvisionedConcurrencyConfigNotFoundException', {
    message: 'No Provisioned Concurrency Config found for this function',
    fields: { Type: 'User' },
  });
}

export function listProvisionedConcurrencyConfigs(
  aws: AwsContext,
  input: ListProvisionedConcurrencyConfigsCommandInput,
): { ProvisionedConcurrencyConfigs: Record<string, string | number>[] } {
  const fn = findFunction(aws, input.FunctionName);
  const configs = Object.entries(fn.provisioned).map(([qualifier, config]) => ({
    FunctionArn: functionArn(aws.state, fn.name, qualifier),
    ...describe(aws, config),
  }));
  return { ProvisionedConcurrencyConfigs: configs };
}

export function deleteProvisionedConcurrencyConfig(
  aws: AwsContext,
  input: DeleteProvisionedConcurrencyConfigCommandInput,
): Record<string, never> {
  delete findFunction(aws, input.FunctionName).provisioned[input.Qualifier ?? ''];
  return {};
}

/**
 * While provisioned concurrency moves to the version an alias was switched to, AWS keeps part of the traffic on the
 * old version with weights of its own. They look like a canary's and are none.
 */
export function injectWeights(
  aws: AwsContext,
  move: { fn: LambdaFunction; alias: LambdaAlias; from: string },
): void {
  const { fn, alias, from } = move;
  const { settings } = aws.state;
  const config = fn.provisioned[alias.name];
  if (settings.provisioningWeight === 0 || config === undefined) return;
  if (from === alias.functionVersion) return;
  config.readyAt = aws.now() + settings.provisionMs;
  alias.injected = { weights: { [from]: settings.provisioningWeight }, until: config.readyAt };
}

/** The weights in force: the user's own, or those AWS has put there for a while. */
export function visibleWeights(aws: AwsContext, alias: LambdaAlias): Record<string, number> | undefined {
  const { injected } = alias;
  if (injected !== undefined && aws.now() >= injected.until) delete alias.injected;
  return alias.injected?.weights ?? alias.weights;
}

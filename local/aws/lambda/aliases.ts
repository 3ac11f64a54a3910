import type {
  AliasConfiguration,
  CreateAliasCommandInput,
  DeleteAliasCommandInput,
  GetAliasCommandInput,
  ListAliasesCommandInput,
  ListAliasesCommandOutput,
  UpdateAliasCommandInput,
} from '@aws-sdk/client-lambda';
import { AwsError, conflict, invalidParameter } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { nextRevisionId } from '../state.ts';
import type { FunctionVersion, LambdaAlias, LambdaFunction } from '../state.ts';
import { page } from '../wire.ts';
import { injectWeights, visibleWeights } from './concurrency.ts';
import { checkRevision, findAlias, findFunction, findVersion, functionArn } from './resolve.ts';

const MAX_DESCRIPTION = 256;
const ALIAS_NAME = /^(?!^[0-9]+$)[a-zA-Z0-9-_]{1,128}$/;

function describeAlias(aws: AwsContext, fn: LambdaFunction, alias: LambdaAlias): AliasConfiguration {
  const weights = visibleWeights(aws, alias);
  return {
    AliasArn: functionArn(aws.state, fn.name, alias.name),
    Name: alias.name,
    FunctionVersion: alias.functionVersion,
    Description: alias.description,
    ...(weights === undefined ? {} : { RoutingConfig: { AdditionalVersionWeights: weights } }),
    RevisionId: alias.revisionId,
  };
}

export function getAlias(aws: AwsContext, input: GetAliasCommandInput): AliasConfiguration {
  const fn = findFunction(aws, input.FunctionName);
  return describeAlias(aws, fn, findAlias(aws, fn, input.Name ?? ''));
}

export function createAlias(aws: AwsContext, input: CreateAliasCommandInput): AliasConfiguration {
  const fn = findFunction(aws, input.FunctionName);
  const name = input.Name ?? '';
  checkConstraint(ALIAS_NAME.test(name), 'name', name);
  checkDescription(input.Description);
  const arn = functionArn(aws.state, fn.name, name);
  if (fn.aliases[name] !== undefined) throw conflict(`Alias already exists: ${arn}`);
  const target = findVersion(aws, fn, input.FunctionVersion ?? '');
  const weights = acceptedWeights(aws, fn, {
    primary: target,
    weights: input.RoutingConfig?.AdditionalVersionWeights,
  });
  const alias: LambdaAlias = {
    name,
    functionVersion: target.version,
    description: input.Description ?? '',
    ...(weights === undefined ? {} : { weights }),
    revisionId: nextRevisionId(aws.state),
  };
  fn.aliases[name] = alias;
  return describeAlias(aws, fn, alias);
}

/** Omitted members keep their value; empty weights clear them; every accepted call makes a new RevisionId. */
export function updateAlias(aws: AwsContext, input: UpdateAliasCommandInput): AliasConfiguration {
  const fn = findFunction(aws, input.FunctionName);
  const alias = findAlias(aws, fn, input.Name ?? '');
  checkDescription(input.Description);
  checkRevision(alias.revisionId, input.RevisionId);
  const target = findVersion(aws, fn, input.FunctionVersion ?? alias.functionVersion);
  const wanted =
    input.RoutingConfig === undefined ? alias.weights : input.RoutingConfig.AdditionalVersionWeights;
  const weights = acceptedWeights(aws, fn, { primary: target, weights: wanted, alias });
  const from = alias.functionVersion;
  alias.functionVersion = target.version;
  injectWeights(aws, { fn, alias, from });
  if (input.Description !== undefined) alias.description = input.Description;
  if (weights === undefined) delete alias.weights;
  else alias.weights = weights;
  alias.revisionId = nextRevisionId(aws.state);
  return describeAlias(aws, fn, alias);
}

export function deleteAlias(aws: AwsContext, input: DeleteAliasCommandInput): Record<string, never> {
  const fn = findFunction(aws, input.FunctionName);
  const name = input.Name ?? '';
  delete fn.aliases[name];
  delete fn.policies[name];
  delete fn.provisioned[name];
  return {};
}

export function listAliases(
  aws: AwsContext,
  input: ListAliasesCommandInput,
): Omit<ListAliasesCommandOutput, '$metadata'> {
  const fn = findFunction(aws, input.FunctionName);
  const wanted = Object.values(fn.aliases).filter(
    (alias) => input.FunctionVersion === undefined || alias.functionVersion === input.FunctionVersion,
  );
  const { items, next } = page(wanted, input.MaxItems ?? 50, input.Marker);
  return {
    Aliases: items.map((alias) => describeAlias(aws, fn, alias)),
    ...(next === undefined ? {} : { NextMarker: next }),
  };
}

interface WantedRouting {
  readonly primary: FunctionVersion;
  readonly weights: Record<string, number> | undefined;
  /** Absent while it is being created. */
  readonly alias?: LambdaAlias;
}

/** The rules for weights: one version more at most, published, not the primary, same role and dead-letter queue. */
function acceptedWeights(
  aws: AwsContext,
  fn: LambdaFunction,
  wanted: WantedRouting,
): Record<string, number> | undefined {
  const entries = Object.entries(wanted.weights ?? {});
  const [first, second] = entries;
  if (first === undefined) return undefined;
  const [number, weight] = first;
  const { primary } = wanted;
  if (second !== undefined) {
    throw invalidParameter('Number of items in AdditionalVersionWeights cannot be greater than 1');
  }
  if (weight < 0 || weight > 1) {
    checkConstraint(false, 'routingConfig.additionalVersionWeights', `{${number}=${weight}}`);
  }
  if (primary.version === '$LATEST') {
    throw invalidParameter('$LATEST is not supported for an alias pointing to more than 1 version');
  }
  if (number === primary.version) {
    throw invalidParameter(
      `Invalid function version ${number}. Function version ${number} is already included in routing configuration.`,
    );
  }
  checkConstraint(/^[0-9]+$/.test(number), 'routingConfig.additionalVersionWeights', `{${number}=${weight}}`);
  const extra = findVersion(aws, fn, number);
  checkAlike(primary, extra);
  if (wanted.alias !== undefined && fn.provisioned[wanted.alias.name] !== undefined) {
    throw invalidParameter('Alias with weights can not be used with Provisioned Concurrency');
  }
  return { [number]: weight };
}

function checkAlike(primary: FunctionVersion, extra: FunctionVersion): void {
  if (primary.settings.Role !== extra.settings.Role) {
    throw invalidParameter(
      'The versions of an alias with a routing configuration must have the same execution role.',
    );
  }
  if (primary.settings.DeadLetterConfig?.TargetArn !== extra.settings.DeadLetterConfig?.TargetArn) {
    throw invalidParameter(
      'The versions of an alias with a routing configuration must have the same dead-letter queue.',
    );
  }
}

function checkDescription(description: string | undefined): void {
  const value = description ?? '';
  checkConstraint(value.length <= MAX_DESCRIPTION, 'description', value);
}

function checkConstraint(holds: boolean, member: string, value: string): void {
  if (holds) return;
  throw new AwsError(400, 'ValidationException', {
    message: `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint`,
  });
}

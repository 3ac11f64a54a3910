import { conflict, notFound, preconditionFailed } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { nextRevisionId } from '../state.ts';
import type { AwsState, FunctionVersion, LambdaAlias, LambdaFunction } from '../state.ts';

/** A function as callers name it: name, partial ARN or ARN, with or without a qualifier. */
export interface FunctionReference {
  readonly name: string;
  readonly qualifier?: string;
}

export function functionArn(state: AwsState, name: string, qualifier?: string): string {
  const arn = `arn:${state.partition}:lambda:${state.region}:${state.accountId}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

export function parseReference(given: string, qualifier?: string): FunctionReference {
  const parts = given.split(':');
  const at = parts.indexOf('function');
  const rest = at >= 0 ? parts.slice(at + 1) : parts;
  const [name = '', own] = rest;
  const effective = qualifier ?? own;
  return { name, ...(effective === undefined ? {} : { qualifier: effective }) };
}

/** The function, with every update whose time has come brought to its end. */
export function findFunction(aws: AwsContext, given: string | undefined): LambdaFunction {
  const { name } = parseReference(given ?? '');
  const found = aws.state.functions[name];
  if (found === undefined) throw notFound(`Function not found: ${functionArn(aws.state, name)}`);
  settle(aws, found);
  return found;
}

function isVersionNumber(qualifier: string): boolean {
  return qualifier === '$LATEST' || /^[0-9]+$/.test(qualifier);
}

export function findVersion(aws: AwsContext, fn: LambdaFunction, version: string): FunctionVersion {
  const found = version === '$LATEST' ? fn.latest : fn.versions[version];
  if (found === undefined) throw notFound(`Function not found: ${functionArn(aws.state, fn.name, version)}`);
  return found;
}

export function findAlias(aws: AwsContext, fn: LambdaFunction, name: string): LambdaAlias {
  const found = fn.aliases[name];
  if (found === undefined) throw notFound(`Cannot find alias arn: ${functionArn(aws.state, fn.name, name)}`);
  return found;
}

/** What a qualifier names: a version, or an alias and its primary version. */
export function resolveQualifier(
  aws: AwsContext,
  fn: LambdaFunction,
  qualifier: string | undefined,
): { version: FunctionVersion; alias?: LambdaAlias } {
  if (qualifier === undefined) return { version: fn.latest };
  if (isVersionNumber(qualifier)) return { version: findVersion(aws, fn, qualifier) };
  const alias = findAlias(aws, fn, qualifier);
  return { version: findVersion(aws, fn, alias.functionVersion), alias };
}

/** 409 while an update runs, for code, configuration and publish alike; and while the function is being created. */
export function refuseWhileBusy(fn: LambdaFunction): void {
  if (fn.latest.updateStatus === 'InProgress') {
    throw conflict(
      `The operation cannot be performed at this time. An update is in progress for resource: ${fn.arn}`,
    );
  }
  if (fn.latest.state === 'Pending') {
    throw conflict(
      'The operation cannot be performed at this time. The function is currently in the following state: Pending',
    );
  }
}

export function checkRevision(current: string, given: string | undefined): void {
  if (given !== undefined && given !== current) throw preconditionFailed('GetFunction/GetAlias');
}

/** Ends updates and pending states whose time has come: nothing runs in the background, so reading does it. */
function settle(aws: AwsContext, fn: LambdaFunction): void {
  settleUpdate(aws, fn.latest);
  settleState(aws, fn.latest);
  for (const number in fn.versions) settleState(aws, fn.versions[number] as FunctionVersion);
}

function settleUpdate(aws: AwsContext, latest: FunctionVersion): void {
  if (latest.updateUntil === undefined || aws.now() < latest.updateUntil) return;
  const outcome = latest.updateOutcome;
  delete latest.updateUntil;
  delete latest.statusHidden;
  delete latest.updateOutcome;
  if (outcome === undefined) {
    latest.updateStatus = 'Successful';
    delete latest.running;
  } else {
    latest.updateStatus = 'Failed';
    latest.updateReason = outcome.reason;
    latest.updateReasonCode = outcome.reasonCode;
  }
  // Recorded on the real service: the end of an update is a revision of its own.
  latest.revisionId = nextRevisionId(aws.state);
}

function settleState(aws: AwsContext, version: FunctionVersion): void {
  if (version.stateUntil === undefined || aws.now() < version.stateUntil) return;
  const outcome = version.stateOutcome;
  delete version.stateUntil;
  delete version.stateOutcome;
  delete version.stateReason;
  delete version.stateReasonCode;
  if (outcome === undefined) {
    version.state = 'Active';
    return;
  }
  version.state = 'Failed';
  version.stateReason = outcome.reason;
  version.stateReasonCode = outcome.reasonCode;
}

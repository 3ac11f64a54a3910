import type { InvokeCommandInput } from '@aws-sdk/client-lambda';
import { noBytes, utf8 } from '../../http.ts';
import type { LocalResponse } from '../../http.ts';
import { architectureOf } from '../image-configuration.ts';
import { AwsError, conflict, invalidParameter } from '../errors.ts';
import { recordInvocation } from '../metrics.ts';
import type { AwsContext, RawHandler } from '../routes.ts';
import type { Invocation, InvocationResult } from '../runtime.ts';
import type { FunctionVersion, LambdaAlias, LambdaFunction } from '../state.ts';
import { withCapacity } from './capacity.ts';
import { visibleWeights } from './concurrency.ts';
import { imageExists } from './images.ts';
import { logLines } from './report-lines.ts';
import { findFunction, findVersion, functionArn, parseReference, resolveQualifier } from './resolve.ts';
import { notReady, usesSnapStart } from './snap-start.ts';

/** Synchronous invocations take 6 MB each way. */
const MAX_PAYLOAD = 6 * 1024 * 1024;
const LOG_TAIL = 4096;
const GOLDEN_RATIO = 0.618033988749895;

export interface InvokeOutcome extends InvocationResult {
  readonly executedVersion: string;
}

export const invoke: RawHandler = async (aws, { input, request }) => {
  const { FunctionName, Qualifier, InvocationType, LogType } = input as InvokeCommandInput;
  const fn = findFunction(aws, FunctionName);
  const { qualifier } = parseReference(FunctionName ?? '', Qualifier);
  if (InvocationType === 'DryRun') {
    resolveQualifier(aws, fn, qualifier);
    return { status: 204, headers: {}, body: noBytes };
  }
  const tenantId = request.headers['x-amz-tenant-id'];
  const clientContext = contextIn(request.headers['x-amz-client-context']);
  const outcome = await invokeFunction(aws, {
    fn,
    qualifier,
    payload: request.body,
    tenantId,
    clientContext,
  });
  const response = invokeResponse(outcome, LogType === 'Tail');
  const execution = durableExecution(aws, {
    fn,
    outcome,
    name: request.headers['x-amz-durable-execution-name'],
  });
  return { ...response, headers: { ...response.headers, ...execution } };
};

/** Most of it, as base64. */
const MAX_CONTEXT = 3583;

/** The client context as JSON text. */
function contextIn(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  try {
    if (header.length > MAX_CONTEXT) throw new RangeError();
    const text = Buffer.from(header, 'base64').toString('utf8');
    JSON.parse(text);
    return text;
  } catch {
    // Unverified: the sentence.
    throw new AwsError(400, 'InvalidRequestContentException', {
      message: 'Client context must be a valid Base64-encoded JSON object of at most 3583 bytes.',
      fields: { Type: 'User' },
    });
  }
}

/** A durable function names the execution in the answer. How its ARN ends is unverified. */
function durableExecution(
  aws: AwsContext,
  call: { fn: LambdaFunction; outcome: InvokeOutcome; name: string | undefined },
): Record<string, string> {
  const { fn, outcome, name } = call;
  if (fn.latest.settings.DurableConfig === undefined) return {};
  const execution = name ?? `execution-${aws.state.counters.request}`;
  const arn = functionArn(aws.state, fn.name, outcome.executedVersion);
  return { 'x-amz-durable-execution-arn': `${arn}/durable-execution/${execution}` };
}

function invokeResponse(outcome: InvokeOutcome, withLog: boolean): LocalResponse {
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amz-executed-version': outcome.executedVersion,
      ...(outcome.functionError === undefined ? {} : { 'x-amz-function-error': outcome.functionError }),
      ...(withLog ? { 'x-amz-log-result': logHeader(outcome.logTail ?? '') } : {}),
    },
    body: outcome.payload,
  };
}

function logHeader(log: string): string {
  return Buffer.from(utf8(log)).subarray(-LOG_TAIL).toString('base64');
}

interface FunctionCall {
  readonly fn: LambdaFunction;
  readonly qualifier: string | undefined;
  readonly payload: Uint8Array;
  readonly tenantId?: string | undefined;
  /** JSON text. */
  readonly clientContext?: string | undefined;
}

/** One invocation through a qualifier, as the Invoke call and API Gateway both make it. */
export async function invokeFunction(aws: AwsContext, call: FunctionCall): Promise<InvokeOutcome> {
  const { fn, payload } = call;
  if (payload.length > MAX_PAYLOAD) {
    throw new AwsError(413, 'RequestTooLargeException', {
      message: `Request must be smaller than ${MAX_PAYLOAD} bytes for the InvokeFunction operation`,
    });
  }
  return withCapacity(aws, fn, () => invokeVersion(aws, call));
}

async function invokeVersion(aws: AwsContext, call: FunctionCall): Promise<InvokeOutcome> {
  const { fn, qualifier, payload, clientContext } = call;
  checkTenant(fn, call.tenantId);
  const target = chooseVersion(aws, fn, qualifier);
  refuseUnlessReady(aws, target);
  const result = await run(aws, { fn, target, payload, clientContext });
  recordInvocation(aws.state, {
    functionName: fn.name,
    resource: qualifier === undefined ? fn.name : `${fn.name}:${qualifier}`,
    executedVersion: target.version,
    at: aws.now(),
    durationMs: result.durationMs,
    failed: result.functionError !== undefined,
  });
  return { ...result, executedVersion: target.version };
}

/** The version an invocation lands on: for a weighted alias, a fixed sequence with the right shares. */
function chooseVersion(aws: AwsContext, fn: LambdaFunction, qualifier: string | undefined): FunctionVersion {
  if (qualifier === undefined && fn.latest.settings.CapacityProviderConfig !== undefined) {
    return latestPublished(fn);
  }
  const { version, alias } = resolveQualifier(aws, fn, qualifier);
  const extra = alias === undefined ? undefined : weightedVersion(aws, alias);
  return extra === undefined ? version : findVersion(aws, fn, extra);
}

/** On managed instances `$LATEST` itself never runs: without a qualifier the last published version answers. */
function latestPublished(fn: LambdaFunction): FunctionVersion {
  const [newest] = Object.values(fn.versions).slice(-1);
  if (newest !== undefined) return newest;
  throw new AwsError(400, 'NoPublishedVersionException', {
    message: 'The function has no published version that can be invoked.',
    fields: { Type: 'User' },
  });
}

/** Tenant isolation is a matter of both sides: a tenant that is missing is refused, and one that is not wanted. */
function checkTenant(fn: LambdaFunction, tenantId: string | undefined): void {
  const isolated = fn.latest.settings.TenancyConfig !== undefined;
  if (isolated === (tenantId !== undefined)) return;
  throw invalidParameter(
    isolated
      ? 'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.'
      : 'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.',
  );
}

function weightedVersion(aws: AwsContext, alias: LambdaAlias): string | undefined {
  const [entry] = Object.entries(visibleWeights(aws, alias) ?? {});
  if (entry === undefined) return undefined;
  const [number, weight] = entry;
  aws.state.counters.invocation++;
  // Multiples of the golden ratio spread evenly over 0..1: after n calls the share is within 1/n of the weight.
  return (aws.state.counters.invocation * GOLDEN_RATIO) % 1 < weight ? number : undefined;
}

function refuseUnlessReady(aws: AwsContext, target: FunctionVersion): void {
  const { state } = target;
  if (state === 'Active') return;
  if (state === 'Pending' && target.version !== '$LATEST' && usesSnapStart(target.settings)) throw notReady();
  if (state === 'Inactive' && (target.stateReasonCode ?? 'Idle') === 'Idle') {
    // An idle function's first invocation is refused and starts its activation.
    target.state = 'Pending';
    target.stateReason = 'The function is being restored after being idle.';
    target.stateReasonCode = 'Restoring';
    target.stateUntil = aws.now() + aws.state.settings.publishMs;
  }
  throw conflict(
    `The operation cannot be performed at this time. The function is currently in the following state: ${state}`,
  );
}

async function run(
  aws: AwsContext,
  call: {
    fn: LambdaFunction;
    target: FunctionVersion;
    payload: Uint8Array;
    clientContext: string | undefined;
  },
): Promise<InvocationResult> {
  const { fn, target, payload, clientContext } = call;
  const { code, settings } = target.running ?? target;
  if (!imageExists(aws, code)) {
    throw new AwsError(502, 'EC2UnexpectedException', {
      message: `The image of the function is gone: ${code.resolvedImageUri}`,
      fields: { Type: 'Service' },
    });
  }
  const architecture = settings.Architectures?.[0] ?? 'x86_64';
  const built = await architectureOf(aws, code);
  const imageConfig = settings.ImageConfigResponse?.ImageConfig;
  const timeoutS = settings.Timeout ?? 3;
  const serial = (aws.state.counters.request = aws.state.counters.request + 1);
  const { LogFormat, SystemLogLevel } = settings.LoggingConfig ?? {};
  const invocation: Invocation = {
    functionName: fn.name,
    functionArn: functionArn(aws.state, fn.name, target.version),
    version: target.version,
    imageUri: code.resolvedImageUri,
    digest: code.digest,
    architecture,
    environment: settings.Environment?.Variables ?? {},
    memorySizeMb: settings.MemorySize ?? 128,
    timeoutS,
    payload,
    ...(imageConfig === undefined ? {} : { imageConfig }),
    deadline: aws.now() + timeoutS * 1000,
    requestId: `00000000-0000-4000-9000-${serial.toString(16).padStart(12, '0')}`,
    ...(clientContext === undefined ? {} : { clientContext }),
    logging: { format: LogFormat, systemLevel: SystemLogLevel },
    restores: target.version !== '$LATEST' && usesSnapStart(settings),
    traced: settings.TracingConfig?.Mode === 'Active',
  };
  const starts = built === undefined || built === architecture;
  const result = starts ? await aws.runtime.invoke(invocation, aws.clock) : wrongArchitecture();
  return { ...result, logTail: result.logTail ?? logLines(invocation, result) };
}

/** Lambda takes an image of the wrong architecture without a word; it fails when it is started. */
function wrongArchitecture(): InvocationResult {
  const error = {
    errorType: 'Runtime.InvalidEntrypoint',
    errorMessage: 'RequestId: unknown Error: fork/exec /lambda-entrypoint.sh: exec format error',
  };
  return {
    payload: utf8(JSON.stringify(error)),
    functionError: 'Unhandled',
    durationMs: 1,
    status: 'error',
    errorType: error.errorType,
  };
}

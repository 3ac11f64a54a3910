import type {
  CreateFunctionCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { AwsError, invalidParameter } from '../errors.ts';
import type { AwsState } from '../state.ts';

/** Bytes of all variables together, measured as the JSON text of the map. */
const MAX_ENVIRONMENT_BYTES = 4096;
const VARIABLE_NAME = '[a-zA-Z]([a-zA-Z0-9_])+';
/** Above this Lambda takes a timeout for capacity providers only. */
const MAX_TIMEOUT_S = 900;
const MIN_MEMORY_MB = 128;
const STORAGE_MB = { least: 512, most: 10_240 };
/** Entry point, command and working directory together. */
const MAX_IMAGE_CONFIG_BYTES = 16 * 1024;

/** Names that Lambda sets itself and that a function cannot set. */
const RESERVED = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

type Limited = CreateFunctionCommandInput | UpdateFunctionConfigurationCommandInput;

/** Refuses settings beyond Lambda's limits, in Lambda's words, before anything is changed. */
export function checkLimits(state: AwsState, input: Limited): void {
  const { Timeout, MemorySize, EphemeralStorage, Environment, Description, ImageConfig } = input;
  checkRange('timeout', Timeout, { least: 1, most: MAX_TIMEOUT_S });
  checkRange('memorySize', MemorySize, { least: MIN_MEMORY_MB, most: Infinity });
  checkMemoryQuota(state, MemorySize);
  checkRange('ephemeralStorage.size', EphemeralStorage?.Size, STORAGE_MB);
  if ((Description ?? '').length > 256) {
    throw invalidMember('description', Description, 'Member must have length less than or equal to 256');
  }
  checkVariables(Environment?.Variables ?? {});
  if (Buffer.byteLength(JSON.stringify(ImageConfig ?? {})) > MAX_IMAGE_CONFIG_BYTES) {
    // Unverified: the limit is documented, the sentence is not.
    throw invalidParameter('The size of the container settings exceeds 16 KB.');
  }
}

/** The ceiling depends on the account: new ones have less than 10,240 MB, which is a quota and no constraint. */
function checkMemoryQuota(state: AwsState, given: number | undefined): void {
  if (given === undefined || given <= state.settings.memoryLimitMb) return;
  throw invalidParameter(
    `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${state.settings.memoryLimitMb}`,
  );
}

/** Lambda looks at the form of the names first, then at reserved ones, then at the size. */
function checkVariables(variables: Readonly<Record<string, string>>): void {
  const names = Object.keys(variables);
  const form = new RegExp(`^${VARIABLE_NAME}$`);
  if (names.some((name) => !form.test(name))) {
    const constraint = `Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ${VARIABLE_NAME}]`;
    throw validation(`Value at 'environment.variables' failed to satisfy constraint: ${constraint}`);
  }
  const refused =
    'Lambda was unable to configure your environment variables because the environment variables';
  const reserved = names.filter((name) => RESERVED.has(name));
  if (reserved.length > 0) {
    throw invalidParameter(
      `${refused} you have provided contains reserved keys that are currently not supported for modification. ` +
        `Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) <= MAX_ENVIRONMENT_BYTES) return;
  // AWS prints every value here: a message that must not be shown.
  throw invalidParameter(`${refused} you have provided exceeded the 4KB limit. String measured: ${measured}`);
}

function checkRange(member: string, given: number | undefined, range: { least: number; most: number }): void {
  if (given === undefined) return;
  if (given < range.least) {
    throw invalidMember(member, given, `Member must have value greater than or equal to ${range.least}`);
  }
  if (given > range.most) {
    throw invalidMember(member, given, `Member must have value less than or equal to ${range.most}`);
  }
}

/** A member that its model's constraint refuses: another error than what Lambda itself refuses. */
export function invalidMember(
  member: string,
  value: string | number | undefined,
  constraint: string,
): AwsError {
  return validation(`Value '${value ?? ''}' at '${member}' failed to satisfy constraint: ${constraint}`);
}

function validation(message: string): AwsError {
  return new AwsError(400, 'ValidationException', { message: `1 validation error detected: ${message}` });
}

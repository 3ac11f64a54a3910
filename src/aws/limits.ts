/** What Lambda refuses in every function's configuration, so that it can be said before any call. */

/** Of all variables of a function together. */
export const ENVIRONMENT_LIMIT_BYTES = 4096;

/** The size of a function's variables as Lambda measures it: names and values, as JSON. */
export function environmentBytes(variables: Readonly<Record<string, string>>): number {
  return Buffer.byteLength(JSON.stringify(variables));
}

/** Names of variables that Lambda sets itself and refuses from anybody else. */
const RESERVED =
  /^(AWS_(REGION|DEFAULT_REGION|EXECUTION_ENV|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN|LAMBDA_(FUNCTION_NAME|FUNCTION_VERSION|FUNCTION_MEMORY_SIZE|INITIALIZATION_TYPE|LOG_GROUP_NAME|LOG_STREAM_NAME|RUNTIME_API))|_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

export const isReserved = (variable: string): boolean => RESERVED.test(variable);

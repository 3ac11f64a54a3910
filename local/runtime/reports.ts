import type { Invocation } from '../aws/runtime.ts';

/*
 * What Lambda itself says about an invocation: the JSON in place of the function's answer, and the lines around its log.
 */

export function timeoutError(invocation: Invocation): Uint8Array {
  const after = invocation.timeoutS.toFixed(2);
  return errorJson(invocation, 'Sandbox.Timedout', `Task timed out after ${after} seconds`);
}

/** The container ended by itself, or the kernel ended it (137: mostly more memory than it was given). */
export function exitError(invocation: Invocation, exit: number | null): Uint8Array {
  return errorJson(invocation, 'Runtime.ExitError', describeExit(exit));
}

function describeExit(exit: number | null): string {
  if (exit === 0) return 'Runtime exited without providing a reason';
  if (exit === null || exit === 137) return 'Runtime exited with error: signal: killed';
  return `Runtime exited with error: exit status ${exit}`;
}

/** The docker client could not start the container; its last line says why. */
export function entrypointError(invocation: Invocation, log: string): Uint8Array {
  const reason =
    log
      .trim()
      .split('\n')
      .find((line) => line.startsWith('docker:')) ?? 'the container did not start';
  return errorJson(invocation, 'Runtime.InvalidEntrypoint', reason.replace(/^docker: /, ''));
}

function errorJson(invocation: Invocation, errorType: string, message: string): Uint8Array {
  const errorMessage = `RequestId: ${invocation.requestId} Error: ${message}`;
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}

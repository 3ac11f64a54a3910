/** What Lambda itself writes around a function's log: START, END and REPORT as text, or platform events as JSON. */
import type { Invocation, InvocationResult } from '../runtime.ts';

/** An initialisation gets this long; then it is run again inside the invocation, and no Init Duration is reported. Milliseconds. */
export const INIT_LIMIT_MS = 10_000;

/** The log of one invocation, in the function's own log format. */
export function logLines(invocation: Invocation, result: InvocationResult): string {
  const { log = '' } = result;
  const own = log === '' || log.endsWith('\n') ? log : `${log}\n`;
  return invocation.logging?.format === 'JSON'
    ? jsonLines(invocation, result, own)
    : textLines(invocation, result, own);
}

function textLines(invocation: Invocation, result: InvocationResult, own: string): string {
  const id = `RequestId: ${invocation.requestId}`;
  const late = result.initTimedOutMs;
  return [
    ...(late === undefined ? [] : [`INIT_REPORT Init Duration: ${ms(late)}\tPhase: init\tStatus: timeout\n`]),
    `START ${id} Version: ${invocation.version}\n`,
    own,
    `END ${id}\n`,
    `REPORT ${id}\t${figures(invocation, result).join('\t')}\n`,
    ...(invocation.traced === true
      ? [`XRAY TraceId: 1-00000000-${invocation.requestId.slice(-12)}\tSegmentId: 0\tSampled: true\t\n`]
      : []),
  ].join('');
}

/** A successful line ends with a tab. */
function figures(invocation: Invocation, result: InvocationResult): readonly string[] {
  const { initDurationMs, restoreDurationMs, status, errorType } = result;
  return [
    `Duration: ${ms(result.durationMs)}`,
    `Billed Duration: ${billedMs(result)} ms`,
    `Memory Size: ${invocation.memorySizeMb} MB`,
    ...(result.usedMb === undefined ? [] : [`Max Memory Used: ${result.usedMb} MB`]),
    ...(initDurationMs === undefined ? [] : [`Init Duration: ${ms(initDurationMs)}`]),
    ...(restoreDurationMs === undefined
      ? []
      : [
          `Restore Duration: ${ms(restoreDurationMs)}`,
          `Billed Restore Duration: ${Math.ceil(restoreDurationMs)} ms`,
        ]),
    ...(status === undefined || status === 'success' ? [''] : [`Status: ${status}`]),
    ...(status === 'error' && errorType !== undefined ? [`Error Type: ${errorType}`] : []),
  ];
}

/** Billed are the initialisation and the invocation together, or the invocation and the restore each by itself. */
function billedMs({ durationMs, initDurationMs = 0, restoreDurationMs = 0 }: InvocationResult): number {
  if (restoreDurationMs > 0) return Math.ceil(durationMs) + Math.ceil(restoreDurationMs);
  return Math.ceil(durationMs + initDurationMs);
}

/** At WARN only what failed is written: a successful start and report are INFO. */
function jsonLines(invocation: Invocation, result: InvocationResult, own: string): string {
  const { status = 'success', errorType, initDurationMs, restoreDurationMs } = result;
  const { requestId, version } = invocation;
  const told = invocation.logging?.systemLevel !== 'WARN';
  const metrics = {
    durationMs: result.durationMs,
    billedDurationMs: billedMs(result),
    memorySizeMB: invocation.memorySizeMb,
    ...(result.usedMb === undefined ? {} : { maxMemoryUsedMB: result.usedMb }),
    ...(initDurationMs === undefined ? {} : { initDurationMs }),
    ...(restoreDurationMs === undefined ? {} : { restoreDurationMs }),
  };
  const report = { requestId, metrics, status, ...(errorType === undefined ? {} : { errorType }) };
  const start = event(invocation, 'platform.start', { requestId, version });
  const end = event(invocation, 'platform.report', report);
  return `${told ? start : ''}${own}${told || status !== 'success' ? end : ''}`;
}

function event({ deadline, timeoutS }: Invocation, type: string, record: object): string {
  const time = new Date(deadline - timeoutS * 1000).toISOString();
  return `${JSON.stringify({ time, type, record })}\n`;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

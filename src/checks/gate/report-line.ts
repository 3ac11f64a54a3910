/** Lambda's report of one request, in every form in which its log has it: text with tabs, JSON, and older words for time-outs and exits. */
import type { ReportLine } from './trial.ts';

/**
 * Reads the report of the last request in a log tail, which Invoke cuts off at the front.
 * @param tail text, decoded.
 * @returns undefined where the tail has no report: a log level above INFO, or a tail that was cut off before it.
 */
export function parseReportLine(tail: string): ReportLine | undefined {
  const lines = tail.split(/\r?\n/);
  const at = lines.findLastIndex((line) => reportIn(line) !== undefined);
  const report = at < 0 ? undefined : reportIn(lines[at] ?? '');
  if (report === undefined) return undefined;
  const { requestId, ...said } = report;
  if (said.status !== 'success') return said;
  // Before Lambda wrote a status, a line of its own said how a request ended: before the report or after it.
  return { ...said, ...endingIn(lines, requestId) };
}

type Report = ReportLine & { readonly requestId: string | undefined };

function reportIn(line: string): Report | undefined {
  if (line.startsWith('{')) return jsonReport(line);
  // A line that the model printed without a line break may stand before it.
  const [, text] = /(?:^|[^_])(REPORT RequestId: .*)$/.exec(line) ?? [];
  return text === undefined ? undefined : textReport(text);
}

function textReport(text: string): Report | undefined {
  const fields = new Map(
    text.split('\t').map((part) => {
      const colon = part.indexOf(':');
      return [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
    }),
  );
  const number = (name: string, unit: string) => {
    const [, digits] = new RegExp(`^(\\d+(?:\\.\\d+)?) ${unit}$`).exec(fields.get(name) ?? '') ?? [];
    return digits === undefined ? undefined : Number(digits);
  };
  if (number('Duration', 'ms') === undefined) return undefined;
  return {
    requestId: fields.get('REPORT RequestId'),
    durationMs: number('Duration', 'ms'),
    billedMs: number('Billed Duration', 'ms'),
    initMs: number('Init Duration', 'ms'),
    restoreMs: number('Restore Duration', 'ms'),
    memoryMb: number('Memory Size', 'MB'),
    usedMb: number('Max Memory Used', 'MB'),
    status: statusOf(fields.get('Status')),
    errorType: fields.get('Error Type'),
  };
}

function jsonReport(line: string): Report | undefined {
  const { type, record } = parsed(line);
  if (type !== 'platform.report' || !isObject(record)) return undefined;
  const metrics = isObject(record['metrics']) ? record['metrics'] : {};
  const number = (name: string) => {
    const value = metrics[name];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const text = (name: string) => {
    const value = record[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    requestId: text('requestId'),
    durationMs: number('durationMs'),
    billedMs: number('billedDurationMs'),
    initMs: number('initDurationMs'),
    restoreMs: number('restoreDurationMs'),
    memoryMb: number('memorySizeMB'),
    usedMb: number('maxMemoryUsedMB'),
    status: statusOf(text('status')),
    errorType: text('errorType'),
  };
}

/** No status is a success; one that is none of Lambda's known words (`failure` in telemetry) is an error. */
function statusOf(word: string | undefined): ReportLine['status'] {
  if (word === undefined || word === 'success') return 'success';
  return word === 'timeout' ? 'timeout' : 'error';
}

/** `Task timed out after 3.00 seconds`, `Runtime exited with error: signal: killed`: only of the request that was reported. */
function endingIn(
  lines: readonly string[],
  requestId: string | undefined,
): Partial<Pick<ReportLine, 'status' | 'errorType'>> {
  const own = lines.filter((line) => requestId !== undefined && line.includes(requestId));
  if (own.some((line) => /\bTask timed out after [\d.]+ seconds/.test(line))) return { status: 'timeout' };
  const exit = own.findLast((line) => /\bError: Runtime exited\b/.test(line));
  if (exit === undefined) return {};
  const after = lines.slice(lines.indexOf(exit)).join('\n');
  const [errorType] = /\bRuntime\.[A-Z]\w+/.exec(after) ?? ['Runtime.ExitError'];
  return { status: 'error', errorType };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

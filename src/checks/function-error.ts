/** What Lambda says of an invocation that failed, and what a person does about it. */
import type { Invocation } from '../clients/lambda.ts';

export interface FunctionError {
  /** A sentence's end: `the function failed: ValueError: no model`. */
  readonly problem: string;
  /** What to do, as the beginning of a sentence, where the function's own settings are too small; undefined for a failure of the model's code. */
  readonly fix: string | undefined;
  /** Its traceback and the end of its log, in lines. They may hold values of its environment. */
  readonly log: readonly string[];
}

/** `payload`: Lambda's error JSON (errorType, errorMessage, stackTrace or trace), or whatever came in its place. */
export function readFunctionError({
  payload,
  logTail,
}: Pick<Invocation, 'payload' | 'logTail'>): FunctionError {
  const { errorType: type, errorMessage: said, trace } = readPayload(payload);
  // Python logs its traceback, too.
  const traced = trace.some((line) => line.trim() !== '' && !logTail.includes(line.trim()));
  const log = [...(traced ? trace : []), ...logTail.split('\n')].filter((line) => line.trim() !== '');
  const known = timedOut(said, logTail) ?? outOfMemory({ type, said, logTail });
  const words = [type, said].filter((part) => part !== undefined && part !== '').join(': ');
  return { problem: `the function failed: ${words || 'no message'}`, fix: undefined, ...known, log };
}

type Known = Pick<FunctionError, 'problem' | 'fix'>;

function timedOut(said = '', logTail: string): Known | undefined {
  const [, seconds] = /Task timed out after (\d+(?:\.\d+)?) seconds/.exec(said) ?? [];
  if (seconds === undefined && !/\tStatus: timeout|"status":"timeout"/.test(logTail)) return undefined;
  const after = seconds === undefined ? '' : ` after ${Number(seconds)} s, which is its timeout`;
  const is = seconds === undefined ? '' : `, which is ${Number(seconds)} s,`;
  return {
    problem: `the function timed out${after}`,
    fix: `Raise timeout${is} or let the model answer sooner`,
  };
}

interface Said {
  readonly type: string | undefined;
  readonly said: string | undefined;
  readonly logTail: string;
}

/** Lambda ends a process that needs more memory than it has; Python may notice before. */
function outOfMemory({ type = '', said = '', logTail }: Said): Known | undefined {
  const { size, used } = memoryIn(logTail);
  const isNamed = /^(?:Runtime\.OutOfMemory|MemoryError)$/.test(type) || /Runtime\.OutOfMemory/.test(logTail);
  const isKilled = /signal: killed/.test(said);
  if (!isNamed && !isKilled) return undefined;
  const is = size === undefined ? '' : `, which is ${size} MB,`;
  const fix = `Raise memory-size${is} or load less`;
  if (isNamed || (size !== undefined && used === size))
    return { problem: `the function ran out of memory${size === undefined ? '' : ` (${size} MB)`}`, fix };
  const figures = used === undefined ? '' : ` when it used ${used} of ${size ?? 0} MB`;
  return { problem: `the function was killed${figures}, as Lambda does where memory runs out`, fix };
}

/** From the REPORT line, as text or as JSON. MB. */
function memoryIn(logTail: string): { readonly size?: number; readonly used?: number } {
  const [, size, used] =
    /Memory Size: (\d+) MB\s+Max Memory Used: (\d+) MB/.exec(logTail) ??
    /"memorySizeMB":(\d+),"maxMemoryUsedMB":(\d+)/.exec(logTail) ??
    [];
  return size === undefined ? {} : { size: Number(size), used: Number(used) };
}

interface Payload {
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
  readonly trace: readonly string[];
}

function readPayload(payload: Uint8Array): Payload {
  const said = Buffer.from(payload).toString('utf8');
  try {
    const { errorType, errorMessage, stackTrace, trace } = JSON.parse(said) as Record<string, unknown>;
    const lines = [stackTrace, trace].find(Array.isArray) as readonly unknown[] | undefined;
    return {
      errorType: text(errorType),
      errorMessage: text(errorMessage),
      trace: (lines ?? []).flatMap((line) => String(line).split('\n')),
    };
  } catch {
    return { errorType: undefined, errorMessage: said, trace: [] };
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

import type { ImageConfig } from '@aws-sdk/client-lambda';
import type { LocalClock } from '../clock.ts';
import { fromUtf8, utf8 } from '../http.ts';
import { INIT_LIMIT_MS } from './lambda/report-lines.ts';

/** One invocation, as Lambda hands it to whatever runs the image. */
export interface Invocation {
  readonly functionName: string;
  readonly functionArn: string;
  readonly version: string;
  readonly imageUri: string;
  readonly digest: string;
  readonly architecture: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memorySizeMb: number;
  readonly timeoutS: number;
  /** What replaces the image's own entry point, command and working directory. */
  readonly imageConfig?: ImageConfig;
  readonly payload: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly requestId: string;
  /** What the caller sent as client context: JSON text. */
  readonly clientContext?: string;
  /** Absent: text. */
  readonly logging?: { readonly format: string | undefined; readonly systemLevel: string | undefined };
  /** Environments are restored from a snapshot. */
  readonly restores?: boolean;
  /** X-Ray is on. */
  readonly traced?: boolean;
}

export interface InvocationResult {
  readonly payload: Uint8Array;
  readonly functionError?: 'Handled' | 'Unhandled';
  /** The last 4 KB of the log as text, with Lambda's own lines; absent: they are made from the rest. */
  readonly logTail?: string;
  /** What the function itself logged. */
  readonly log?: string;
  readonly durationMs: number;
  /** Present when this invocation started an environment. */
  readonly initDurationMs?: number;
  /** Present when this invocation restored an environment. */
  readonly restoreDurationMs?: number;
  /** The initialisation was given up after this long, and ran again inside the invocation. */
  readonly initTimedOutMs?: number;
  readonly usedMb?: number;
  readonly status?: 'success' | 'error' | 'timeout';
  readonly errorType?: string;
}

/** What runs images: containers behind the HTTP server, JavaScript functions in tests. */
export interface FunctionRuntime {
  /** `clock`: on which an invocation takes its time. */
  invoke(invocation: Invocation, clock?: LocalClock): Promise<InvocationResult>;
}

/** A handler written in JavaScript, standing for the one inside an image. */
export type Program = (
  event: unknown,
  environment: Readonly<Record<string, string>>,
  invocation: Invocation,
) => unknown;

/** What an invocation of a program takes; it takes that time on the clock. Without a member: none, and what REPORT says is small. */
export interface Figures {
  /** Milliseconds. */
  readonly durationMs?: number;
  readonly initMs?: number;
  readonly restoreMs?: number;
  readonly usedMb?: number;
  readonly log?: string;
}

/** By the invocation and its number, counted from 1. */
export type FiguresOf = (invocation: Invocation, number: number) => Figures;

/** A runtime of JavaScript handlers by image digest. An image without one echoes its event. */
export interface ProgramRuntime extends FunctionRuntime {
  set(digest: string, program: Program, figures?: FiguresOf): void;
}

/** A program that throws it is ended by Lambda. */
export class Ended extends Error {
  readonly how: 'timeout' | 'out of memory';

  constructor(how: Ended['how']) {
    super(how);
    this.how = how;
  }
}

/** Environments of one version: those that wait, and whether one was ever started. */
interface Pool {
  idle: number;
  asked: number;
}

const SMALL = { durationMs: 1, initMs: 10, restoreMs: 5, usedMb: 64 };

export function programs(table: Readonly<Record<string, Program>> = {}): ProgramRuntime {
  const known = new Map(Object.entries(table));
  const measured = new Map<string, FiguresOf>();
  const pools = new Map<string, Pool>();
  return {
    set(digest, program, figures) {
      known.set(digest, program);
      if (figures !== undefined) measured.set(digest, figures);
    },
    async invoke(invocation, clock) {
      const name = `${invocation.functionName}:${invocation.version}:${invocation.digest}`;
      const pool = pools.get(name) ?? { idle: 0, asked: 0 };
      pools.set(name, pool);
      pool.asked++;
      const cold = pool.idle === 0;
      if (!cold) pool.idle--;
      const own = measured.get(invocation.digest)?.(invocation, pool.asked) ?? {};
      const started = clock?.now() ?? 0;
      const waitMs = waitFor(invocation, own, cold);
      if (waitMs > 0) await clock?.sleep(waitMs);
      const program = known.get(invocation.digest) ?? ((event: unknown) => event);
      const outcome = await run(program, invocation);
      const spent = (clock?.now() ?? 0) - started;
      // A program that was ended leaves no environment behind.
      if (outcome.status === undefined) pool.idle++;
      return {
        ...times(invocation, { ...own, durationMs: own.durationMs ?? Math.max(1, spent) }, cold),
        ...outcome,
      };
    },
  };
}

function waitFor({ restores }: Invocation, own: Figures, cold: boolean): number {
  const { durationMs = 0, initMs = 0, restoreMs = 0 } = own;
  if (!cold) return durationMs;
  if (restores === true) return durationMs + restoreMs;
  return durationMs + initMs + (initMs > INIT_LIMIT_MS ? INIT_LIMIT_MS : 0);
}

function times({ restores }: Invocation, own: Figures, cold: boolean): Omit<InvocationResult, 'payload'> {
  const { durationMs, initMs, restoreMs, usedMb } = { ...SMALL, ...own };
  const seen = { durationMs, usedMb, ...(own.log === undefined ? {} : { log: own.log }) };
  if (!cold) return seen;
  if (restores === true) return { ...seen, restoreDurationMs: restoreMs };
  if (initMs <= INIT_LIMIT_MS) return { ...seen, initDurationMs: initMs };
  return { ...seen, durationMs: initMs + durationMs, initTimedOutMs: INIT_LIMIT_MS };
}

/** The answer of a program in streaming mode: a head, and a body in pieces. */
export class StreamedAnswer {
  /** What travels: the head as JSON, eight NUL bytes, the body. */
  readonly bytes: Uint8Array;

  constructor(head: object, ...pieces: readonly (string | Uint8Array)[]) {
    const body = pieces.map((piece) => (typeof piece === 'string' ? utf8(piece) : piece));
    this.bytes = new Uint8Array(Buffer.concat([utf8(JSON.stringify(head)), Buffer.alloc(8), ...body]));
  }
}

type Outcome = Pick<InvocationResult, 'payload' | 'functionError' | 'status' | 'errorType'>;

async function run(program: Program, invocation: Invocation): Promise<Outcome> {
  try {
    const text = fromUtf8(invocation.payload);
    const event: unknown = text === '' ? {} : JSON.parse(text);
    const result = await program(event, invocation.environment, invocation);
    if (result instanceof StreamedAnswer) return { payload: result.bytes };
    return { payload: utf8(JSON.stringify(result ?? null)) };
  } catch (error) {
    if (error instanceof Ended) return endedOutcome(invocation, error);
    return { payload: utf8(JSON.stringify(errorPayload(error))), functionError: 'Unhandled' };
  }
}

/** Lambda's own error JSON, for a function that it ended. */
function endedOutcome({ requestId, timeoutS }: Invocation, { how }: Ended): Outcome {
  const [errorType, words] =
    how === 'timeout'
      ? ['Sandbox.Timedout', `Task timed out after ${timeoutS.toFixed(2)} seconds`]
      : ['Runtime.OutOfMemory', 'Runtime exited with error: signal: killed'];
  const payload = utf8(
    JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${words}` }),
  );
  const report = how === 'timeout' ? { status: 'timeout' as const } : { status: 'error' as const, errorType };
  return { payload, functionError: 'Unhandled', ...report };
}

/** Lambda's error JSON, as a managed runtime writes it. */
function errorPayload(error: unknown): { errorMessage: string; errorType: string; stackTrace: string[] } {
  if (error instanceof Error) return { errorMessage: error.message, errorType: error.name, stackTrace: [] };
  return { errorMessage: String(error), errorType: 'Error', stackTrace: [] };
}

import type { ImageConfig } from '@aws-sdk/client-lambda';
import { fromUtf8, utf8 } from '../http.ts';

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
}

export interface InvocationResult {
  readonly payload: Uint8Array;
  readonly functionError?: 'Handled' | 'Unhandled';
  /** The last 4 KB of the log, as text. */
  readonly logTail?: string;
  readonly durationMs: number;
  /** Present when this invocation started an environment. */
  readonly initDurationMs?: number;
}

/** What runs images: containers behind the HTTP server, JavaScript functions in tests. */
export interface FunctionRuntime {
  invoke(invocation: Invocation): Promise<InvocationResult>;
}

/** A handler written in JavaScript, standing for the one inside an image. */
export type Program = (
  event: unknown,
  environment: Readonly<Record<string, string>>,
  invocation: Invocation,
) => unknown;

/** A runtime of JavaScript handlers by image digest. An image without one echoes its event. */
export interface ProgramRuntime extends FunctionRuntime {
  set(digest: string, program: Program): void;
}

export function programs(table: Readonly<Record<string, Program>> = {}): ProgramRuntime {
  const known = new Map(Object.entries(table));
  const warm = new Set<string>();
  return {
    set: (digest, program) => void known.set(digest, program),
    async invoke(invocation) {
      const environment = `${invocation.functionName}:${invocation.version}:${invocation.digest}`;
      const cold = !warm.has(environment);
      warm.add(environment);
      const program = known.get(invocation.digest) ?? ((event: unknown) => event);
      const outcome = await run(program, invocation);
      return { ...outcome, durationMs: 1, ...(cold ? { initDurationMs: 10 } : {}) };
    },
  };
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

async function run(
  program: Program,
  invocation: Invocation,
): Promise<{ payload: Uint8Array; functionError?: 'Unhandled' }> {
  try {
    const text = fromUtf8(invocation.payload);
    const event: unknown = text === '' ? {} : JSON.parse(text);
    const result = await program(event, invocation.environment, invocation);
    if (result instanceof StreamedAnswer) return { payload: result.bytes };
    return { payload: utf8(JSON.stringify(result ?? null)) };
  } catch (error) {
    return { payload: utf8(JSON.stringify(errorPayload(error))), functionError: 'Unhandled' };
  }
}

/** Lambda's error JSON, as a managed runtime writes it. */
function errorPayload(error: unknown): { errorMessage: string; errorType: string; stackTrace: string[] } {
  if (error instanceof Error) return { errorMessage: error.message, errorType: error.name, stackTrace: [] };
  return { errorMessage: String(error), errorType: 'Error', stackTrace: [] };
}

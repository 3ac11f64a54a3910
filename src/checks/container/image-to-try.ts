import type { Architecture, ImageConfig } from '../../types.ts';

/** An image of this machine's engine, and the function that it is to run as. */
export interface ImageToTry {
  /** As the engine calls it. */
  readonly reference: string;
  readonly architecture: Architecture;
  readonly functionName: string;
  readonly functionArn: string;
  readonly region: string;
  /** MiB. */
  readonly memoryMb: number;
  /** MiB of /tmp. */
  readonly ephemeralMb: number;
  /** Seconds. */
  readonly timeoutS: number;
  readonly imageConfig: ImageConfig | undefined;
  /** `gate.port`; undefined for an image that speaks Lambda's Runtime API. */
  readonly port: number | undefined;
  /** `gate.variables`; no message shows their values. */
  readonly variables: Readonly<Record<string, string>>;
  /** The samples file, relative to the workspace. */
  readonly file: string | undefined;
}

/** Lambda gives the start ten seconds; a longer one goes on within the function's own time limit. Milliseconds. */
export const INIT_LIMIT_MS = 10_000;

export function startLimitMs({ timeoutS }: Pick<ImageToTry, 'timeoutS'>): number {
  return INIT_LIMIT_MS + timeoutS * 1000;
}

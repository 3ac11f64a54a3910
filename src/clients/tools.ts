import type { Guards } from '../record/guards.ts';
import type { ApiAddress, ApiGateway } from './api-gateway.ts';
import type { Clock } from './clock.ts';
import type { Ecr } from './ecr.ts';
import type { Http } from './http.ts';
import type { Lambda } from './lambda.ts';
import type { Shell } from './shell.ts';

/** Where steps say what they do. */
export interface Log {
  info(line: string): void;
  /** Something a person should know although the run goes on; also shown in the summary. */
  warning(message: string): void;
}

/** Everything a step may act with. Built in one place, handed down, never imported. */
export interface Tools {
  readonly lambda: Lambda;
  readonly ecr: Ecr;
  readonly apiGateway: (address: ApiAddress) => ApiGateway;
  readonly http: Http;
  readonly shell: Shell;
  readonly clock: Clock;
  readonly log: Log;
  /** A number in [0, 1), for jitter and for the nonce of an op id. */
  readonly random: () => number;
  /** Aborted when the run is told to stop. */
  readonly signal: AbortSignal;
  readonly guards: Guards;
  /** Masks a value in all output. */
  readonly secret: (value: string) => Promise<void>;
  /** Reads a file of the workspace as UTF-8; undefined when there is none. */
  readonly readFile: (path: string) => Promise<string | undefined>;
}

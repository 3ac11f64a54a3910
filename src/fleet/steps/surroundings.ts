import type { Clock } from '../../clients/clock.ts';
import type { Runner } from '../../clients/runner.ts';

/** What a run of attach stands in. */
export interface AttachSurroundings {
  readonly runner: Runner;
  readonly clock: Clock;
  /** The folder of this project: its `workflows/` are what repositories receive unless another folder is given. */
  readonly home: string;
  /** Aborted when the run is told to stop: no further write is begun. */
  readonly signal: AbortSignal;
  /** Replaces the network. */
  readonly fetch?: typeof fetch;
}

/** One call as local/ saw it: what fault rules select by, schedulers order by, and tests count. */
export interface ApiCall {
  readonly service: string;
  readonly operation: string;
  /** Counted from 1 over all services. */
  readonly number: number;
  readonly isWrite: boolean;
  /** Milliseconds since the epoch, on the local clock, when the call arrived. */
  readonly at: number;
  /** Name of the process that made it. */
  readonly process: string;
}

export interface RecordedCall extends ApiCall {
  /** HTTP status of the answer; 0 while there is none, and for ever when the answer was lost. */
  status: number;
}

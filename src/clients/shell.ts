/** Programs on the runner: docker, and the model's own tests. Always an argument vector, never a shell. */

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the runner's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to the program's stdin, which is then closed: where passwords go. */
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Called with each complete, sanitised output line (stdout and stderr in order of arrival). */
  readonly onLine?: (line: string) => void;
}

export interface Finished {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  /** stdout whole, up to 1 MiB: for programs that answer. */
  readonly stdout: string;
  /** The last 200 lines of everything, sanitised. */
  readonly tail: readonly string[];
  readonly durationMs: number;
}

export interface Shell {
  /** Never rejects because of the program's exit code. @throws UserError `program-missing` when there is no such program. */
  run(command: Command): Promise<Finished>;
}

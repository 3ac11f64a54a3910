/** What `check` finds. */
export interface Problem {
  /** Relative to the folder that is checked. */
  readonly file: string;
  /** From 1; undefined where the whole file is meant. */
  readonly line?: number | undefined;
  /** A clause: what is wrong, and what to do. */
  readonly message: string;
  /** A warning fails with --strict only. */
  readonly level: 'error' | 'warning';
}

export function problem(file: string, message: string, line?: number): Problem {
  return { file, message, level: 'error', line };
}

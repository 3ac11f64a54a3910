import type { Finished, Shell } from '../../../clients/shell.ts';
import type { Log } from '../../../clients/log.ts';

/** Tests that a command runs, wherever that is. */
export interface TestStage {
  readonly name: 'unit' | 'integration';
  /** Undefined: the stage has no tests, which the result says. */
  readonly command: readonly [file: string, ...args: string[]] | undefined;
  readonly timeoutMs: number;
}

export interface TestTools {
  readonly shell: Shell;
  readonly log: Log;
}

export interface StageToRun extends TestStage {
  readonly command: readonly [file: string, ...args: string[]];
}

/** Runs a stage's command in its place; `onLine` gets what the tests print. */
export type RunStage = (
  tools: TestTools,
  stage: StageToRun,
  onLine: (line: string) => void,
) => Promise<Finished>;

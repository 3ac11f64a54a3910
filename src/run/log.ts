import type { Runner } from '../clients/runner.ts';
import type { Log } from '../clients/log.ts';
import type { LogGroup } from './session.ts';

/** Where a run says what it does, and what it warned of so far. */
export interface RunLog {
  readonly log: Log;
  readonly groups: LogGroup;
  readonly warnings: readonly string[];
}

/** The log of one run; `prefix` stands before what is said for one of several services. */
export function openLog(runner: Runner, prefix = ''): RunLog {
  const warnings: string[] = [];
  return {
    warnings,
    log: {
      info: runner.info,
      warning: (message) => {
        runner.info(`Warning: ${prefix}${message}`);
        warnings.push(message);
      },
    },
    groups: {
      start: (title) => runner.startGroup(`${prefix}${title}`),
      end: (closing) => {
        runner.endGroup();
        runner.info(`${prefix}${closing}`);
      },
    },
  };
}

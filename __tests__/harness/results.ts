import type { Permits } from '../../src/clients/writes.ts';
import type { ReleaseResult } from '../../src/release/result.ts';

/** Tools of a test that calls a step by itself, without the plan that would announce its writes. */
export const everyWrite: Permits = {
  check: () => undefined,
  send: (_write, send) => send(),
  confirm: () => undefined,
};

/** A result of which nothing is known but what is given. */
export function resultWith(given: Partial<ReleaseResult> = {}): ReleaseResult {
  return {
    action: 'deploy',
    service: undefined,
    functionName: 'iris',
    aliasName: 'live',
    run: undefined,
    dryRun: false,
    environment: undefined,
    outcome: 'failed',
    why: '',
    error: undefined,
    shifted: false,
    changed: false,
    written: [],
    undecided: false,
    plan: [],
    tests: [],
    samples: [],
    history: [],
    timings: [],
    warnings: [],
    ...given,
  };
}

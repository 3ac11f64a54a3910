/** What must be true of a process that was told to stop, of one that was killed, and of the run that follows it. */
import { memoryRunner } from '../harness/runner.ts';
import type { AwsState } from '../../local/aws/state.ts';
import { resultWith } from '../harness/results.ts';
import type { ReleaseResult } from '../../src/release/result.ts';
import type { Outcome } from '../../src/types.ts';
import type { Ended, RunSpec, Snapshot } from './crash-world.ts';
import type { History } from './history.ts';
import { check, type Invariant, type Violation } from './invariants.ts';
import { FUNCTION } from './observer.ts';
import { afterContinuation, atRest, rollbackLeadsTo, type Rest } from './outcomes.ts';
import type { BenchRun, Boundary } from './signals-bench.ts';
import type { Remains } from './signals-process.ts';

/** From a signal to the exit, in milliseconds: GitHub's runner sends the next one 7.5 s after SIGINT. */
const EXIT_MS = 7_000;
const OUTCOMES = new Set<string>([
  'ok',
  'ok:noop',
  'superseded',
  'rolled-back',
  'failed',
  'unknown',
  'unknown:superseded',
] satisfies Outcome[]);

export interface Trial {
  readonly from: Snapshot;
  readonly spec: RunSpec;
  readonly run: BenchRun;
  readonly boundary: Boundary;
}

/** Of a process its outputs are read; where one step back leads, and what its plan wrote, they do not tell. */
const ofProcess = atRest.filter(({ id }) => id !== 'T6' && id !== 'P1');

/** After SIGINT and SIGTERM; of a killed process nothing is asked but what AWS shows. */
const afterSignal: readonly Invariant<Trial>[] = [
  {
    id: 'X1',
    says: 'a run that is told to stop has ended within 7 s',
    broken: ({ run: { stopped, remains, hung } }) => {
      const took = Math.round(remains.exitedAt - (stopped?.at ?? remains.exitedAt));
      return hung || took > EXIT_MS ? `it took ${took} ms` : undefined;
    },
  },
  {
    id: 'X2',
    says: 'no write is started after the signal',
    broken: ({ run: { world, stopped } }) => {
      const late = world.aws.calls.slice(stopped?.calls).find(({ isWrite }) => isWrite);
      return late && `call ${late.number}, ${late.operation}, came after it`;
    },
  },
  {
    id: 'X3',
    says: 'a run that is told to stop says how it ended, in outputs, summary and exit code, and without a stack',
    broken: ({ run: { remains } }) => saysHowItEnded(remains),
  },
  {
    id: 'X4',
    says: 'what it cannot decide has to do with a write of the alias',
    broken: ({ run: { world, remains }, spec }) => {
      const wrote = world.history.writes.some(({ run }) => run === spec.name);
      return remains.outputs['outcome'] === 'unknown' && !wrote
        ? 'unknown, and it never wrote the alias'
        : undefined;
    },
  },
];

/** Of the process that was stopped. */
export function judgeStopped(trial: Trial): Violation[] {
  const { run, boundary, from, spec } = trial;
  if (run.stopped === undefined)
    return [unmet(`the run made ${run.world.aws.calls.length} calls and is over: ${lastWords(run.remains)}`)];
  if (boundary.signal === 'SIGKILL') {
    const rest = restOf({ from, spec, run }, { kind: 'crashed' });
    return [...run.broken, ...check(ofProcess, rest)];
  }
  const rest = restOf({ from, spec, run }, endedAs(spec, run.remains));
  return [...run.broken, ...check(afterSignal, trial), ...check(ofProcess, rest)];
}

/** Of the run that follows, which nothing disturbs. */
export function judgeNext({ from, spec, run }: Omit<Trial, 'boundary'>): Violation[] {
  const rest = restOf({ from, spec, run }, endedAs(spec, run.remains));
  const view = {
    ...rest,
    faulted: false,
    kind: 're-run' as const,
    stateBefore: from.state,
    refusedAnyway: undefined,
  };
  const own = [saysHowItEnded(run.remains), converged(view), run.hung ? 'it hung' : undefined];
  const violations = own.flatMap((detail) =>
    detail === undefined ? [] : [{ id: 'X5', says: 'the next run converges', detail }],
  );
  return [...run.broken, ...violations, ...check(ofProcess, view), ...check(afterContinuation, view)];
}

function unmet(detail: string): Violation {
  return { id: 'X0', says: 'every boundary of a faultless run is met again', detail };
}

function saysHowItEnded({ outputs, summary, log, exitCode }: Remains): string | undefined {
  const outcome = outputs['outcome'] ?? '';
  if (!OUTCOMES.has(outcome)) return `the output outcome is ${JSON.stringify(outcome)}: ${log.join(' / ')}`;
  if (summary.trim() === '') return `${outcome}, and the summary is empty`;
  if (exitCode === undefined) return `${outcome}, and a signal ended it`;
  const stack = [...log, ...summary.split('\n')].find((line) => /^\s+at .+[:(]/.test(line));
  return stack && `a stack: ${stack.trim()}`;
}

const CONVERGED: Readonly<Record<RunSpec['action'], readonly string[]>> = {
  deploy: ['ok', 'ok:noop', 'superseded'],
  rollback: ['rolled-back', 'ok:noop', 'superseded'],
};

function converged({ spec, ended, before, stateBefore, world }: Next): string | undefined {
  if (ended.kind !== 'finished') return undefined;
  const { outcome, error } = ended.result;
  if (!CONVERGED[spec.action].includes(outcome) || ended.runner.exitCode !== 0)
    return `${outcome}, exit code ${ended.runner.exitCode}: ${error?.message ?? ''}`;
  if (spec.action === 'deploy') return undefined;
  const expected = rollbackLeadsTo(before, stateBefore);
  const live = world.history.alias?.version;
  const wanted = typeof expected === 'string' ? before.alias?.version : expected.version;
  return live === wanted ? undefined : `the alias is at version ${live}, and should be at ${wanted}`;
}

type Next = Rest & { readonly stateBefore: AwsState };

function restOf({ from, spec, run }: Omit<Trial, 'boundary'>, ended: Ended): Rest {
  const { world } = run;
  return { world, spec, ended, before: from.history, calls: world.aws.calls, faulted: true };
}

/** How the process says that it ended, in the shape that the invariants read. */
function endedAs(spec: RunSpec, remains: Remains): Ended {
  const { outputs, summary, log, exitCode } = remains;
  const result = resultWith({
    action: spec.action,
    functionName: FUNCTION,
    outcome: outputs['outcome'] as Outcome,
    before: namedBefore(outputs),
    error: errorIn(log),
  });
  const runner = memoryRunner(spec.inputs, {});
  runner.lines.push(...log);
  Object.assign(runner, { outputs, summaryText: summary, exitCode: exitCode ?? 1 });
  return { kind: 'finished', result, results: [result], runner };
}

function namedBefore(outputs: Remains['outputs']): ReleaseResult['before'] {
  const version = outputs['previous-version'];
  return version ? { version, digest: undefined, commit: undefined } : undefined;
}

function errorIn(log: readonly string[]): ReleaseResult['error'] {
  const [, code = '', message = ''] =
    log
      .map((line) => /^::error title=\w+ failed \(([\w-]+)\)::(.*)$/.exec(line))
      .find((found) => found !== null) ?? [];
  return code === '' ? undefined : { code, message };
}

function lastWords({ log }: Remains): string {
  return log.filter((line) => line !== '').at(-1) ?? 'it said nothing';
}

/** What happened, call by call, and what the process said at its end. */
export function traceOf(spec: RunSpec, { world, remains, stopped }: BenchRun): string[] {
  const calls = world.aws.calls.map(
    ({ number, service, operation, status }) =>
      `  ${number} ${service} ${operation} ${status}${number === stopped?.calls ? ' <- the last before the signal was heard' : ''}`,
  );
  return [
    `${spec.name}: ${spec.action} ${JSON.stringify(spec.inputs)} run ${spec.runId}.${spec.attempt}`,
    ...calls,
    `  ended: ${remains.outputs['outcome'] ?? 'without outputs'}, exit code ${remains.exitCode ?? 'none'}: ${lastWords(remains)}`,
    `  ${describeAlias(world.history)}`,
  ];
}

function describeAlias({ alias }: History): string {
  return `alias: ${alias === undefined ? 'none' : `${alias.version} ${alias.description}`}`;
}

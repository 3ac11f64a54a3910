/** One case from its start to its verdict: what every level is made of. */
import type { FaultRule } from '../../local/faults.ts';
import type { Guards } from '../../src/release/record/guards.ts';
import {
  open,
  run,
  snapshot,
  type CrashWorld,
  type Ended,
  type RunSpec,
  type Snapshot,
} from './crash-world.ts';
import type { ContinuationKind } from './flows.ts';
import { check, type Violation } from './invariants.ts';
import { afterContinuation, atRest, type Rest } from './outcomes.ts';
import type { Random } from './random.ts';

/** Something broke: enough to see it again and to understand it. */
export interface Broken extends Violation {
  readonly level: string;
  /** Name of the case: `--only` runs it again. */
  readonly name: string;
  /** What happened, call by call. */
  readonly trace: readonly string[];
}

interface Report {
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
}

export interface Step {
  readonly spec: RunSpec;
  readonly faults?: readonly FaultRule[];
}

/** A run and everything that is checked at its end. */
export interface Outcome {
  readonly world: CrashWorld;
  readonly ended: Ended;
  readonly rest: Rest;
  readonly report: Report;
  /** Whether the fault met a call at all: a run may be over before. */
  readonly hit: boolean;
}

/** Runs one step from a copy of `from`. */
export async function attempt(
  from: Snapshot,
  step: Step,
  around: { random: Random; guards?: Guards },
): Promise<Outcome> {
  const world = open(from, around.random, around.guards);
  world.aws.faults.add(...(step.faults ?? []));
  const ended = await run(world, step.spec);
  const hit = world.aws.faults.applied.length > 0;
  const rest: Rest = {
    world,
    spec: step.spec,
    ended,
    before: from.history,
    calls: world.aws.calls,
    faulted: hit,
  };
  const violations = [...world.broken, ...check(atRest, rest)];
  return { world, ended, rest, report: { violations, trace: traceOf(world, step, ended) }, hit };
}

/** The run that follows, without faults, and what must be true then. */
export async function follow(
  previous: Outcome,
  step: {
    readonly kind: ContinuationKind;
    readonly spec: RunSpec;
    readonly refusedAnyway: string | undefined;
  },
  around: { random: Random; guards?: Guards },
): Promise<Outcome> {
  const from = snapshot(previous.world);
  const next = await attempt(from, { spec: step.spec }, around);
  const { kind, refusedAnyway } = step;
  const view = { ...next.rest, kind, refusedAnyway, stateBefore: from.state };
  const violations = [...next.report.violations, ...check(afterContinuation, view)];
  return { ...next, report: { violations, trace: [...previous.report.trace, ...next.report.trace] } };
}

/** One line per call, and how it ended: the same bytes for the same seed. */
function traceOf({ aws, history }: CrashWorld, { spec }: Step, ended: Ended): string[] {
  const faults = new Map(aws.faults.applied.map(({ number, kind }) => [number, kind]));
  const calls = aws.calls.map(({ number, service, operation, at, status }) => {
    const fault = faults.get(number);
    return `  ${number} +${at - (aws.calls[0]?.at ?? 0)} ms ${service} ${operation} ${status}${fault === undefined ? '' : ` <- ${fault}`}`;
  });
  const end =
    ended.kind === 'crashed'
      ? 'crashed'
      : `${ended.result.outcome} ${ended.result.why} ${ended.result.error?.code ?? ''} ${ended.result.error?.message ?? ''}`;
  const { alias } = history;
  return [
    `${spec.name}: ${spec.action} ${JSON.stringify(spec.inputs)} run ${spec.runId}.${spec.attempt} commit ${spec.commit.slice(0, 4)}`,
    ...calls,
    `  ended: ${end.trim()}`,
    `  alias: ${alias === undefined ? 'none' : `${alias.version} ${JSON.stringify(alias.weights)} ${alias.description}`}`,
  ];
}

import type { Clock } from '../clients/clock.ts';
import type { Tools } from '../clients/tools.ts';
import type { OpenSteps, Written } from '../clients/writes.ts';
import type { RunIdentity } from '../types.ts';
import { markOf } from '../words.ts';
import { writesOf, type PlanStep } from './plan.ts';
import { togetherIn, type Together } from './together.ts';

/** One run of an action for one service: who is running, what it acts with, and how it says where it is. */
export interface Session<T extends Tools = Tools> extends StepRunner<T> {
  readonly run: RunIdentity;
  /** A number from 0 to 65535 for each write: by chance where it begins, and never the same twice in one run. */
  readonly nonce: () => number;
  /** Carries out two steps at once: where one of them fails, the other is stopped. */
  readonly together: Together<T>;
}

const NONCES = 0x10000;

/** What carries out the steps of a plan. */
export interface StepRunner<T extends Timed> {
  readonly tools: T;
  /** Does `work` as a group of the log, with its time and its result in one clause. */
  readonly group: <V>(name: string, work: () => Promise<V>, result?: (value: V) => Said) => Promise<V>;
  /** Carries out a step of the plan as a group of the log: only for so long may be written what the step announced. */
  readonly step: <V>(step: PlanStep, act: () => Promise<V>, result?: (value: V) => Said) => Promise<V>;
  /** As `group`, for work that began before: at `since`, in milliseconds of the clock. */
  readonly groupSince: <V>(
    group: GroupSince,
    work: () => Promise<V>,
    result: (value: V) => Said,
  ) => Promise<V>;
  /** Carries out a step inside a group that is under way. */
  readonly within: <V>(step: PlanStep, act: () => Promise<V>) => Promise<V>;
  /** The groups that have ended, in their order. */
  readonly timings: () => readonly StepTiming[];
  /** What was warned of, in its order. */
  readonly warnings: () => readonly string[];
  /** What of what serves callers was written, in its order. */
  readonly written: () => readonly Written[];
}

interface GroupSince {
  readonly name: string;
  readonly since: number;
}

/** A result in one clause; `open` where it shows no success, so that no tick does either. */
export type Said = string | { readonly open: string };

/** A group of the log that has ended. */
export interface StepTiming {
  readonly name: string;
  readonly durationMs: number;
  /** One clause: what came out, or why it failed. */
  readonly result: string;
  /** Undefined where what it was to show could not be told. */
  readonly ok: boolean | undefined;
}

/** How a log shows a group: its lines fold away, its closing line stays. */
export interface LogGroup {
  start(name: string): void;
  end(closing: string): void;
}

export interface Timed {
  readonly clock: Clock;
}

/** What a step runner is made of. */
export interface StepRunnerParts<T extends Timed> {
  readonly tools: T;
  readonly log: LogGroup;
  readonly permits: OpenSteps;
  readonly warnings: readonly string[];
  /** Rejects when the run was told to stop and its time is up: what is under way is abandoned. */
  readonly cutOff: Promise<never>;
}

export function openSession<T extends Tools>(
  parts: StepRunnerParts<T> & { readonly run: RunIdentity },
): Session<T> {
  let last = Math.floor(parts.tools.random() * NONCES);
  const nonce = () => (last = (last + 1) % NONCES);
  const runner = openStepRunner(parts);
  return { run: parts.run, nonce, ...runner, together: togetherIn(runner) };
}

export function openStepRunner<T extends Timed>(parts: StepRunnerParts<T>): StepRunner<T> {
  const { tools, log, permits, warnings, cutOff } = parts;
  const timings: StepTiming[] = [];
  const group: Session['group'] = (name, work, result = () => 'done') =>
    groupSince({ name, since: tools.clock.now() }, work, result);
  const groupSince: Session['groupSince'] = async ({ name, since }, work, result) => {
    log.start(name);
    const end = (ok: boolean | undefined, text: string) => {
      const durationMs = tools.clock.now() - since;
      timings.push({ name, durationMs, result: text, ok });
      log.end(`${markOf(ok)} ${name}: ${text} (${(durationMs / 1000).toFixed(1)} s)`);
    };
    try {
      const value = await Promise.race([work(), cutOff]);
      const said = result(value);
      if (typeof said === 'string') end(true, said);
      else end(undefined, said.open);
      return value;
    } catch (error) {
      end(false, error instanceof Error ? firstLine(error.message) : String(error));
      throw error;
    }
  };
  const within: Session['within'] = (step, act) =>
    permits.during({ does: step.does, writes: writesOf(step) }, act);
  return {
    tools,
    group,
    groupSince,
    step: (step, act, result) => group(step.name, () => within(step, act), result),
    within,
    timings: () => timings,
    warnings: () => warnings,
    written: () => permits.written(),
  };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

import type { Tools } from '../clients/tools.ts';
import { newOp } from '../inputs/identity.ts';
import type { Writer } from '../release/plan/shift.ts';
import type { Story } from '../report/story.ts';
import type { RunIdentity } from '../types.ts';

/** One run of an action: what it acts with, what it tells, and how it says where it is. */
export interface Session {
  readonly run: RunIdentity;
  readonly tools: Tools;
  readonly story: Story;
  readonly step: Step;
  /** This run as a writer of the alias, with a name of its own for each write. */
  readonly writer: (force: boolean) => Writer;
}

/** One of the services that an action is run for, with a session of its own. */
export interface Service<Inputs> {
  readonly inputs: Inputs;
  readonly session: Session;
}

/** Runs `work` as a group of the log, with its time and its result in one clause. */
export type Step = <T>(name: string, work: () => Promise<T>, result?: (value: T) => string) => Promise<T>;

export function openSession(
  tools: Tools,
  story: Story,
  { run, group }: { readonly run: RunIdentity; readonly group: Group },
): Session {
  const step: Step = async (name, work, result = () => 'done') => {
    const started = tools.clock.now();
    group.start(name);
    const end = (ok: boolean, text: string) => {
      const durationMs = tools.clock.now() - started;
      story.stages.push({ name, durationMs, result: text, ok });
      group.end(`${ok ? '✓' : '✗'} ${name}: ${text} (${(durationMs / 1000).toFixed(1)} s)`);
    };
    try {
      const value = await work();
      end(true, result(value));
      return value;
    } catch (error) {
      end(false, error instanceof Error ? firstLine(error.message) : String(error));
      throw error;
    }
  };
  const writer = (force: boolean) => ({ op: newOp(run, tools.random()), seq: BigInt(run.runId), force });
  return { run, tools, story, step, writer };
}

/** How a log shows a group: its lines fold away, its closing line stays. */
export interface Group {
  start(name: string): void;
  end(closing: string): void;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

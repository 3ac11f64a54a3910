/** Two steps at once, such as tests and a build. */
import { keepLines, type KeptLines } from '../clients/kept-lines.ts';
import type { Tools } from '../clients/tools.ts';
import { Cancelled } from '../errors.ts';
import type { PlanStep } from './plan.ts';
import type { Said, StepRunner } from './session.ts';

/** A step that is carried out beside another one, with tools that end with it. */
export interface Part<T, V> {
  readonly step: PlanStep;
  readonly act: (tools: T) => Promise<V>;
  readonly result: (value: V) => Said;
}

/** `stopped`: because the other one failed. */
export type PartEnd<V> =
  | { readonly kind: 'done'; readonly value: V }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'stopped' };

/** It does not throw. The first one's lines are shown as they come, the second one's after it, in a group of their own. */
export type Together<T> = <A, B>(
  first: Part<T, A>,
  second: Part<T, B>,
) => Promise<{ readonly first: PartEnd<A>; readonly second: PartEnd<B> }>;

export function togetherIn<T extends Tools>(runner: StepRunner<T>): Together<T> {
  return async (first, second) => {
    const { tools } = runner;
    const kept = await keepLines(tools, second.step.name);
    try {
      return await both(runner, kept, { first, second });
    } finally {
      await kept.end();
    }
  };
}

async function both<T extends Tools, A, B>(
  runner: StepRunner<T>,
  kept: KeptLines,
  { first, second }: { readonly first: Part<T, A>; readonly second: Part<T, B> },
): Promise<{ readonly first: PartEnd<A>; readonly second: PartEnd<B> }> {
  const { tools, step, within, groupSince } = runner;
  const { name } = second.step;
  const since = tools.clock.now();
  const [stopFirst, stopSecond] = [new AbortController(), new AbortController()];
  const beside = within(second.step, () =>
    ended(second, stoppable({ ...tools, log: kept.log }, stopSecond.signal), stopSecond.signal),
  ).catch((error: unknown) => {
    stopFirst.abort(`${name} failed`);
    throw error;
  });
  // It is waited for below.
  beside.catch(() => undefined);
  const work = () => ended(first, stoppable(tools, stopFirst.signal), stopFirst.signal);
  const one = flat(await endOf(step(first.step, work, saidOf(first, `${name} failed`))));
  if (one.kind === 'failed') stopSecond.abort(`${first.step.name} failed`);
  const shown = async () => {
    await kept.show();
    return beside;
  };
  const said = saidOf(second, `${first.step.name} failed`);
  const other = flat(await endOf(groupSince({ name, since }, shown, said)));
  return { first: one, second: other };
}

/** Programs of these tools end with the signal too. */
function stoppable<T extends Tools>(tools: T, signal: AbortSignal): T {
  const { shell } = tools;
  return {
    ...tools,
    signal: AbortSignal.any([tools.signal, signal]),
    shell: {
      run: (command) => shell.run({ ...command, signal }),
      ask: (question) => shell.ask({ ...question, signal }),
    },
  };
}

/** How a part ended, for its group: a failure is thrown, and being stopped for the other's sake is none. */
async function ended<T extends Tools, V>(
  { act }: Part<T, V>,
  tools: T,
  stop: AbortSignal,
): Promise<PartEnd<V>> {
  try {
    return { kind: 'done', value: await act(tools) };
  } catch (error) {
    if (stop.aborted && error instanceof Cancelled) return { kind: 'stopped' };
    throw error;
  }
}

/** How work ended, as a value. */
export function endOf<V>(work: Promise<V>): Promise<PartEnd<V>> {
  return work.then(
    (value) => ({ kind: 'done', value }),
    (error: unknown) => ({ kind: 'failed', error }),
  );
}

function flat<V>(end: PartEnd<PartEnd<V>>): PartEnd<V> {
  return end.kind === 'done' ? end.value : end;
}

function saidOf<T, V>({ result }: Part<T, V>, other: string): (end: PartEnd<V>) => Said {
  return (end) => (end.kind === 'done' ? result(end.value) : { open: `stopped: ${other}` });
}

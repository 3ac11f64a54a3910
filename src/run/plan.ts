/** A plan: what a run is going to do, said before it does anything. A dry run prints the list, and a run carries out the same list. */
import type { Write } from '../clients/writes.ts';

export interface PlanStep {
  /** The group of the log in which it is carried out: `Publish a version`. */
  readonly name: string;
  readonly does: string;
  readonly why: string;
  /** What it changes outside this process, each as often as it happens. Empty: it reads only. */
  readonly writes: readonly Write[];
  /** What it changes only as far as `does` says: where it is not so already. */
  readonly mayWrite?: readonly Write[];
  /** For a step that depends on something seen later, the condition in words: `only if the alias does not answer`. */
  readonly when?: string | undefined;
}

/** Named steps as the list that a dry run prints, in the order in which they are carried out; an undefined one is not part of it. */
export function listOf(steps: object): readonly PlanStep[] {
  return (Object.values(steps) as (PlanStep | undefined)[]).filter((step) => step !== undefined);
}

/** Everything that a step may change. */
export function writesOf({ writes, mayWrite = [] }: PlanStep): readonly Write[] {
  return [...writes, ...mayWrite];
}

/**
 * How often the gate's own comparison finds changed predictions, and how often it takes noise for a change: whole trials of rows go
 * through `judgeGate`, as those of a release do. The seed is fixed: the same figures each time.
 */
import { judgeGate } from '../src/checks/gate/judge-gate.ts';
import type { Trial, TrialAnswer, TrialRow } from '../src/checks/gate/trial.ts';

export interface GateCase {
  readonly rows: number;
  /** Share of rows in which two answers of what is live differ. */
  readonly noise: number;
  /** Share of rows whose label the candidate flips. */
  readonly flipped: number;
}

/** The share of `repeats` simulated candidates whose changes stand out from the noise. */
export function shareFound(simulated: GateCase, repeats: number): number {
  const random = seeded(20_261_129);
  let found = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) if (isFound(simulated, random)) found += 1;
  return found / repeats;
}

const LABELS = ['setosa', 'versicolor', 'virginica'] as const;
const EVERYTHING = { maxShare: undefined, fields: [] };
const NO_LIMIT = {
  changed: EVERYTHING,
  mustNotBeWorseThanLive: false,
  latencyP95Ms: undefined,
  coldStartP95Ms: undefined,
  memoryHeadroom: undefined,
  imageSize: undefined,
};

/** Each answer is perturbed by itself, so that two of one model differ in `noise` of the rows. */
function isFound({ rows, noise, flipped }: GateCase, random: () => number): boolean {
  const perturbed = (1 - Math.sqrt(1 - 2 * noise)) / 2;
  const own = Array.from({ length: rows }, () => Math.floor(random() * 3));
  // As many as the share says, not as many on average.
  const firstKept = Math.round(flipped * rows);
  const labelOf = (label: number) => LABELS[(random() < perturbed ? label + 1 : label) % 3] ?? '';
  const ask = (isCandidate: boolean) =>
    own.map((label, index) => labelOf(isCandidate && index < firstKept ? label + 1 : label));
  const [first, second, candidate] = [ask(false), ask(false), ask(true)].map((labels) => trial(labels));
  if (first === undefined || second === undefined || candidate === undefined) return false;
  const live = { version: '41', commit: undefined, since: undefined, first, second };
  const { comparison } = judgeGate({ candidate, live, notCompared: undefined, policy: NO_LIMIT });
  return comparison?.aboveNoise === true;
}

function trial(labels: readonly string[]): Trial {
  return {
    where: 'lambda',
    answers: labels.map((label, index) => answered(index + 1, label)),
    architecture: 'x86_64',
    memoryMb: 512,
    usedMb: undefined,
    coldStartsMs: [],
    imageBytes: undefined,
  };
}

function answered(line: number, label: string): TrialAnswer {
  const sample = { name: `row ${line}`, line, input: '{}', tolerance: 0, relativeTolerance: 0 };
  const row: TrialRow = { name: `row ${line}`, line, from: 'captures', sample };
  const json = `{"label":"${label}"}`;
  const answer = { status: 200, body: Buffer.from(json), json, response: undefined };
  return { row, answer, asExpected: undefined, durationMs: 10, report: undefined };
}

/** A mixing counter (splitmix32): 0 to 1. */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

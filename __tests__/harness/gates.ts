import type { ChangedPrediction, GateResult, LiveComparison } from '../../src/checks/gate/trial.ts';

const NOTHING = { live: undefined, candidate: undefined };

/** A comparison in which so many of 150 predictions change, each named `row N`. */
export function comparisonWith(given: Partial<LiveComparison> = {}): LiveComparison {
  const changed = given.changed ?? [];
  return {
    live: { version: '12', commit: 'a'.repeat(40), since: '2026-11-28T09:00:00.000Z' },
    where: 'runner',
    agreement: { count: 150 - changed.length, of: 150, low: 0.95, high: 0.998 },
    noise: { count: 0, of: 150, low: 0, high: 0.024 },
    aboveNoise: changed.length > 0,
    changed,
    labelled: undefined,
    liveFails: 0,
    ...given,
  };
}

export function changedRow(line: number, given: Partial<ChangedPrediction> = {}): ChangedPrediction {
  const fields = [{ field: 'species', before: '"versicolor"', after: '"virginica"' }];
  return { name: `row ${line}`, line, from: 'samples', size: 1, fields, ...given };
}

/** A result of the gate of which nothing is known but what is given. */
export function gateWith(given: Partial<GateResult> = {}): GateResult {
  return {
    where: 'runner',
    asked: 150,
    comparison: undefined,
    notCompared: undefined,
    latencyMs: NOTHING,
    coldStartMs: NOTHING,
    usedMb: NOTHING,
    memoryMb: NOTHING,
    imageBytes: NOTHING,
    costPer1000: NOTHING,
    findings: [],
    ...given,
  };
}

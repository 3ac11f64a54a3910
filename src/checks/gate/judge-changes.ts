/** What changed predictions come to: how many stand out, and whether they are for the worse. */
import { explainedByNoise } from '../../stats/above-noise.ts';
import { isCompared, pathsOf } from './compare-answers.ts';
import type { Comparison } from './compare-with-live.ts';
import { count, listed, percent } from './gate-words.ts';
import type { Judged } from './judge-gate.ts';
import type { GateFinding, LiveTrials, Trial } from './trial.ts';

export interface JudgedChanges {
  readonly candidate: Trial;
  readonly live: LiveTrials;
  readonly policy: Judged['policy'];
  readonly compared: Comparison;
}

/** A p-value below it refuses a candidate that must not be worse. */
const SIGNIFICANT = 0.05;

const CHANGED = 'changed';
const NOT_WORSE = 'must-not-be-worse-than-live';

export function judgeChanges(judged: JudgedChanges): readonly GateFinding[] {
  return [judgeChanged(judged), ...judgeWorse(judged), ...judgeLive(judged)];
}

/** @param why a clause. */
export function judgeNothingCompared(policy: Judged['policy'], why: string): readonly GateFinding[] {
  const keys = [
    ...(policy.changed.maxShare === undefined ? [] : [CHANGED]),
    ...(policy.mustNotBeWorseThanLive ? [NOT_WORSE] : []),
  ];
  const sentence = `This could not be told, because nothing was compared with what is live: ${why}`;
  const fix = 'It is told as soon as there are samples and a live version to compare with.';
  return keys.map((key) => ({ key, kind: 'unknown', sentence, fix }));
}

function judgeChanged(judged: JudgedChanges): GateFinding {
  const { compared, policy } = judged;
  const { agreement, aboveNoise, changed, noise } = compared;
  const unknown = whyUnknown(judged);
  if (unknown !== undefined) return { key: CHANGED, kind: 'unknown', ...unknown };
  const sentence = [changedInWords(compared), ...noiseInWords(compared), ...schemaInWords(judged)].join('; ');
  const { maxShare } = policy.changed;
  if (maxShare === undefined) return { key: CHANGED, kind: 'shown', sentence };
  const excess = (changed.length - explained(compared)) / agreement.of;
  // Where what is live never disagrees with itself, no change is explained by noise.
  const isRefused = excess > maxShare && (aboveNoise || noise.count === 0);
  const withLimit = `${sentence}; at most ${percent(maxShare)} may change`;
  if (!isRefused) return { key: CHANGED, kind: 'passed', sentence: withLimit };
  const fix =
    'Look at the changed predictions. If they are meant, raise max-share below gate: changed: for this release.';
  return { key: CHANGED, kind: 'refused', sentence: withLimit, fix };
}

function explained({ noise, oddLive, changed }: Comparison): number {
  const live = explainedByNoise({ rows: noise.of, candidate: changed.length, live: oddLive });
  return Math.min(changed.length, live);
}

/** Nothing of an answer was compared, which must not look like agreement. */
function whyUnknown({
  candidate,
  live,
  compared,
  policy,
}: JudgedChanges): { readonly sentence: string; readonly fix: string } | undefined {
  const { noise, agreement, noisyField } = compared;
  const { fields } = policy.changed;
  if (noise.of === 0)
    return {
      sentence: 'No request was answered by both the candidate and what is live',
      fix: 'Give samples, or captured requests, that both of them can be asked.',
    };
  const missing = fields.filter((name) => !isInAnswers(name, [candidate, live.first]));
  if (missing.length > 0)
    return {
      sentence: `No answer of the candidate or of what is live has the field ${listed(missing)}`,
      fix: 'Correct the fields below gate: changed:, or leave them out to compare whole answers.',
    };
  if (agreement.of > 0) return undefined;
  const where = noisyField === undefined ? '' : `, most often in ${noisyField}`;
  return {
    sentence: `What is live answered each of ${count(noise.of)} requests differently the second time${where}, so that a change cannot be told from noise`,
    fix: 'Name the fields that hold the prediction, such as label, as fields below gate: changed:.',
  };
}

function isInAnswers(name: string, trials: readonly Trial[]): boolean {
  return trials.some(({ answers }) =>
    answers.some(({ answer }) =>
      [...pathsOf(answer)].some((path) => isCompared({ field: path, path }, [name])),
    ),
  );
}

function changedInWords({ agreement, changed }: Comparison): string {
  const { of, low, high } = agreement;
  const interval = `95 % interval ${percent(1 - high)} to ${percent(1 - low)}`;
  if (changed.length === 0) return `None of ${count(of)} predictions changed (${interval})`;
  const share = percent(changed.length / of);
  return `${count(changed.length)} of ${count(of)} predictions changed (${share}, ${interval})`;
}

function noiseInWords(compared: Comparison): readonly string[] {
  const { noise, noisyField, changed, aboveNoise } = compared;
  const isUnclear = changed.length > 0 && !aboveNoise;
  if (noise.count === 0) return isUnclear ? ['a single change in so many rows may be noise'] : [];
  const where = noisyField === undefined ? '' : `, most often in ${noisyField}`;
  const left = `${count(noise.count)} more ${noise.count === 1 ? 'row was' : 'rows were'} left out, because what is live disagrees with itself there${where}`;
  if (isUnclear) return [left, 'the changes do not stand out from that noise'];
  const some = Math.round(explained(compared));
  return some === 0 ? [left] : [left, `such noise explains about ${count(some)} of the changes`];
}

/** Answers that are looked at for their fields. */
const LOOKED_AT = 50;

/** Fields that only one side ever has: then all rows change, and the reader wants to know why. Of samples only. */
function schemaInWords({ candidate, live, compared }: JudgedChanges): readonly string[] {
  if (compared.changed.length === 0) return [];
  const fieldsOf = ({ answers }: Trial) => {
    const looked = answers.filter(({ row }) => row.from === 'samples').slice(0, LOOKED_AT);
    return new Set(looked.flatMap(({ answer }) => [...pathsOf(answer)]).filter((path) => path !== ''));
  };
  const [now, before] = [fieldsOf(candidate), fieldsOf(live.first)];
  if (now.size === 0 || before.size === 0) return [];
  const added = [...now].filter((path) => !before.has(path));
  const gone = [...before].filter((path) => !now.has(path));
  return [
    ...(added.length === 0 ? [] : [`no answer of what is live has ${listed(added)}`]),
    ...(gone.length === 0 ? [] : [`no answer of the candidate has ${listed(gone)}`]),
  ];
}

function judgeWorse({ policy, compared }: JudgedChanges): readonly GateFinding[] {
  const { labelled } = compared;
  const isAsked = policy.mustNotBeWorseThanLive;
  if (labelled === undefined) {
    const sentence = 'No sample has an expected answer, so nothing says which of the two is right';
    const fix = 'Add expected answers to the samples, or leave must-not-be-worse-than-live out.';
    return isAsked ? [{ key: NOT_WORSE, kind: 'unknown', sentence, fix }] : [];
  }
  const { of, lost, won, p } = labelled;
  if (!isAsked && lost + won === 0) return [];
  const measured = `Of ${count(of)} samples with expected answers, ${count(lost)} that what is live answers rightly are wrong on the candidate, and ${count(won)} the other way round (exact McNemar, one-sided p = ${pValue(p)})`;
  if (!isAsked) return [{ key: NOT_WORSE, kind: 'shown', sentence: measured }];
  const sentence = `${measured}; p below ${SIGNIFICANT} refuses`;
  if (p >= SIGNIFICANT) return [{ key: NOT_WORSE, kind: 'passed', sentence }];
  const fix =
    'Mend the model so that it answers these samples as what is live does, or correct what they expect.';
  return [{ key: NOT_WORSE, kind: 'refused', sentence, fix }];
}

function pValue(p: number): string {
  return p < 0.0001 ? 'less than 0.0001' : String(Number(p.toPrecision(2)));
}

function judgeLive({ compared, live }: JudgedChanges): readonly GateFinding[] {
  const { liveFails } = compared;
  if (liveFails === 0) return [];
  const samples = live.first.answers.filter(({ row }) => row.from === 'samples').length;
  const sentence = `What is live answers ${count(liveFails)} of ${count(samples)} samples wrongly itself; the comparison goes on with the answers that it gives`;
  return [{ key: 'live', kind: 'shown', sentence }];
}

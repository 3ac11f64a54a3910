/** The candidate's predictions beside those of what is live, and what of the difference is live's own noise. */
import { standsOut } from '../../stats/above-noise.ts';
import { clopperPearson } from '../../stats/binomial.ts';
import { mcnemarWorse } from '../../stats/mcnemar.ts';
import { shown } from '../shown.ts';
import { differencesBetween, type ComparedBy, type FieldDifference } from './compare-answers.ts';
import type { ChangedPrediction, LiveComparison, LiveTrials, Trial, TrialAnswer, TrialRow } from './trial.ts';

export interface Compared {
  readonly candidate: Trial;
  readonly live: LiveTrials;
  /** Dotted paths; empty: all of the answer. */
  readonly fields: readonly string[];
  /** Values of the function's environment, which nothing may show. */
  readonly hidden: readonly string[];
}

export interface Comparison extends LiveComparison {
  /** The field in which what is live disagrees with itself most often; undefined where it does not, or only on captured requests. */
  readonly noisyField: string | undefined;
  /** Rows in which one of both answers of what is live is the odd one of three. */
  readonly oddLive: number;
}

/** One row with its three answers. */
interface Triple {
  readonly row: TrialRow;
  readonly candidate: TrialAnswer;
  readonly first: TrialAnswer;
  readonly second: TrialAnswer;
}

/** Rows that one of the three trials lacks are not compared. */
export function compareWithLive(compared: Compared): Comparison {
  const { candidate, live } = compared;
  const triples = triplesOf(compared);
  const judged = triples.map((triple) => ({ triple, ...judgeRow(triple, compared) }));
  const noisy = judged.filter(({ noise }) => noise.length > 0);
  const changed = judged
    .filter(({ noise, change }) => noise.length === 0 && change.length > 0)
    .map(({ triple, change }) => changedPrediction(triple.row, change, compared.hidden))
    .sort((a, b) => b.size - a.size || a.from.localeCompare(b.from) * -1 || a.line - b.line);
  const rows = triples.length;
  const told = rows - noisy.length;
  const oddLive = noisy.filter(({ isLiveOdd }) => isLiveOdd).length;
  return {
    live: { version: live.version, commit: live.commit, since: live.since },
    where: candidate.where,
    agreement: clopperPearson(told - changed.length, told),
    noise: clopperPearson(noisy.length, rows),
    aboveNoise: standsOut({ rows, candidate: changed.length, live: oddLive }),
    changed,
    labelled: labelledOf(triples),
    liveFails: triples.filter(({ first }) => isWrong(first)).length,
    oddLive,
    noisyField: mostFrequent(
      noisy
        .filter(({ triple }) => triple.row.from === 'samples')
        .flatMap(({ noise }) => [...new Set(noise.map(({ path }) => path))]),
    ),
  };
}

interface JudgedRow {
  /** Where what is live disagrees with itself. */
  readonly noise: readonly FieldDifference[];
  /** Where the candidate differs from the first answer of what is live. */
  readonly change: readonly FieldDifference[];
  /** What is live disagrees with itself, and the candidate gave one of both answers: one of them is the odd one. */
  readonly isLiveOdd: boolean;
}

function judgeRow({ row, candidate, first, second }: Triple, { fields }: Compared): JudgedRow {
  const { tolerance, relativeTolerance } = row.sample;
  const by: ComparedBy = { fields, tolerance, relativeTolerance };
  const noise = differencesBetween(first.answer, second.answer, by);
  const change = differencesBetween(first.answer, candidate.answer, by);
  if (noise.length === 0) return { noise, change, isLiveOdd: false };
  const isLiveOdd =
    change.length === 0 || differencesBetween(second.answer, candidate.answer, by).length === 0;
  return { noise, change, isLiveOdd };
}

function triplesOf({ candidate, live }: Compared): readonly Triple[] {
  const keyOf = ({ row: { from, line } }: TrialAnswer) => `${from} ${line}`;
  const byKey = ({ answers }: Trial) => new Map(answers.map((answer) => [keyOf(answer), answer]));
  const [firsts, seconds] = [byKey(live.first), byKey(live.second)];
  return candidate.answers.flatMap((answer) => {
    const [first, second] = [firsts.get(keyOf(answer)), seconds.get(keyOf(answer))];
    if (first === undefined || second === undefined) return [];
    return { row: answer.row, candidate: answer, first, second };
  });
}

/** A list of 10,000 numbers may differ in each of them; nobody reads more than a few. */
const MOST_FIELDS = 20;

function changedPrediction(
  row: TrialRow,
  change: readonly FieldDifference[],
  hidden: readonly string[],
): ChangedPrediction {
  const { line, from } = row;
  const largest = [...change].sort((a, b) => b.size - a.size);
  const size = largest[0]?.size ?? 0;
  // What a captured request holds may be personal, and so may the names of its fields.
  if (from === 'captures') return { name: `row ${line}`, line, from, fields: [], size };
  const fields = largest.slice(0, MOST_FIELDS).map(({ field, before, after }) => ({
    field: shown(field, hidden),
    before: shown(before, hidden),
    after: shown(after, hidden),
  }));
  return { name: row.name, line, from, fields, size };
}

function labelledOf(triples: readonly Triple[]): LiveComparison['labelled'] {
  const labelled = triples.filter(
    ({ candidate, first }) => candidate.asExpected !== undefined && first.asExpected !== undefined,
  );
  if (labelled.length === 0) return undefined;
  const count = (right: TrialAnswerOf, wrong: TrialAnswerOf) =>
    labelled.filter((triple) => triple[right].asExpected === true && triple[wrong].asExpected === false)
      .length;
  const [lost, won] = [count('first', 'candidate'), count('candidate', 'first')];
  return { of: labelled.length, lost, won, p: mcnemarWorse({ lost, won }) };
}

type TrialAnswerOf = 'first' | 'candidate';

/** A sample that expects nothing is answered wrongly by an error. */
function isWrong({ row, answer, asExpected }: TrialAnswer): boolean {
  return row.from === 'samples' && (asExpected === false || !('status' in answer));
}

function mostFrequent(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

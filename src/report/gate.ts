/** What the gate measured: one table of both sides, the predictions that change, and what refuses the release. */
import type { ChangedPrediction, GateFinding, GateResult, Quantiles } from '../checks/gate/trial.ts';
import { plural } from '../words.ts';
import { asCode, cut, prose } from './markdown.ts';

/** Both sides as one table. @param subject what stands beside what is live: `this pull request`. */
export function gateTable(gate: GateResult, subject: string): string {
  const rows = [...predictionRows(gate), ...timeRows(gate), ...sizeRows(gate)];
  if (rows.length === 0) return '';
  const live = gate.comparison === undefined ? 'live' : `live (version ${gate.comparison.live.version})`;
  return [
    `| | ${live} | ${subject} |`,
    '| --- | --: | --: |',
    ...rows.map(([name, before, after]) => `| ${name} | ${before} | ${after} |`),
  ].join('\n');
}

type Row = readonly [name: string, live: string, candidate: string];

function predictionRows({ comparison }: GateResult): readonly Row[] {
  if (comparison === undefined) return [];
  const { agreement, noise, labelled, liveFails, changed } = comparison;
  const right =
    labelled &&
    ([
      'answers as expected',
      `${labelled.of - liveFails} of ${labelled.of}`,
      `${labelled.of - liveFails - labelled.lost + labelled.won} of ${labelled.of}`,
    ] as const);
  return [
    ['predictions that agree with live', '', share(agreement)],
    ['answers that differ from live', `${noise.count} (live from itself)`, String(changed.length)],
    ...(right === undefined ? [] : [right]),
  ];
}

/** `148 of 150, 98.7 % (95.3–99.8 %)`: with its interval of 95 %. */
function share({ count, of, low, high }: NonNullable<GateResult['comparison']>['agreement']): string {
  const whole = of === 0 ? '' : `, ${percent(count / of)}`;
  return `${count} of ${of}${whole} (${percent(low, '')}–${percent(high)})`;
}

function timeRows({ latencyMs, coldStartMs, where }: GateResult): readonly Row[] {
  const isComparable = where === 'lambda';
  const named = where === 'lambda' ? '' : ' (this pull request: on the runner)';
  return [
    ...besides(`latency p50 / p95${named}`, latencyMs, isComparable),
    ...besides(`cold start p50 / p95${named}`, coldStartMs, isComparable),
  ];
}

function besides(name: string, { live, candidate }: GateResult['latencyMs'], isComparable: boolean): Row[] {
  if (!isMeasured(live) && !isMeasured(candidate)) return [];
  const change = isComparable ? difference(live?.p95, candidate?.p95) : '';
  return [[name, quantiles(live), `${quantiles(candidate)}${change}`]];
}

function isMeasured(of: Quantiles | undefined): of is Quantiles {
  return of?.p50 !== undefined || of?.p95 !== undefined;
}

function quantiles(of: Quantiles | undefined): string {
  return isMeasured(of) ? `${milliseconds(of.p50)} / ${milliseconds(of.p95)}` : '–';
}

function sizeRows({ usedMb, memoryMb, imageBytes, costPer1000, where }: GateResult): readonly Row[] {
  const memory = (used: number | undefined, given: number | undefined) =>
    used === undefined && given === undefined
      ? '–'
      : `${used === undefined ? '–' : megabytes(used)} of ${given === undefined ? '–' : megabytes(given)}`;
  const isEstimate = where === 'runner' ? ', estimated on the runner' : '';
  const rows: readonly Row[] = [
    [
      'memory used of given',
      memory(usedMb.live, memoryMb.live),
      memory(usedMb.candidate, memoryMb.candidate),
    ],
    ['image, compressed', ...beside(imageBytes, (bytes) => megabytes(bytes / 1e6))],
    [`cost of 1,000 predictions${isEstimate}`, ...beside(costPer1000, dollars)],
  ];
  return rows.filter(([, live, candidate]) => live !== '–' || candidate !== '–');
}

function beside(
  { live, candidate }: GateResult['imageBytes'],
  said: (value: number) => string,
): readonly [string, string] {
  const one = (value: number | undefined) => (value === undefined ? '–' : said(value));
  return [one(live), `${one(candidate)}${difference(live, candidate)}`];
}

/** ` (+23 %)`; nothing where one side is not known, or they are the same to the last percent. */
function difference(from: number | undefined, to: number | undefined): string {
  if (from === undefined || to === undefined || from <= 0) return '';
  const change = Math.round((to / from - 1) * 100);
  return change === 0 ? '' : ` (${change > 0 ? '+' : '−'}${Math.abs(change)} %)`;
}

function percent(of: number, unit = ' %'): string {
  // A share just below one is not shown as all of it.
  const tenths = of === 1 ? 1000 : Math.min(999, Math.round(of * 1000));
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)}${unit}`;
}

function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '–';
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function megabytes(mb: number): string {
  return `${mb < 10 ? Number(mb.toFixed(1)) : Math.round(mb)} MB`;
}

function dollars(of: number): string {
  return `$${of < 0.01 ? of.toPrecision(2) : of.toFixed(of < 1 ? 3 : 2)}`;
}

/** Of one answer as many fields as a person compares, and of a name and a value as many characters. */
const [FIELDS, NAME, VALUE] = [4, 80, 120];

/** A row for each changed prediction, in the order given; of a captured request the number alone. */
export function changedRows(changed: readonly ChangedPrediction[]): readonly string[] {
  return changed.map(({ name, line, from, fields }) => {
    if (from === 'captures') return `| captured request, row ${line} | not shown | not shown | not shown |`;
    const shown = fields.slice(0, FIELDS);
    const rest = fields.length - shown.length;
    const cell = (each: (field: (typeof fields)[number]) => string) => shown.map(each).join('<br>');
    const more = rest > 0 ? `<br>and ${plural(rest, 'more field', 'more fields')}` : '';
    return `| ${asCode(cut(name, NAME))} | ${cell(({ field }) => (field === '' ? 'the answer' : asCode(cut(field, NAME))))}${more} | ${cell(({ before }) => asCode(cut(before, VALUE)))} | ${cell(({ after }) => asCode(cut(after, VALUE)))} |`;
  });
}

export const CHANGED_HEAD = ['| sample | field | live | now |', '| --- | --- | --- | --- |'] as const;

/** Each finding of these kinds in a line, with its fix. */
export function findingLines(
  findings: readonly GateFinding[],
  ...kinds: readonly GateFinding['kind'][]
): string {
  return findings
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ kind, key, sentence, fix }) => {
      const does = fix === undefined ? '' : ` ${prose(fix)}`;
      return `- ${MARKS[kind]}${asCode(key)}: ${prose(cut(sentence, 1000))}.${cut(does, 1000)}`;
    })
    .join('\n');
}

const MARKS: Readonly<Record<GateFinding['kind'], string>> = {
  passed: '✓ ',
  refused: '✗ ',
  shown: '',
  unknown: '? ',
};

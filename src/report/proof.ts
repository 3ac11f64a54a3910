/** What proved a release: its tests and its samples, and what nothing proved. */
import type { ReleaseResult, SampleLine } from '../release/result.ts';
import { NOTHING_PROVED, plural, provesNothing, seconds } from '../words.ts';
import { details, escape, verbatim } from './markdown.ts';

/** What a headline has to say beside the outcome, in clauses; empty where nothing is left open. */
export function caveatOf(result: ReleaseResult): string {
  const { outcome, apiNotChecked } = result;
  if (outcome !== 'ok' && outcome !== 'ok:noop') return '';
  const api = apiNotChecked === undefined ? [] : [`API not checked, because ${apiNotChecked}`];
  return [...(isProven(result) === false ? [NOTHING_PROVED] : []), ...api].join('; ');
}

/** Whether tests or samples showed that the release works; undefined where this run released nothing. */
export function isProven(result: ReleaseResult): boolean | undefined {
  return result.action === 'deploy' && result.outcome === 'ok' ? !provesNothing(result) : undefined;
}

export function testsSection({ tests }: ReleaseResult): string {
  if (tests.length === 0) return '';
  const cell = (count: number | undefined) => count ?? '–';
  const rows = tests.map(
    (line) =>
      `| ${escape(line.name)} | ${escape(line.status)} | ${cell(line.passed)} | ${cell(line.failed)} | ${cell(line.skipped)} | ${NOT_RUN.has(line.status) ? '–' : seconds(line.durationMs)} |`,
  );
  const failures = tests.flatMap((line) =>
    (line.failures ?? []).map(
      ({ name, reason = '–' }) => `| ${escape(line.name)} | ${escape(name)} | ${escape(reason)} |`,
    ),
  );
  return [
    '### Tests',
    '',
    '| tests | result | passed | failed | skipped | time |',
    '| --- | --- | --: | --: | --: | --: |',
    ...rows,
    ...(failures.length === 0
      ? []
      : ['', '| tests | failed test | reason |', '| --- | --- | --- |', ...failures]),
    ...tests.flatMap(({ name, status, tail = [] }) =>
      status === 'passed' || tail.length === 0
        ? []
        : ['', details(`The last lines of the ${escape(name)} tests`, verbatim(tail))],
    ),
  ].join('\n');
}

/** Of tests that did not run there is no time. */
const NOT_RUN = new Set(['skipped', 'not-run']);

/** More rows of right answers than a person reads are counted instead; wrong ones are all there, as far as there is room. */
const RIGHT_ROWS = 30;
/** Of the mebibyte that GitHub takes for a summary. Characters. */
const WRONG_ROOM = 250_000;

export function samplesSection({ samples, functionLog }: ReleaseResult): string {
  if (samples.length === 0) return '';
  const wrong = samples.filter((sample) => sample.mismatch !== undefined);
  const right = samples.filter((sample) => sample.mismatch === undefined);
  const answered = right.filter(({ verdict }) => verdict?.kind === 'answered').length;
  const unchecked = answered === 0 ? '' : `, ${answered} answered without an expectation`;
  return [
    `### Samples: ${right.length - answered} of ${samples.length} as expected${unchecked}`,
    ...(wrong.length === 0 ? [] : wrongTable(wrong)),
    ...(functionLog === undefined
      ? []
      : [
          '',
          details(
            `What the function logged at sample ${escape(functionLog.sample)}`,
            verbatim(functionLog.lines),
          ),
        ]),
    ...(right.length === 0 ? [] : rightTable(right, Math.max(0, RIGHT_ROWS - wrong.length))),
  ].join('\n');
}

function wrongTable(wrong: readonly SampleLine[]): string[] {
  const { kept, left } = withinRoom(wrong.map(wrongRow), WRONG_ROOM);
  const rest = `_${plural(left, 'other failing sample')} left out here: all are in the log, under "Check the samples"_`;
  return [
    '',
    '| failing sample | line | field | expected | tolerance | got | time |',
    '| --- | --: | --- | --- | --- | --- | --: |',
    ...kept,
    ...(left === 0 ? [] : [`| ${rest} | | | | | | |`]),
  ];
}

function wrongRow({ name, line, verdict, mismatch = '', durationMs }: SampleLine): string {
  const { field = '', expected = '', tolerance = '', got } = verdict ?? {};
  const cells = [
    name,
    String(line ?? ''),
    field,
    expected,
    tolerance,
    expected === '' ? mismatch : (got ?? ''),
  ];
  return `| ${cells.map(escape).join(' | ')} | ${seconds(durationMs)} |`;
}

function rightTable(right: readonly SampleLine[], most: number): string[] {
  const rest = right.length - most;
  return [
    '',
    '| sample | line | answer | time |',
    '| --- | --: | --- | --: |',
    ...right
      .slice(0, most)
      .map(
        ({ name, line, verdict, durationMs }) =>
          `| ${escape(name)} | ${line ?? ''} | ${verdict?.kind === 'answered' ? 'answered' : 'as expected'} | ${seconds(durationMs)} |`,
      ),
    ...(rest > 0 ? [`| _and ${plural(rest, 'other')}_ | | as expected | |`] : []),
  ];
}

/** An output of a job may have a mebibyte, and `services` repeats it. Characters. */
const OUTPUT_ROOM = 100_000;

/** The failing samples as JSON, for a later step; empty where none failed. `left-out` counts those for which there was no room. */
export function failedSamplesJson({ samples }: ReleaseResult): string {
  const failed = samples.filter(({ mismatch }) => mismatch !== undefined);
  if (failed.length === 0) return '';
  const texts = failed.map(({ name, line, verdict, mismatch }) => {
    const { field, expected, tolerance, got } = verdict ?? {};
    return JSON.stringify({ name, line, field, expected, tolerance, got, why: mismatch });
  });
  const { kept, left } = withinRoom(texts, OUTPUT_ROOM);
  return `{"checked":${samples.length},"failed":${failed.length},"left-out":${left},"samples":[${kept.join(',')}]}`;
}

function withinRoom(
  texts: readonly string[],
  room: number,
): { readonly kept: string[]; readonly left: number } {
  let used = 0;
  const end = texts.findIndex((text) => (used += text.length + 1) > room);
  const kept = texts.slice(0, end < 0 ? undefined : end);
  return { kept, left: texts.length - kept.length };
}

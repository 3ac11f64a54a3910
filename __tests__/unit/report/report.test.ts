import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { githubRunner, SUMMARY_LIMIT_BYTES } from '../../../src/clients/runner.ts';
import { InvalidInputs } from '../../../src/inputs/fields.ts';
import { outputsOf, OUTPUT_NAMES } from '../../../src/report/outputs.ts';
import type { ReleaseResult } from '../../../src/release/result.ts';
import { resultWith } from '../../harness/results.ts';
import { summaryOfAll } from '../../../src/report/together.ts';
import { escape } from '../../../src/report/markdown.ts';
import { summaryOf } from '../../../src/report/summary.ts';
import * as say from '../../../src/words.ts';
import type { Outcome } from '../../../src/types.ts';
import { digest } from '../../harness/fixtures.ts';

const ONE = { version: '1', digest: digest('a'), commit: 'a'.repeat(40) };
const TWO = { version: '2', digest: digest('b'), commit: 'b'.repeat(40) };

const result = resultWith;

describe('outputs', () => {
  test('a release: what is live, and what was', () => {
    expect(
      outputsOf(result({ outcome: 'ok', changed: true, before: ONE, after: TWO, apiUrl: 'https://x' })),
    ).toMatchObject({
      outcome: 'ok',
      version: '2',
      digest: TWO.digest,
      commit: TWO.commit,
      'previous-version': '1',
      'previous-digest': ONE.digest,
      'previous-commit': ONE.commit,
      'api-url': 'https://x',
      changed: 'true',
    });
  });

  test('a failure before the switch: what was live is live', () => {
    expect(outputsOf(result({ before: ONE }))).toMatchObject({
      outcome: 'failed',
      version: '1',
      changed: 'false',
    });
  });

  test('a write whose answer was lost: what is live is not known, and not said', () => {
    const undecided = result({ outcome: 'unknown', before: ONE, after: TWO, undecided: true });
    expect(outputsOf(undecided)).toMatchObject({
      version: '',
      digest: '',
      commit: '',
      'previous-version': '1',
    });
    expect(summaryOf(undecided)).toContain('| is live | not known | – | – |');
  });

  test('every name is written, whatever is known', () => {
    expect(Object.keys(outputsOf(result())).sort()).toEqual([...OUTPUT_NAMES].sort());
    for (const value of Object.values(outputsOf(result()))) expect(typeof value).toBe('string');
  });
});

describe('the summary', () => {
  test.each<[Outcome, RegExp]>([
    ['ok', /Released: deploy `iris` → `live`/],
    ['ok:noop', /Nothing to do/],
    ['superseded', /Superseded by a newer run/],
    ['rolled-back', /Rolled back/],
    ['failed', /Failed: what was live is live/],
    ['unknown', /Unknown: AWS did not say/],
    ['unknown:superseded', /Unknown: another run took over/],
  ])('%s begins with what happened', (outcome, headline) => {
    expect(summaryOf(result({ outcome })).split('\n')[0]).toMatch(headline);
  });

  test('shows what was live, what is live, and the line to paste for going back', () => {
    const text = summaryOf(
      result({
        outcome: 'ok',
        shifted: true,
        before: ONE,
        after: TWO,
        stepBack: { kind: 'to', release: ONE },
      }),
    );
    expect(text).toMatch(
      /\| was live \| 1 \| `a{12}` \| `a{12}` \|\n\| \*\*is live\*\* \| 2 \| `b{12}` \| `b{12}` \|/,
    );
    expect(text).toMatch(
      /The previous release is version 1, commit a{12}\. To roll back to it:\n\n```sh\ngh workflow run rollback\.yml/,
    );
  });

  test.each<[string, Partial<ReleaseResult>, RegExp | undefined]>([
    [
      'a canary',
      { shifted: true, stepBack: { kind: 'ends-canary', stable: ONE } },
      /ends the canary.*version 1/,
    ],
    ['a rollback', { outcome: 'rolled-back', stepBack: { kind: 'returned' } }, /live because of a rollback/],
    ['the first release', { shifted: true, stepBack: { kind: 'nothing' } }, /no release before this one/],
    [
      'no record',
      { shifted: true, stepBack: { kind: 'unrecorded' } },
      /does not name the previous release[^]*to=previous/,
    ],
    ['not known', { shifted: true, stepBack: undefined }, undefined],
    ['a deploy that failed', { stepBack: { kind: 'to', release: ONE } }, undefined],
    ['a plan', { outcome: 'ok:noop', dryRun: true, stepBack: { kind: 'to', release: ONE } }, undefined],
    [
      'live already',
      { outcome: 'ok:noop', stepBack: { kind: 'to', release: ONE } },
      /previous release is version 1/,
    ],
    [
      'a rollback that failed',
      { action: 'rollback', stepBack: { kind: 'to', release: ONE } },
      /previous release is version 1/,
    ],
  ])('the rollback from %s', (_, change, says) => {
    const text = summaryOf(result({ before: TWO, rollbackTarget: 'It is there.', ...change }));
    expect(text.includes('### Rollback')).toBe(says !== undefined || change.shifted === true);
    if (says !== undefined) expect(text).toMatch(says);
    expect(text.includes('It is there.')).toBe(change.shifted === true);
  });

  test('of several mistakes each has a line of its own', () => {
    const { message } = new InvalidInputs(['a must be b', 'c must be <d>']);
    expect(message).toBe(
      '2 invalid inputs:\n  - a must be b\n  - c must be <d>\nNothing has been called or changed.',
    );
    expect(summaryOf(result({ error: { code: 'invalid-inputs', message } }))).toContain(
      [
        '> **invalid-inputs** 2 invalid inputs:',
        '> - a must be b',
        '> - c must be &lt;d&gt;',
        '>',
        '> Nothing has been called or changed.',
      ].join('\n'),
    );
  });

  test('texts from outside change neither its structure nor its meaning', () => {
    const evil = '<img src=x onerror=alert(1)> | `code` & \n## Released';
    const text = summaryOf(
      result({
        before: ONE,
        why: evil,
        error: { code: 'x', message: evil },
        warnings: [evil],
        samples: [{ name: evil, mismatch: evil, durationMs: 1 }],
        tests: [{ name: evil, status: evil, durationMs: 1 }],
        timings: [{ name: evil, result: evil, ok: false, durationMs: 1 }],
        apiUrl: evil,
        rollbackTarget: evil,
      }),
    );
    expect(text).not.toContain('<img');
    expect(text).not.toMatch(/^## Released/m);
    for (const row of text
      .split('\n')
      .filter((line) => line.startsWith('| <img') || line.includes('onerror')))
      expect(row.replaceAll('\\|', '').replaceAll('\\`', '')).not.toMatch(/`code`/);
  });

  test('a table’s cell stays one cell', () => {
    expect(escape('a|b\n<c>`d`&')).toBe('a\\|b<br>&lt;c&gt;\\`d\\`&amp;');
  });

  test('hundreds of samples: the wrong ones are shown, the rest is counted', () => {
    const samples = Array.from({ length: 300 }, (_, index) => ({
      name: `s${index}`,
      mismatch: index === 299 ? 'expected 1, got 2' : undefined,
      durationMs: 1,
    }));
    const text = summaryOf(result({ samples }));
    expect(text).toMatch(/Samples: 299 of 300 as expected/);
    expect(text).toContain('| s299 |  |  |  |  | expected 1, got 2 |');
    expect(text).toContain('and 270 others');
  });

  const differing = (count: number, got = '0.92') =>
    Array.from({ length: count }, (_, index) => ({
      name: `s${index}`,
      line: index + 1,
      mismatch: `expected 0.9 ± 0.01 at p, got ${got}`,
      verdict: { kind: 'differs', field: 'p', expected: '0.9', tolerance: '± 0.01', got },
      durationMs: 1,
    }));

  test('every failing sample has its row: name, line, field, expected, tolerance and got', () => {
    const text = summaryOf(result({ samples: differing(200) }));
    for (let n = 0; n < 200; n += 1)
      expect(text).toContain(`| s${n} | ${n + 1} | p | 0.9 | ± 0.01 | 0.92 | 1 ms |`);
    expect(text).not.toContain('left out');
  });

  test('ten thousand failing samples: as many as fit, how many are left out, and where all are', () => {
    const text = summaryOf(result({ samples: differing(10_000, '<'.repeat(160)) }));
    expect(Buffer.byteLength(text)).toBeLessThan(SUMMARY_LIMIT_BYTES);
    const rows = text.match(/^\| s\d+ \|/gm)?.length ?? 0;
    expect(rows).toBeGreaterThan(300);
    expect(text).toContain(`_${10_000 - rows} other failing samples left out here: all are in the log`);
  });

  test('the failing samples as JSON, up to what an output may have', () => {
    const json = (count: number) =>
      JSON.parse(outputsOf(result({ samples: differing(count) }))['failed-samples']) as {
        readonly samples: readonly unknown[];
      };
    expect(json(2)).toEqual({
      checked: 2,
      failed: 2,
      'left-out': 0,
      samples: [0, 1].map((n) => ({
        name: `s${n}`,
        line: n + 1,
        field: 'p',
        expected: '0.9',
        tolerance: '± 0.01',
        got: '0.92',
        why: 'expected 0.9 ± 0.01 at p, got 0.92',
      })),
    });
    const many = json(10_000);
    expect(many).toMatchObject({ failed: 10_000, 'left-out': 10_000 - many.samples.length });
    expect(JSON.stringify(many).length).toBeLessThan(110_000);
    expect(outputsOf(result({ samples: [] }))['failed-samples']).toBe('');
  });

  test('a failed test has its row: its name and why', () => {
    const failures = [
      { name: 'tests/test_a.py::test_b', reason: 'assert 0.71 > 0.9' },
      { name: 'test_c', reason: undefined },
    ];
    const tests = [{ name: 'unit', status: 'failed', passed: 1, failed: 2, failures, durationMs: 1 }];
    const text = summaryOf(result({ tests }));
    expect(text).toContain('| unit | failed | 1 | 2 | – | 1 ms |');
    expect(text).toContain('| unit | tests/test_a.py::test_b | assert 0.71 &gt; 0.9 |');
    expect(text).toContain('| unit | test_c | – |');
  });

  const passed = { name: 'unit', status: 'passed', durationMs: 1 };
  const right = { name: 'a', mismatch: undefined, durationMs: 1 };
  test.each<[string, Partial<ReleaseResult>, string]>([
    ['neither tests nor samples', {}, 'false'],
    ['tests that were skipped', { tests: [{ ...passed, status: 'skipped' }] }, 'false'],
    ['tests', { tests: [passed] }, 'true'],
    ['samples', { samples: [right] }, 'true'],
    ['nothing to release', { outcome: 'ok:noop' }, ''],
    ['a rollback', { action: 'rollback' }, ''],
  ])('what proved a release with %s', (_, given, proven) => {
    const found = result({ outcome: 'ok', ...given });
    expect(outputsOf(found).proven).toBe(proven);
    const [headline = ''] = summaryOf(found).split('\n');
    expect(headline.includes('nothing proved this release')).toBe(proven === 'false');
    expect(headline.includes('✅')).toBe(proven !== 'false');
  });

  test('an API that was not checked is in the headline, without a tick', () => {
    const found = result({ outcome: 'ok', samples: [right], apiNotChecked: 'it answers 500' });
    expect(summaryOf(found).split('\n')[0]).toBe(
      '## ⚠️ Released: deploy `iris` → `live`; API not checked, because it answers 500',
    );
    const both = summaryOfAll([
      { ...found, service: 'a' },
      { ...found, service: 'b', apiNotChecked: undefined },
    ]);
    expect(both).toMatch(/^# ⚠️ Released: 2 services together/);
  });

  test('above 1 MiB it is cut at a line’s end, and says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'model-release-summary-'));
    const path = join(folder, 'summary');
    const line = `${'ü'.repeat(100)}\n`;
    await githubRunner({ GITHUB_STEP_SUMMARY: path }).summary(line.repeat(10_000));
    const written = await readFile(path, 'utf8');
    expect(Buffer.byteLength(written)).toBeLessThan(SUMMARY_LIMIT_BYTES + 200);
    expect(Buffer.byteLength(written)).toBeGreaterThan(SUMMARY_LIMIT_BYTES - 500);
    expect(written).toMatch(/ü{100}\n\n\n?_The summary was longer than GitHub shows and is cut here\._\n$/);
    expect(written).not.toContain('�');
    await rm(folder, { recursive: true });
  });
});

describe('words', () => {
  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [59_900, '59.9 s'],
    [60_000, '1 min 0 s'],
    [125_000, '2 min 5 s'],
    [119_999, '2 min 0 s'],
  ])('%d ms is %s', (ms, text) => expect(say.seconds(ms)).toBe(text));

  test('counts, digests, releases', () => {
    expect([say.plural(1, 'step'), say.plural(2, 'step'), say.plural(0, 'entry', 'entries')]).toEqual([
      '1 step',
      '2 steps',
      '0 entries',
    ]);
    expect(say.short(TWO.digest)).toBe('b'.repeat(12));
    expect(say.short(undefined)).toBe('');
    expect(say.named(TWO)).toBe(`version 2, commit ${'b'.repeat(12)}`);
    expect(say.named({ ...TWO, commit: undefined })).toBe('version 2');
    expect(say.named(undefined)).toBe('nothing');
  });
});

import { describe, expect, test } from '@jest/globals';
import { summaryOf } from '../../../src/report/summary.ts';
import { resultWith } from '../../harness/results.ts';

describe('what the function logged at a failing sample', () => {
  const sample = { name: 'setosa', line: 1, milliseconds: 3, mismatch: 'the function failed' };
  const logged = (lines: readonly string[]) =>
    summaryOf(resultWith({ samples: [sample as never], functionLog: { sample: 'setosa', lines } }));

  test('is folded below the samples, under the name of the sample', () => {
    const summary = logged(['Traceback', 'KeyError: petal']);
    expect(summary).toMatch(
      /<details><summary>What the function logged at sample setosa<\/summary>\n\n```text\nTraceback\nKeyError: petal\n```\n\n<\/details>/,
    );
  });

  test('ends no fence, whatever backticks are in it', () => {
    const summary = logged(['````', '</details>', '## not a headline']);
    expect(summary).toContain('`````text\n````\n</details>\n## not a headline\n`````\n');
  });
});

/** The pictures show what the code says today: their Markdown lies beside them. */
import { readFileSync, statSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { pullRequestComment, withoutMeasures } from '../../scripts/pictures/pull-request.ts';
import { summaries } from '../../scripts/pictures/summaries.ts';

test('the summaries of fresh runs are those of the pictures; after a change: npm run pictures', async () => {
  for (const [name, markdown] of Object.entries(await summaries())) {
    expect(readFileSync(`docs/pictures/${name}.md`, 'utf8')).toBe(markdown);
    for (const scheme of ['light', 'dark'])
      expect(statSync(`docs/pictures/${name}-${scheme}.png`).size).toBeLessThan(200_000);
  }
});

test('the comment of a fresh plan is that of the picture, but for what was measured', async () => {
  const shown = readFileSync('docs/pictures/pull-request.md', 'utf8');
  expect(withoutMeasures(await pullRequestComment())).toBe(withoutMeasures(shown));
  expect(shown).toMatch(/row 71.*\n.*row 73/);
  for (const scheme of ['light', 'dark'])
    expect(statSync(`docs/pictures/pull-request-${scheme}.png`).size).toBeLessThan(150_000);
}, 300_000);

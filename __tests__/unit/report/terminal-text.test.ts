import { expect, test } from '@jest/globals';
import { renderMarkdown } from '../../../src/report/terminal-text.ts';

test('a fence holds shorter fences, tables and headings as they are', () => {
  const markdown = ['````text', '```', '| a |', '## b', '```', '````', '## c'].join('\n');
  expect(renderMarkdown(markdown)).toBe(['    ```', '    | a |', '    ## b', '    ```', 'c'].join('\n'));
});

test('a short address stands behind its words, a long one is left out', () => {
  expect(renderMarkdown('[run 7](https://github.com/acme/iris/actions/runs/7)')).toBe(
    'run 7 (https://github.com/acme/iris/actions/runs/7)',
  );
  expect(renderMarkdown(`[alias live](https://console.aws.amazon.com/${'x'.repeat(100)})`)).toBe(
    'alias live',
  );
});

test('in a table the words stand alone', () => {
  expect(renderMarkdown('| run |\n| --- |\n| [7](https://github.com/x) |')).toBe('  run\n  7');
});

/** docs/samples.md says what the reader does. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { DEEPEST_LEVEL } from '../../../src/checks/json.ts';
import { readSamples } from '../../../src/checks/read-samples.ts';
import { SAMPLE_KEYS } from '../../../src/checks/sample-keys.ts';

const page = readFileSync(new URL('../../../docs/samples.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```jsonl\n(.*?)```/gs)].map(([, text]) => text ?? '');

test('its table names every key, and no other', () => {
  const named = [...page.matchAll(/^\| `([a-z0-9-]+)` /gm)].map(([, key]) => key);
  expect(named.sort()).toEqual([...SAMPLE_KEYS].sort());
});

test('its examples are samples, and show every key', () => {
  expect(examples).toHaveLength(4);
  for (const example of examples) expect(() => readSamples('docs/samples.md', example)).not.toThrow();
  const shown = examples
    .join('')
    .trim()
    .split('\n')
    .flatMap((line) => Object.keys(JSON.parse(line) as object));
  const bytes = 'expected-base64';
  expect([...new Set([...shown, bytes])].sort()).toEqual([...SAMPLE_KEYS].sort());
});

test('its limits are those of the reader', () => {
  expect(page).toContain(`at most ${DEEPEST_LEVEL} levels deep`);
});

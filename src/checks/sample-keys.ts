import { nearest } from '../inputs/config/nearest.ts';

/** Every key of a sample; docs/samples.md describes each of them. */
export const SAMPLE_KEYS: ReadonlySet<string> = new Set([
  'name',
  'input',
  'expected',
  'expected-text',
  'expected-base64',
  'expected-sha256',
  'expected-status',
  'tolerance',
  'relative-tolerance',
  'route',
  'content-type',
  'accept',
]);

/** What other tools call the same thing. */
const SYNONYMS: Readonly<Record<string, string>> = {
  answer: 'expected',
  atol: 'tolerance',
  body: 'input',
  event: 'input',
  expect: 'expected',
  expected_output: 'expected',
  label: 'expected',
  output: 'expected',
  path: 'route',
  payload: 'input',
  request: 'input',
  response: 'expected',
  rtol: 'relative-tolerance',
  status: 'expected-status',
  target: 'expected',
};

/** The key that was most likely meant; undefined where none is near. */
export function nearestKey(word: string): string | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(SYNONYMS, lower) ? SYNONYMS[lower] : nearest(word, SAMPLE_KEYS);
}

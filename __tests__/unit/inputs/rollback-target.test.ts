/** What `to` says by its form. */
import { expect, test } from '@jest/globals';
import { InvalidInputs } from '../../../src/inputs/fields.ts';
import { readRollbackInputs } from '../../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../../src/inputs/services.ts';

type Texts = Readonly<Record<string, string>>;

const HEX = '0123456789abcdef'.repeat(4);

function read(texts: Texts) {
  const given: Texts = { 'function-name': 'iris', ...texts };
  return readRollbackInputs({ text: (name) => given[name] });
}

test.each<[string, object]>([
  ['previous', { to: 'previous' }],
  ['41', { to: 'version', version: '41' }],
  ['999999', { to: 'version', version: '999999' }],
  [`sha256:${HEX}`, { to: 'digest', digest: `sha256:${HEX}` }],
  [HEX.slice(0, 40), { to: 'commit', toCommit: HEX.slice(0, 40) }],
  [HEX, { to: 'commit', toCommit: HEX }],
  // What every summary prints, and git's own shortest.
  [HEX.slice(0, 12), { to: 'prefix', prefix: HEX.slice(0, 12) }],
  ['abcdef1', { to: 'prefix', prefix: 'abcdef1' }],
  ['123456789012', { to: 'prefix', prefix: '123456789012' }],
  [HEX.slice(0, 63), { to: 'prefix', prefix: HEX.slice(0, 63) }],
  ['sha256:0123456', { to: 'prefix', prefix: 'sha256:0123456' }],
  ['v1.4.0', { to: 'tag', tag: 'v1.4.0' }],
  ['releases-2026-11', { to: 'tag', tag: 'releases-2026-11' }],
  ['2026.11', { to: 'tag', tag: '2026.11' }],
])('to: %s is taken for what it looks like', (to, expected) => {
  expect(read({ to })).toMatchObject(expected);
});

test.each<[string, Texts, RegExp]>([
  ['previous misspelt', { to: 'previuos' }, /^to is "previuos"; did you mean previous\?/],
  ['commit misspelt', { to: 'comit' }, /did you mean commit\?/],
  ['six digits of a commit', { to: 'abc123' }, /^to must have at least 7 digits/],
  ['six digits of a digest', { to: 'sha256:abc123' }, /^to must have at least 7 digits/],
  ['version 0', { to: '0' }, /^to must be a version's number from 1/],
  ['blanks', { to: 'v1 v2' }, /^to must be previous, /],
  ['a tag that ECR does not take', { to: 'releases/1' }, /^to must be previous, .*or a tag/],
  ['an option of git', { to: '--all' }, /^to must be previous, /],
  ['two versions', { to: '41', version: '42' }, /^to: 41 names the target already; leave version out/],
])('refused: %s', (_, texts, expected) => {
  expect(mistakes(() => read(texts))).toEqual([expect.stringMatching(expected)]);
});

test('a shortened digest means one function, a shortened commit means all services', () => {
  const all = (to: string) =>
    readServices(
      ['a', 'b'].map((name) => ({
        name,
        source: { text: (input: string) => ({ to, 'function-name': name })[input] },
      })),
      readRollbackInputs,
    );
  expect(mistakes(() => all('sha256:0123456'))).toEqual([expect.stringMatching(/means one function/)]);
  expect(all('0123456').map(({ inputs }) => inputs.prefix)).toEqual(['0123456', '0123456']);
});

function mistakes(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidInputs) return error.mistakes;
    throw error;
  }
  return [];
}

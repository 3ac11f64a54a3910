/** What the compiler holds of results: a misspelt or foreign fact is no fact, and every ending has to be handled. */
import { expect, test } from '@jest/globals';
import { also, type Ending, type Facts } from '../../../src/release/result.ts';
import type { Shifted } from '../../../src/release/shift.ts';

test('a misspelt fact does not compile', () => {
  // @ts-expect-error -- `changd` is no fact.
  const facts: Facts = also({}, { changd: true });
  // @ts-expect-error -- neither is it one beside others.
  const more: Facts = also({ shifted: true }, { rolbackTarget: 'version 1' });
  // @ts-expect-error -- an ending has an outcome that exists.
  const ending: Ending = { outcome: 'okay', why: '', facts };
  expect([facts, more, ending]).toHaveLength(3);
});

test('what a shift came to cannot be read before its kind is known', () => {
  const read = (shifted: Shifted) =>
    // @ts-expect-error -- a shift that was refused tells no live release.
    shifted.live;
  expect(read).toBeInstanceOf(Function);
});

test('a fact is added to a copy', () => {
  const before: Facts = { shifted: false };
  expect(also(before, { shifted: true })).toEqual({ shifted: true });
  expect(before).toEqual({ shifted: false });
});

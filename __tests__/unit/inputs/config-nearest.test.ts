import { expect, test } from '@jest/globals';
import fc from '../../harness/property.ts';
import { editDistance, nearest } from '../../../src/inputs/config/nearest.ts';

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
  ['ab', 'ba', 1],
  ['ca', 'abc', 3],
])('%j and %j are %d apart', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test('the distance is zero for equal words only, the same both ways, and at most the longer word', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance === 0).toBe(a === b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

test('nothing is suggested for a word that is like none', () => {
  expect(nearest('colour', ['memory-size', 'alias'])).toBeUndefined();
  expect(nearest('x'.repeat(10_000), ['memory-size'])).toBeUndefined();
});

import { expect, test } from '@jest/globals';
import { samplesSaid, testsSaid } from '../../../src/release/deploy-words.ts';

const line = (status: string, passed?: number) => ({ name: 'unit', status, passed, durationMs: 1 });

test('tests that passed are said with their count', () => {
  expect(testsSaid([line('passed', 18)])).toBe('unit passed (18 passed)');
});

test.each(['skipped', 'not-run'])('tests that are %s show no success: the group has no tick', (status) => {
  expect(testsSaid([line(status)])).toEqual({ open: `unit ${status}` });
});

test('tests that run elsewhere, in the image say, show no success here', () => {
  expect(testsSaid([])).toEqual({ open: 'none on the runner' });
});

test('one command that passed is enough to say that tests ran', () => {
  expect(testsSaid([line('passed', 2), { ...line('skipped'), name: 'integration' }])).toBe(
    'unit passed (2 passed), integration skipped',
  );
});

test('no samples show no success', () => {
  expect(samplesSaid([])).toEqual({ open: 'no samples; the version is Active' });
});

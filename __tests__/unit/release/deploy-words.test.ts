import { expect, test } from '@jest/globals';
import { testsSaid } from '../../../src/release/deploy-words.ts';

const line = (status: string, passed?: number) => ({ name: 'unit', status, passed, durationMs: 1 });

test('tests that passed are said with their count', () => {
  expect(testsSaid([line('passed', 18)])).toBe('unit passed (18 passed)');
});

test('tests that did not run are nothing that was checked: the group has no tick', () => {
  expect(testsSaid([line('not run')])).toEqual({ notChecked: 'unit not run' });
});

test('one command that ran is enough to say that tests ran', () => {
  expect(testsSaid([line('passed', 2), { ...line('not run'), name: 'integration' }])).toBe(
    'unit passed (2 passed), integration not run',
  );
});

/** A rollback asks ECR whether the target's image is still there. Where ECR does not answer, it goes on, and says what it could not ask. */
import { describe, expect, test } from '@jest/globals';
import type { FaultRule } from '../../../local/faults.ts';
import { releasedTwice } from './scene.ts';

const UNANSWERED: readonly (readonly [string, Omit<FaultRule, 'operation'>])[] = [
  ['ECR answers 500', { kind: '5xx-before' }],
  ['ECR does not answer in time', { kind: 'timeout-before' }],
  ['the connection breaks', { kind: 'drop-before' }],
  ['ECR throttles', { kind: 'throttle' }],
  ['ECR asks to come back in hours', { kind: 'throttle', retryAfterSeconds: 7_200 }],
  ['the role may not ask', { kind: 'denied' }],
  ['the answer is empty', { kind: 'empty-before' }],
];

describe.each([{}, { force: 'true' }, { to: '1' }])('a rollback with %j goes on', (inputs) => {
  test.each(UNANSWERED)('although %s', async (_, fault) => {
    const scene = await releasedTwice();
    scene.world.aws.faults.add({ ...fault, operation: 'BatchGetImage', times: null });
    const began = scene.world.aws.now();
    const { result } = await scene.rollback(inputs);
    expect(result).toMatchObject({ outcome: 'rolled-back', error: undefined, after: { version: '1' } });
    expect(result.warnings).toEqual([
      expect.stringMatching(
        /^Whether ECR still has the image of version 1 could not be checked, .*BatchGetImage/,
      ),
    ]);
    expect(scene.alias().functionVersion).toBe('1');
    expect(scene.world.aws.now() - began).toBeLessThan(5 * 60_000);
  });
});

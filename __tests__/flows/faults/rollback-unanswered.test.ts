/** A rollback asks ECR for the target's image, and API Gateway for the stage. Where they do not answer, it goes on, and says what it could not ask. */
import { describe, expect, test } from '@jest/globals';
import type { FaultRule } from '../../../local/faults.ts';
import { variables, withHttpApi, withRestApi } from './api-scene.ts';
import { begin, releasedTwice } from './scene.ts';

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

describe.each([
  ['REST', withRestApi],
  ['HTTP', withHttpApi],
] as const)('behind a %s API a rollback goes on', (kind, withApi) => {
  test.each(UNANSWERED.map(([what, fault]) => [what.replace('ECR', 'API Gateway'), fault] as const))(
    'although %s, and the next one writes the stage',
    async (_, fault) => {
      const scene = await withApi();
      expect((await scene.deploy(scene.inputs)).result.outcome).toBe('ok');
      let silent = true;
      const matches = () => silent;
      scene.world.aws.faults.add({ ...fault, operation: 'GetStage', times: null, matches });
      const now = begin(scene);
      const began = scene.world.aws.now();
      const { result } = await now.rollback(scene.inputs);
      expect(result).toMatchObject({ outcome: 'rolled-back', error: undefined, after: { version: '1' } });
      expect(result.warnings).toEqual([
        expect.stringMatching(
          new RegExp(`^The stage of ${kind} API \\w+, .* could not be read.*(GetStage|apigateway:GET)`),
        ),
      ]);
      expect(now.writes()).toEqual(['UpdateAlias']);
      expect(scene.world.aws.now() - began).toBeLessThan(5 * 60_000);
      silent = false;
      expect((await now.rollback(scene.inputs)).result).toMatchObject({ outcome: 'ok:noop', warnings: [] });
      expect(now.writes()).toEqual(['UpdateAlias', 'UpdateStage']);
      expect(variables(scene)).toMatchObject({ release_version: '1' });
    },
  );
});

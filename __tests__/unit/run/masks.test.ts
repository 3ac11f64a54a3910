/** Every secret of every service is masked before anything of the run is said. */
import { expect, test } from '@jest/globals';
import { deployAction } from '../../../src/actions/deploy.ts';
import { readDeployInputs } from '../../../src/inputs/deploy-inputs.ts';
import type { ReleaseTools } from '../../../src/release/tools.ts';
import { runAction } from '../../../src/run/run-action.ts';
import { memoryRunner } from '../../harness/runner.ts';
import { resultWith } from '../../harness/results.ts';

test('the secrets of the second service, too', async () => {
  const runner = memoryRunner({}, { GITHUB_RUN_ID: '1', GITHUB_SHA: 'a'.repeat(40) });
  const services = ['first', 'second', 'third'];
  const sources = services.map((name) => {
    const texts: Readonly<Record<string, string>> = {
      'function-name': name,
      'ecr-repository': name,
      'aws-region': 'eu-central-1',
      'github-token': `ghs_${name}`,
      secrets: `PIP=${name}-password\nTWO=${name}-key`,
    };
    return { name, source: { text: (input: string) => texts[input] } };
  });
  let masked: readonly string[] = [];
  await runAction(
    {
      ...deployAction,
      read: readDeployInputs,
      run: async (all) => {
        masked = [...runner.secrets];
        expect(runner.lines).toEqual([]);
        return all.map(() => resultWith({ outcome: 'ok' }));
      },
    },
    {
      runner,
      sources: async () => sources,
      tools: () => ({ clock: { now: () => 0 }, random: () => 0 }) as unknown as ReleaseTools,
      onStop: () => undefined,
      exit: () => undefined,
      grace: async () => undefined,
    },
  );
  expect(masked).toEqual(services.flatMap((name) => [`ghs_${name}`, `${name}-password`, `${name}-key`]));
});

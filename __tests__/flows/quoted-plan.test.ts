import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { seedRestApi } from '../../local/aws/api-seeds.ts';
import { commit } from '../harness/world.ts';
import { released } from './faults/scene.ts';

test('the plan that docs/how-it-works.md quotes is what this dry run prints', async () => {
  const { world, deploy } = await released();
  const api = seedRestApi(world.aws, { functionName: 'iris', alias: 'live' });
  const { runner } = await deploy(
    {
      'unit-tests': 'python3 -m pytest tests/unit_tests',
      'memory-size': '2048',
      'rest-api-id': api.id,
      'api-stage': 'prod',
      'dry-run': 'true',
    },
    { commit: commit(3) },
  );
  const [, quoted] = /```text\n([\s\S]*?)```/.exec(readFileSync('docs/how-it-works.md', 'utf8')) ?? [];
  const printed = runner.lines.filter((line) => /^\d+\. /.test(line));
  expect(quoted?.trimEnd().split('\n')).toEqual(printed);
});

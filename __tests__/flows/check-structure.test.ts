import { expect, test } from '@jest/globals';
import { attachWorld, CI, CI_PATH, model, outcomes, runAttach } from './attach-world.ts';

test('check-structure names what a repository lacks, with the command that adds it', async () => {
  const world = attachWorld();
  model(world, 'bare');
  model(world, 'whole', {
    files: {
      Dockerfile: '',
      'lambda_function.py': '',
      'model_code/__init__.py': '',
      'tests/unit_tests/test_a.py': '',
      'tests/integration_tests/test_b.py': '',
      [CI_PATH]: CI,
    },
  });
  const run = await runAttach(world, { inputs: { mode: 'check-structure' } });
  expect([outcomes(run.report), run.code]).toEqual([
    { bare: 'incomplete', whole: 'complete' },
    'attach-drift',
  ]);
  const missing = run.report?.rows.find(({ name }) => name === 'acme/bare')?.missing ?? [];
  expect(missing.map(({ entry }) => entry.path)).toEqual([
    'model_code',
    'tests/unit_tests',
    'tests/integration_tests',
    CI_PATH,
  ]);
  expect(run.summary).toContain(
    'repos/tools/release/contents/template/tests/unit_tests/test_model.py?ref=v1.2',
  );
});

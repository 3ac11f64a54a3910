import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** A share of every level, as one process: the levels bring threads of their own. */
test('no fault, interleaving or input breaks an invariant, and every guard is needed', () => {
  const run = spawnSync(process.execPath, ['scripts/test-crash.ts', '--share', '--json'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(run.stderr).not.toContain('again: npm run test:crash');
  const table = JSON.parse(run.stdout) as Record<string, { runs: number; broken: number }>;
  for (const [level, { runs, broken }] of Object.entries(table)) {
    expect({ level, broken, some: runs > 0 }).toEqual({ level, broken: 0, some: true });
  }
  expect(run.status).toBe(0);
}, 1_200_000);

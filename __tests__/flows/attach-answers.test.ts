/** Attach in small: what it selects, what it makes of a lost answer, and what it names. */
import { expect, test } from '@jest/globals';
import { pushFiles } from '../../local/github/seeds.ts';
import { attachWorld, CI_PATH, model, outcomes, runAttach, writesOf } from '../harness/attach-world.ts';

test('several names select all of them', async () => {
  const world = attachWorld();
  for (const name of ['model-a', 'model-b', 'model-c']) model(world, name);
  const { report } = await runAttach(world, {
    inputs: { 'dry-run': 'true', repositories: 'model-a, model-b' },
  });
  expect(Object.keys(outcomes(report)).sort()).toEqual(['model-a', 'model-b']);
});

test.each(['drop-after', 'drop-before'] as const)(
  'an answer is lost (%s): it looks again, and the pull request is there',
  async (kind) => {
    const world = attachWorld();
    model(world, 'iris');
    world.github.faults.add({ kind, at: 2, times: 1 });
    const { report, code } = await runAttach(world);
    expect([outcomes(report), code]).toEqual([{ iris: 'created' }, undefined]);
  },
);

test('an answer is lost and nothing can be seen any more: the report says so of each repository', async () => {
  const world = attachWorld();
  for (const name of ['a', 'b', 'c']) model(world, name);
  world.github.faults.add(
    { kind: 'drop-after', at: 2, times: 1 },
    { kind: '5xx-before', operation: 'nodes', times: null },
  );
  const { report, code, exitCode } = await runAttach(world, { inputs: { wave: '2' } });
  expect(outcomes(report)).toEqual({ a: 'failed', b: 'created', c: 'remaining' });
  expect(report?.rows[0]?.reason).toMatch(/^GitHub's answer was lost .*; run it again$/);
  expect([code, exitCode]).toEqual(['attach-partial', 1]);
});

test('a conflict names the pull request that a person has to decide on', async () => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  await runAttach(world);
  const branch = iris.pullRequests[0]?.headRefName ?? '';
  pushFiles(iris, branch, { files: { [CI_PATH]: 'name: reviewed\n' } });
  const { report } = await runAttach(world);
  expect(report?.rows[0]).toMatchObject({ outcome: 'conflict', pull: { number: 1 } });
});

test('a list of repositories whose pages lead in a circle ends, and says so', async () => {
  const world = attachWorld();
  for (let n = 0; n < 3; n += 1) model(world, `m${n}`);
  const handle: typeof world.github.handle = async (request, caller) => {
    const body = Buffer.from(request.body).toString().replace('"after":"again"', '"after":null');
    const response = await world.github.handle({ ...request, body: Buffer.from(body) }, caller);
    const shown = Buffer.from(response.body).toString();
    const circling = shown.replace(
      /"pageInfo":\{[^}]*\}/,
      '"pageInfo":{"endCursor":"again","hasNextPage":true}',
    );
    return { ...response, body: Buffer.from(circling) };
  };
  const run = await runAttach({ ...world, github: { ...world.github, handle } });
  expect([run.code, run.exitCode]).toEqual(['github-read', 1]);
  expect(run.message).toContain('the list does not end: page 2 leads to one that was read before');
  expect(writesOf(world)).toBe(0);
});

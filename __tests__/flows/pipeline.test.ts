/** The composite action of pipeline/, step by step as a runner takes it: the committed bundle over the local AWS. */
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { commit, FIRST, startLab, type Lab, type RunOptions } from '../../scripts/lab.ts';

let lab: Lab;
const { 'function-name': name, 'ecr-repository': repository } = FIRST;
const IRIS = { 'function-name': name, 'ecr-repository': repository };

afterEach(() => lab.stop());

/** Version 1 serves commit 1, and commit 2 has an image. */
async function start(): Promise<void> {
  lab = await startLab();
  for (const n of [1, 2]) lab.image(n);
  await lab.deploy(FIRST, { commit: 1 });
}

const pipeline = (inputs: Readonly<Record<string, string>> = {}, options: RunOptions = {}) =>
  lab.run('pipeline', { ...IRIS, ...inputs }, { commit: 2, ...options });

const live = async () => (JSON.parse(await lab.ask('iris')) as { commit: string }).commit;

const writes = ({ calls }: Awaited<ReturnType<typeof pipeline>>) =>
  calls.aws.filter(({ operation }) => operation === 'UpdateAlias').length;

/** Called when the alias has been written, before the answer leaves. */
function onceReleased(act: () => void): void {
  lab.aws.afterEffect = ({ call }) => {
    if (call.operation !== 'UpdateAlias') return;
    delete lab.aws.afterEffect;
    act();
  };
}

test('releases, and its outputs are those of the deploy', async () => {
  await start();
  const { exitCode, outputs, annotations, summary, log } = await pipeline({
    'role-to-assume': 'arn:aws:iam::1:role/x',
  });
  expect([exitCode, annotations]).toEqual([0, []]);
  expect(outputs).toMatchObject({
    outcome: 'ok',
    version: '2',
    commit: commit(2),
    changed: 'true',
    proven: 'true',
  });
  expect(outputs).toMatchObject({
    'previous-version': '1',
    'image-uri': expect.stringContaining('@sha256:'),
  });
  expect(summary.match(/^## /gm)).toHaveLength(1);
  expect(log[0]).toMatch(/^Run aws-actions\/configure-aws-credentials@[0-9a-f]{40}$/);
  expect(await live()).toBe(commit(2));
});

test('a release that fails its samples is refused, and nothing is left to be rolled back', async () => {
  await start();
  lab.image(3, () => ({ ok: false }));
  const result = await pipeline({}, { commit: 3 });
  expect(result.exitCode).toBe(1);
  expect(result.outputs).toMatchObject({ outcome: 'failed', version: '1', changed: 'false' });
  expect(result.outputs['failed-samples']).toContain('typical');
  expect([writes(result), await live()]).toEqual([0, commit(1)]);
});

test('a check that succeeds sees what was released', async () => {
  await start();
  const { exitCode, outputs, log } = await pipeline({
    verify: 'echo "saw $VERSION ${DIGEST:0:7} ${#SERVICES}"\npwd',
  });
  expect([exitCode, outputs['outcome']]).toEqual([0, 'ok']);
  expect(log).toContain('saw 2 sha256: 0');
  expect(log).toContain(lab.workspace);
});

test('a check that fails rolls back what this run released, and the outputs say so', async () => {
  await start();
  const result = await pipeline({ verify: 'false | true\necho never' });
  expect([result.exitCode, await live(), writes(result)]).toEqual([1, commit(1), 2]);
  expect(result.outputs).toMatchObject({
    outcome: 'rolled-back',
    version: '1',
    commit: commit(1),
    changed: 'true',
  });
  expect(result.outputs).toMatchObject({ 'image-uri': '', 'previous-version': '1' });
  expect(result.log).not.toContain('never');
  expect(result.summary).toContain('the release was not verified');
});

test('a check that fails never rolls back what another run released', async () => {
  await start();
  await lab.deploy({}, { commit: 2 });
  // Where a rollback alone would undo anyone's release.
  const result = await pipeline({ verify: 'exit 3' }, { event: 'workflow_dispatch' });
  expect([result.exitCode, await live(), writes(result)]).toEqual([1, commit(2), 0]);
  expect(result.outputs).toMatchObject({ outcome: 'failed', version: '2', changed: 'false' });
});

test('a dry run checks and changes nothing', async () => {
  await start();
  const { exitCode, calls, log } = await pipeline({ 'dry-run': 'True', verify: 'echo checked; exit 1' });
  expect([exitCode, calls.aws.filter(({ isWrite }) => isWrite), log.includes('checked')]).toEqual([
    0,
    [],
    false,
  ]);
});

test('a deploy whose process was lost after it had released is rolled back', async () => {
  await start();
  await lab.write({ 'tests/parent.sh': 'echo $PPID > deploy.pid' });
  onceReleased(() => {
    process.kill(Number(readFileSync(join(lab.workspace, 'deploy.pid'), 'utf8')), 'SIGKILL');
  });
  const result = await pipeline({ 'unit-tests': 'sh tests/parent.sh' });
  expect([result.exitCode, await live(), writes(result)]).toEqual([1, commit(1), 2]);
  expect(result.outputs).toMatchObject({ outcome: 'rolled-back', version: '1', changed: 'true' });
});

test('a job that is cancelled during the deploy ends with the release before', async () => {
  await start();
  const stop = new AbortController();
  onceReleased(() => stop.abort());
  const { exitCode, outputs, log } = await pipeline({ verify: 'true' }, { signal: stop.signal });
  expect(log).toContainEqual(expect.stringMatching(/^SIGTERM: /));
  expect([exitCode, outputs['outcome'], await live()]).toEqual([1, 'rolled-back', commit(1)]);
});

test('a job that is cancelled during the check ends with the release before', async () => {
  await start();
  const stop = new AbortController();
  const watcher = watch(lab.workspace, (_, file) => {
    if (file === 'checking') stop.abort();
  });
  const { exitCode, outputs } = await pipeline(
    { verify: 'touch checking; exec sleep 60' },
    { signal: stop.signal },
  );
  watcher.close();
  expect([exitCode, outputs['outcome'], await live()]).toEqual([1, 'rolled-back', commit(1)]);
});

describe('what it was given', () => {
  test.each([
    ['verfy', 'verify'],
    ['role-to-asume', 'role-to-assume'],
    ['dryrun', 'dry-run'],
  ])('%s is refused, and the deploy is called with nothing', async (given, meant) => {
    await start();
    const { exitCode, annotations, outputs, calls } = await pipeline({ [given]: 'true' });
    expect([exitCode, calls.aws, outputs['outcome']]).toEqual([1, [], 'failed']);
    expect(annotations.map(({ message }) => message)).toEqual([
      expect.stringContaining(`did you mean ${meant}`),
    ]);
  });

  test('a role without a region is refused before anything is called', async () => {
    await start();
    const { exitCode, annotations, calls } = await pipeline(
      { 'role-to-assume': 'x' },
      { env: { AWS_REGION: undefined } },
    );
    expect([exitCode, calls.aws]).toEqual([1, []]);
    expect(annotations.map(({ title }) => title)).toEqual(['aws-region is missing']);
  });

  test('a secret of a build does not reach the tests', async () => {
    await start();
    const { log } = await pipeline({ secrets: 'key=sesame-opens', 'unit-tests': 'env' });
    expect(log.join('\n')).toMatch(/^PATH=/m);
    expect(log.join('\n')).not.toMatch(/sesame|INPUT_|"function-name"/);
  });
});

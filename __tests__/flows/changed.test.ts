/** `changed`, headline and list of changes say what this run wrote of what serves callers, whatever its outcome is. */
import { describe, expect, test } from '@jest/globals';
import { commit, type Finished } from '../harness/world.ts';
import { called, REPAIR, withRestApi } from './faults/api-scene.ts';
import { begin, doubtful, giveWeights, releasedThrice, releasedTwice } from './faults/scene.ts';

const headline = ({ runner }: Finished) => runner.summaryText.split('\n')[0];
/** The list under `### What this run changed`. */
const changes = ({ runner }: Finished) =>
  /### What this run changed\n\n((?:- .*\n?)+)/.exec(runner.summaryText)?.[1]?.trim().split('\n') ?? [];

test('a no-op that changed nothing says so', async () => {
  const scene = await releasedTwice();
  const run = await scene.deploy();
  expect(run.runner.outputs).toMatchObject({ outcome: 'ok:noop', changed: 'false' });
  expect([headline(run), changes(run)]).toEqual([expect.stringContaining('✅ Nothing to do'), []]);
});

describe('weights that no release set', () => {
  test('are named in plan, log and summary when a no-op ends them, and changed is true', async () => {
    const scene = await releasedThrice();
    scene.alias().weights = { '2': 0.5 };
    const run = await scene.deploy({}, { commit: commit(3) });
    expect(scene.alias().weights ?? {}).toEqual({});
    expect(run.runner.outputs).toMatchObject({ outcome: 'ok:noop', changed: 'true', version: '3' });
    expect(headline(run)).toContain('✅ Live already; changes were made');
    expect(changes(run)).toEqual(['- Shift all traffic of live to version 3']);
    const { lines, annotations, summaryText } = run.runner;
    expect(lines.join('\n')).toMatch(
      /shift all traffic of live to version 3.*no release set.*version 2 gets 50 %/,
    );
    const says = /no release had set \(version 2 gets 50 %\): they were ended/;
    expect(annotations).toContainEqual(
      expect.objectContaining({ level: 'warning', message: expect.stringMatching(says) }),
    );
    expect(summaryText).toMatch(says);
  });

  test('are named where the alias has no record at all: another tool may shift it', async () => {
    const scene = await releasedThrice();
    const weights = { '2': 0.1 };
    scene.alias().functionVersion = '1';
    scene.alias().description = 'managed by CodeDeploy';
    scene.alias().weights = weights;
    scene.world.image(commit(4));
    const run = await scene.deploy({}, { commit: commit(4), runId: 4000 });
    expect(run.result).toMatchObject({ outcome: 'ok', changed: true });
    expect(run.result.warnings).toContainEqual(expect.stringMatching(/version 2 gets 10 %.*CodeDeploy/));
  });

  test('are named by a dry run, which ends none', async () => {
    const scene = await releasedThrice();
    scene.alias().weights = { '2': 0.5 };
    const run = await scene.deploy({ 'dry-run': 'true' }, { commit: commit(3) });
    expect(run.runner.summaryText).toMatch(/version 2 gets 50 %/);
    expect(run.result).toMatchObject({ changed: false });
    expect(scene.alias().weights).toEqual({ '2': 0.5 });
  });

  test('are named by a rollback that ends them, in its plan too', async () => {
    const scene = await releasedThrice();
    scene.alias().weights = { '1': 0.2 };
    const run = await scene.rollback();
    expect(run.result).toMatchObject({ outcome: 'rolled-back', changed: true, after: { version: '2' } });
    expect(run.runner.lines.join('\n')).toMatch(/to version 2.* again and end weights.*version 1 gets 20 %/);
    expect(run.result.warnings).toContainEqual(expect.stringMatching(/version 1 gets 20 %/));
  });
});

test('a run that ended a dead canary and then failed says so', async () => {
  const scene = await releasedTwice();
  giveWeights(scene, 'a dead canary');
  scene.world.image(commit(3));
  scene.world.aws.faults.add({ kind: 'denied', operation: 'UpdateFunctionCode' });
  const run = await begin(scene).deploy({}, { commit: commit(3), runId: 3000 });
  expect(scene.alias().weights ?? {}).toEqual({});
  expect(run.runner.outputs).toMatchObject({ outcome: 'failed', changed: 'true', version: '2' });
  expect(headline(run)).toContain('❌ Failed; changes were made');
  expect(changes(run)).toEqual(['- Shift all traffic of live to version 2']);
});

test('a run that shifted the traffic and took it back has changed something, and lists both', async () => {
  const scene = await releasedTwice();
  scene.world.image(commit(3), { program: doubtful() });
  const run = await scene.deploy({}, { commit: commit(3) });
  expect(run.runner.outputs).toMatchObject({ outcome: 'rolled-back', changed: 'true', version: '2' });
  expect(changes(run)).toEqual([
    '- Shift the alias live from version 2 to the new version',
    '- Shift the alias live back to the previous release',
  ]);
});

test('the pin of the previous version is in plan, log and summary', async () => {
  const scene = await releasedTwice();
  scene.world.image(commit(3));
  const run = await scene.deploy({ 'pin-previous': 'true' }, { commit: commit(3) });
  const pin = /point the alias live-previous to the previous version/i;
  expect(run.result.plan.map(({ does }) => does)).toContainEqual(expect.stringMatching(pin));
  expect(run.runner.lines).toContainEqual(expect.stringMatching(/live-previous now keeps version 2/));
  expect(changes(run)).toContainEqual(expect.stringMatching(pin));
});

/** Of a kind of write, the words of the steps that may do it. */
const stepsOf = ({ result }: Finished, operation: string): string[] =>
  result.plan
    .filter(({ writes, mayWrite = [] }) =>
      [...writes, ...mayWrite].some((write) => write.endsWith(`:${operation}`)),
    )
    .map(({ does }) => does);

test('every kind of write is in the plan, in the log and, where it reaches callers, in the summary', async () => {
  const scene = await withRestApi({ qualifier: '', permission: false });
  await scene.deploy();
  giveWeights(scene, 'a dead canary');
  scene.world.image(commit(3), { program: () => ({ statusCode: 200, body: '{"ok":true}', ok: true }) });
  const quiet = begin(scene);
  const inputs = { ...scene.inputs, ...REPAIR, 'pin-previous': 'true', 'memory-size': '512' };
  const run = await quiet.deploy(inputs, { commit: commit(3), runId: 3000 });
  const kinds = [...new Set(quiet.writes())].toSorted();
  expect(kinds).toEqual([
    'AddPermission',
    'CreateAlias',
    'CreateDeployment',
    'PublishVersion',
    'UpdateAlias',
    'UpdateFunctionCode',
    'UpdateFunctionConfiguration',
    'UpdateIntegration',
    'UpdateStage',
  ]);
  const log = run.runner.lines.join('\n');
  for (const kind of kinds) {
    const steps = stepsOf(run, kind);
    expect([kind, steps.length > 0, steps.every((does) => log.includes(does))]).toEqual([kind, true, true]);
    if (/Function|Version/.test(kind)) continue;
    const told = changes(run).some((line) =>
      steps.some((does) => line.toLowerCase() === `- ${does.toLowerCase()}`),
    );
    expect([kind, told]).toEqual([kind, true]);
  }
});

describe('an API that does not call the alias', () => {
  test('is a failure and no "Nothing to do", where nothing was to release', async () => {
    const api = await withRestApi({ qualifier: '' });
    await api.deploy();
    const run = await begin(api).deploy(api.inputs);
    expect(run.runner.outputs).toMatchObject({ outcome: 'failed', changed: 'false', version: '2' });
    expect(run.result.error?.code).toBe('api-not-connected');
    expect(run.runner.exitCode).toBe(1);
    expect(headline(run)).toContain('❌ Failed: what was live is live');
  });

  test('is rewired under a no-op: plan, log, headline and changed tell it', async () => {
    const scene = await withRestApi({ qualifier: '', permission: false });
    await scene.deploy();
    const run = await begin(scene).deploy({ ...scene.inputs, ...REPAIR });
    expect(called(scene)).toEqual(expect.arrayContaining(['live']));
    expect(run.runner.outputs).toMatchObject({ outcome: 'ok:noop', changed: 'true', version: '2' });
    expect(headline(run)).toContain('✅ Live already; changes were made');
    expect(changes(run)).toEqual([
      expect.stringMatching(/^- Allow API \w+ to call the alias live$/),
      expect.stringMatching(/^- Point 2 integrations to the alias live, and let the stage carry the release/),
    ]);
    const planned = run.result.plan.map(({ does }) => does).join('\n');
    expect(planned).toMatch(/allow API[^]*point 2 integrations/);
    expect(run.runner.lines.join('\n')).toMatch(/now calls the alias live/);
  });
});

/** A proxy, a sign-in page or another service answers in AWS's place, with a 200: that is no success, and no defect. */
import { describe, expect, test } from '@jest/globals';
import type { FaultKind, FaultRule, StrayReply } from '../../../local/faults.ts';
import { expectConnected, withHttpApi, withRestApi, REPAIR, called, restStage } from './api-scene.ts';
import { begin, expectFailure, expectReleased, released, releasedTwice, unreleased } from './scene.ts';
import { requestHandlerFor } from '../../../local/transports/in-process.ts';
import { buildTools } from '../../../src/clients/tools.ts';
import { createRepository } from '../../../src/release/steps/image/create-repository.ts';
import { everyWrite } from '../../harness/results.ts';
import { shellOf } from '../../harness/shell.ts';
import { ACCOUNT, FIRST } from '../../harness/world.ts';

const EMPTY: StrayReply = {};
const FOREIGN: StrayReply = { body: '{"repositories":[],"nextToken":"x"}' };
const HTML: StrayReply = { contentType: 'text/html', body: '<html>Sign in</html>' };
const replies = [
  ['nothing', EMPTY],
  ["another service's answer", FOREIGN],
  ['a page of HTML', HTML],
] as const;

const everyReply = (operation: string, kind: FaultKind = 'empty-before'): FaultRule[] =>
  replies.map(([, reply]) => ({ kind, operation, reply }));

describe.each<FaultKind>(['empty-before', 'empty-after'])('%s in place of the reply to a write', (kind) => {
  test.each(['UpdateFunctionCode', 'UpdateFunctionConfiguration', 'PublishVersion', 'UpdateAlias'])(
    'of %s: the release is what AWS holds, whatever was answered',
    async (operation) => {
      const scene = await released();
      scene.world.aws.faults.add(...everyReply(operation, kind));
      const run = await scene.deploy({ 'memory-size': '512' });
      expectReleased(scene, run);
      expect(run.runner.outputs).toMatchObject({ changed: 'true', version: '2' });
      expect(scene.alias().functionVersion).toBe('2');
      expect(scene.world.aws.faults.applied).toHaveLength(3);
    },
  );

  test.each(['CreateFunction', 'CreateAlias'])('of %s: the first release is made once', async (operation) => {
    const scene = unreleased();
    scene.world.aws.faults.add({ kind, operation });
    const run = await scene.deploy(FIRST);
    expect(run.result).toMatchObject({ outcome: 'ok', error: undefined, changed: true });
    expect(scene.alias().functionVersion).toBe('1');
  });

  test.each(['CreateRepository', 'SetRepositoryPolicy'])(
    'of %s: it is there with its policy',
    async (operation) => {
      const { world } = unreleased();
      world.aws.faults.add({ kind, operation });
      const tools = buildTools({
        aws: { ...ACCOUNT, requestHandler: requestHandlerFor(world.aws) },
        clock: world.aws.clock,
        random: () => 0.5,
        shell: shellOf(() => Promise.reject(new Error('no program runs here'))),
        log: { info: () => undefined, warning: () => undefined },
        signal: new AbortController().signal,
        permits: everyWrite,
        readOnly: false,
        secret: () => Promise.resolve(),
        env: {},
      });
      expect(await createRepository(tools, 'fresh')).toMatchObject({
        name: 'fresh',
        tags: { mutability: 'IMMUTABLE' },
      });
      expect(await tools.ecr.getRepositoryPolicy('fresh')).toContain('lambda.amazonaws.com');
    },
  );

  test.each(['UpdateStage', 'UpdateIntegration', 'CreateDeployment', 'AddPermission'])(
    'of %s of a REST API: it is connected once',
    async (operation) => {
      const scene = await withRestApi({ qualifier: '', permission: false });
      scene.world.aws.faults.add({ kind, operation });
      const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
      expect(run.result).toMatchObject({ outcome: 'ok', error: undefined });
      expect(called(scene)).toEqual(expect.arrayContaining(['live']));
      expect(restStage(scene)?.variables).toMatchObject({ release_version: '2' });
    },
  );

  test.each([
    ['REST', withRestApi],
    ['HTTP', withHttpApi],
  ] as const)('of UpdateStage of a %s API: the stage carries the release', async (_, scenery) => {
    const scene = await scenery();
    scene.world.aws.faults.add(
      { kind, operation: 'UpdateStage' },
      { kind, operation: 'UpdateStage', reply: FOREIGN },
    );
    expectConnected(scene, await scene.deploy(scene.inputs));
  });

  test.each(['UpdateStage', 'UpdateIntegration'])('of %s of an HTTP API', async (operation) => {
    const scene = await withHttpApi({ qualifier: '' });
    scene.world.aws.faults.add({ kind, operation, reply: FOREIGN });
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expect(run.result).toMatchObject({ outcome: 'ok', error: undefined });
  });
});

test('a reply to UpdateAlias that tells of another version is read back', async () => {
  const scene = await released();
  const alias = { ...scene.alias(), functionVersion: '1' };
  const body = JSON.stringify({
    AliasArn: `${scene.fn().name}:live`,
    Name: 'live',
    FunctionVersion: alias.functionVersion,
    Description: alias.description,
    RevisionId: 'x',
  });
  scene.world.aws.faults.add({ kind: 'empty-before', operation: 'UpdateAlias', reply: { body } });
  const run = await scene.deploy();
  expectReleased(scene, run);
  expect(scene.writes().filter((write) => write === 'UpdateAlias')).toHaveLength(2);
});

test('UpdateAlias that never answers as AWS does, and has no effect, ends as unknown and never as moved', async () => {
  const scene = await releasedTwice();
  scene.world.aws.faults.add({ kind: 'empty-before', operation: 'UpdateAlias', times: null });
  const run = await scene.rollback();
  expect(run.result).toMatchObject({ outcome: 'unknown', changed: 'unknown' });
  expectFailure(run, 'unknown', [/Whether the alias live was moved is not known/, /not what AWS answers/]);
  expect(run.runner.summaryText).toMatch(/whether this took effect is not known/);
  expect(scene.alias().functionVersion).toBe('2');
});

test('UpdateAlias that took effect and never answers as AWS does is found by reading the alias', async () => {
  const scene = await releasedTwice();
  scene.world.aws.faults.add({ kind: 'empty-after', operation: 'UpdateAlias', times: null });
  const { result } = await scene.rollback();
  expect(result).toMatchObject({ outcome: 'rolled-back', changed: true, after: { version: '1' } });
  expect(scene.alias().functionVersion).toBe('1');
});

test.each([
  ...['GetAlias', 'GetFunction', 'BatchGetImage'].flatMap((operation) =>
    replies.map(([what, reply]) => [operation, what, reply] as const),
  ),
])('%s that answers %s for ever is an error of its own before any write', async (operation, _, reply) => {
  const scene = await released();
  scene.world.aws.faults.add({ kind: 'empty-before', operation, times: null, reply });
  const run = await scene.deploy();
  expectFailure(run, 'foreign-reply', [
    new RegExp(`The reply to \\w+ ${operation} is not what AWS answers`),
    /proxy/,
  ]);
  expect(run.result).toMatchObject({ outcome: 'failed', changed: false });
  expect(scene.writes()).toEqual([]);
});

test.each(['GetStage', 'GetResources'])(
  '%s that answers nothing is no API without integrations',
  async (operation) => {
    const scene = await withRestApi();
    scene.world.aws.faults.add({ kind: 'empty-before', operation, times: null });
    const quiet = begin(scene);
    const run = await scene.deploy(scene.inputs);
    expectFailure(run, 'foreign-reply', [new RegExp(operation)]);
    expect(quiet.writes()).toEqual([]);
  },
);

test('an invocation that something else answered says nothing of the model', async () => {
  const scene = await released();
  scene.world.aws.faults.add({
    kind: 'empty-before',
    operation: 'Invoke',
    times: 2,
    reply: { body: '{"ok":false}' },
  });
  expectReleased(scene, await scene.deploy());
});

/** The permission of the alias, without which API Gateway answers 500. */
import { AddPermissionCommand } from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { otherCaller } from '../../harness/other-caller.ts';
import { commit, REGION } from '../../harness/world.ts';
import {
  expectConnected,
  expectNotBlamed,
  REPAIR,
  withHttpApi,
  withRestApi,
  type ApiScene,
} from './api-scene.ts';
import { begin, expectFailure, refused, type Scene } from './scene.ts';

const policy = ({ fn }: Scene) => fn().policies['live']?.statements.map(({ Sid }) => Sid) ?? [];

function permission(StatementId: string, apiId: string): AddPermissionCommand {
  return new AddPermissionCommand({
    FunctionName: 'iris',
    Qualifier: 'live',
    StatementId,
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    SourceArn: `arn:aws:execute-api:${REGION}:123456789012:${apiId}/*`,
  });
}

test('row 96: the statement is there already (409): the policy is read, and it is enough', async () => {
  const scene = await withRestApi({ permission: false });
  scene.world.aws.faults.add({ kind: 'drop-after', operation: 'AddPermission' });
  expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
  expect(policy(scene)).toEqual([`model-release-${scene.api.id}`]);
});

test('row 96: the statement is there and allows another API: fails and says how to remove it', async () => {
  const scene = await withRestApi({ permission: false });
  await otherCaller(scene.world).send(permission(`model-release-${scene.api.id}`, 'otherapi'));
  const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
  expectFailure(run, 'api-permission', [/exists and does not allow API/, /aws lambda remove-permission/]);
  expect(scene.alias()).toMatchObject({ functionVersion: '1' });
});

/** Each of our first `times` statements is lost to another writer, who read the policy before it. */
async function losing(times: number): Promise<ApiScene> {
  const scene = await withRestApi({ permission: false });
  let left = times;
  scene.world.aws.afterEffect = ({ call }) => {
    if (call.operation !== 'AddPermission' || left === 0) return;
    left -= 1;
    delete scene.fn().policies['live'];
  };
  return scene;
}

test('row 97: a parallel AddPermission loses ours: seen by reading it back, and added again', async () => {
  const scene = await losing(1);
  expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
  expect(policy(scene)).toEqual([`model-release-${scene.api.id}`]);
});

test('row 97: a parallel AddPermission loses ours again and again: fails and says that it is not there', async () => {
  const scene = await losing(Infinity);
  const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
  expectFailure(run, 'api-permission', [/was added 2 times and is not there/, /who else writes the policy/]);
  expect(scene.calls().filter((name) => name === 'AddPermission')).toHaveLength(2);
  expect(scene.alias()).toMatchObject({ functionVersion: '1' });
});

test('row 98: the policy is full: fails with a way out, the alias is taken back', async () => {
  const scene = await withRestApi({ permission: false });
  const says = refused(
    'The final policy size (20521) is bigger than the limit (20480).',
    'PolicyLengthExceededException',
  );
  scene.world.aws.faults.add({ kind: 'denied', operation: 'AddPermission', says });
  const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
  expectFailure(run, 'aws-refused', [/AddPermission/, /PolicyLengthExceeded/, /Remove statements/]);
  expect(scene.alias()).toMatchObject({ functionVersion: '1' });
});

const MISSING = /may not call iris:live .*answer 500.* --qualifier live/;
const NOT_CHECKED = /was not checked: .*status 500.*; it did not answer rightly before this release either/;

test('row 99: without api-repair a missing permission is named with its command, and no release is blamed for it', async () => {
  const scene = await withRestApi({ permission: false });
  expectNotBlamed(await scene.deploy(scene.inputs), [MISSING, NOT_CHECKED]);
  expect(scene.writes()).toEqual(['UpdateFunctionCode', 'PublishVersion', 'UpdateAlias', 'UpdateStage']);
  expect(scene.alias()).toMatchObject({ functionVersion: '2' });
});

test('row 99: with api-repair it is added for the alias, not for the function', async () => {
  const scene = await withHttpApi({ permission: false });
  const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
  expectConnected(scene, run);
  expect(policy(scene)).toEqual([`model-release-${scene.api.id}`]);
  expect(scene.fn().policies['']).toBeUndefined();
});

describe.each([
  ['REST', withRestApi],
  ['HTTP', withHttpApi],
] as const)('row 99: the permission of a %s API is gone after it was connected', (_kind, withApi) => {
  /** Version 2 is released behind the API; then somebody takes the permission away, as deleting the alias does. */
  async function withoutPermission(): Promise<ApiScene> {
    const scene = await withApi();
    expectConnected(scene, await scene.deploy(scene.inputs));
    scene.world.image(commit(3));
    delete scene.fn().policies['live'];
    return { ...scene, ...begin(scene) };
  }
  const third = { commit: commit(3) };

  test('row 99: with api-repair it is added again', async () => {
    const scene = await withoutPermission();
    const { result } = await scene.deploy({ ...scene.inputs, ...REPAIR }, third);
    expect(result).toMatchObject({ outcome: 'ok', error: undefined, apiVerdict: 'answers with 200' });
    expect(policy(scene)).toEqual([`model-release-${scene.api.id}`]);
  });

  test('row 99: with api-repair it is added again where nobody can ask over HTTPS', async () => {
    const scene = await withoutPermission();
    scene.world.aws.faults.add({ kind: 'drop-before', service: 'execute-api', times: null });
    const { result } = await scene.deploy({ ...scene.inputs, ...REPAIR }, third);
    expect(result).toMatchObject({ outcome: 'ok', apiVerdict: expect.stringMatching(/^not checked/) });
    expect(policy(scene)).toEqual([`model-release-${scene.api.id}`]);
  });

  test('row 99: the alias was made anew, without our record: named at once', async () => {
    const scene = await withoutPermission();
    Object.assign(scene.alias(), { description: 'made by Terraform' });
    expectNotBlamed(await scene.deploy(scene.inputs, third), [MISSING, NOT_CHECKED]);
    expect(scene.alias().functionVersion).toBe('3');
  });

  test('row 99: the API fails for want of it before the shift: it is named, and the release stays', async () => {
    const scene = await withoutPermission();
    expectNotBlamed(await scene.deploy(scene.inputs, third), [MISSING, NOT_CHECKED]);
    expect(scene.alias().functionVersion).toBe('3');
  });
});

test('a release through a connected API does not read the policy again', async () => {
  const scene = await withRestApi();
  expectConnected(scene, await scene.deploy(scene.inputs));
  scene.world.image(commit(3));
  const again = begin(scene);
  expect((await again.deploy(scene.inputs, { commit: commit(3) })).result).toMatchObject({ outcome: 'ok' });
  expect(again.calls()).not.toContain('GetPolicy');
});

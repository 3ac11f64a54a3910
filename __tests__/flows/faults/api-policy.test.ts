/** Resource policies that somebody else wrote: what allows the API, what does not, and what cannot be told. */
import { describe, expect, test } from '@jest/globals';
import { seedPolicy } from '../../../local/aws/seeds.ts';
import { REGION } from '../../harness/world.ts';
import {
  expectConnected,
  expectNotBlamed,
  REPAIR,
  variables,
  withHttpApi,
  withRestApi,
  type ApiScene,
} from './api-scene.ts';
import { expectFailure } from './scene.ts';

const EXECUTE = `arn:aws:execute-api:${REGION}:123456789012`;

const statement = (source: string, change: object = {}) => ({
  Sid: 'theirs',
  Effect: 'Allow',
  Principal: { Service: 'apigateway.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource: `arn:aws:lambda:${REGION}:123456789012:function:iris:live`,
  Condition: { ArnLike: { 'AWS:SourceArn': `${EXECUTE}:${source}` } },
  ...change,
});

/** The API stands before the alias, whose only policy is this one. */
async function withPolicy(
  withApi: typeof withRestApi,
  statements: (apiId: string) => unknown,
): Promise<ApiScene> {
  const scene = await withApi({ permission: false });
  const document = { Version: '2012-10-17', Statement: statements(scene.api.id) };
  seedPolicy(scene.world.aws, scene.fn(), { qualifier: 'live', document });
  return { ...scene, inputs: { ...scene.inputs, 'api-url': `${scene.api.url}/predict` } };
}

const messages = (run: Awaited<ReturnType<ApiScene['deploy']>>) =>
  run.runner.annotations.map(({ message }) => message);

describe.each([
  ['REST', withRestApi],
  ['HTTP', withHttpApi],
] as const)('a %s API', (_kind, withApi) => {
  test.each([
    ['every API of the account', () => [statement('*')]],
    ['a single statement that is no list', (id: string) => statement(`${id}/*`)],
  ])('case 09: %s allows it: connected, and nothing is added', async (_name, statements) => {
    const scene = await withPolicy(withApi, statements);
    const run = await scene.deploy(scene.inputs);
    expectConnected(scene, run);
    expect(messages(run)).toEqual([]);
    expect(scene.calls()).not.toContain('AddPermission');
  });

  test.each([{}, REPAIR])(
    'a statement that cannot be understood: a warning, nothing is written, nobody is blamed (%j)',
    async (more) => {
      const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } };
      const scene = await withPolicy(withApi, () => [statement('*', { Condition })]);
      // What is not understood here allows nothing in the local AWS either; only what this run says counts.
      scene.world.aws.faults.add({ kind: 'drop-before', service: 'execute-api', times: null });
      const run = await scene.deploy({ ...scene.inputs, ...more });
      expect(run.result).toMatchObject({ outcome: 'ok', error: undefined });
      expect(messages(run)).toEqual([
        expect.stringMatching(/^Whether API \w+ may call iris:live .* cannot be told.*stays as it is\.$/),
        expect.stringMatching(/was not checked: it cannot be reached from this runner/),
      ]);
      expect(scene.calls()).not.toContain('AddPermission');
      expect(variables(scene)).toMatchObject({ release_version: '2' });
    },
  );

  test('a Deny is named, and api-repair adds nothing that it would outweigh', async () => {
    const scene = await withPolicy(withApi, (id) => [
      statement('*'),
      statement(`${id}/*`, { Sid: 'stop', Effect: 'Deny' }),
    ]);
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expectFailure(run, 'api-permission', [/a Deny in the resource policy/, /aws lambda get-policy/]);
    expect(scene.calls()).not.toContain('AddPermission');
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });

  test('an API whose id begins alike is another API', async () => {
    const scene = await withPolicy(withApi, (id) => [statement(`${id}x/*`)]);
    expectNotBlamed(await scene.deploy(scene.inputs), [/may not call iris:live/, /status 500/]);
  });
});

test('a REST API: a permission for another route is none for this one, and api-repair adds it', async () => {
  const narrow = (id: string) => [statement(`${id}/*/GET/health`)];
  const refused = await withPolicy(withRestApi, narrow);
  const run = await refused.deploy(refused.inputs);
  expectNotBlamed(run, [/no statement allows arn:\S+\/prod\/POST\/.*api-repair: true/, /status 500/]);
  const scene = await withPolicy(withRestApi, narrow);
  expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
});

test('an HTTP API: a permission for one route may be all that it needs: a warning, and it is called', async () => {
  const routes = [{ path: '/predict' }];
  const scene = await withPolicy(
    (more) => withHttpApi({ routes, ...more }),
    (id) => [statement(`${id}/*/*/predict`)],
  );
  const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
  expectConnected(scene, run);
  expect(messages(run)).toEqual([expect.stringMatching(/cannot be told/)]);
  expect(scene.calls()).not.toContain('AddPermission');
});

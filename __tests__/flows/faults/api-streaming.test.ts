/** Case 18: response-streaming integrations of a REST API are seen, and a repair keeps them streaming. */
import { expect, test } from '@jest/globals';
import { seedRestApi } from '../../../local/aws/api-seeds.ts';
import { StreamedAnswer, type Program } from '../../../local/aws/runtime.ts';
import { commit } from '../../harness/world.ts';
import { expectConnected, REPAIR, type ApiScene } from './api-scene.ts';
import { expectFailure, released } from './scene.ts';

const streamed: Program = (event) => {
  const isProxy = typeof event === 'object' && event !== null && 'requestContext' in event;
  return isProxy ? new StreamedAnswer({ statusCode: 200 }, '{"ok":', 'true}') : { ok: true };
};

async function streaming(qualifier: string): Promise<ApiScene> {
  const scene = await released();
  for (const n of [1, 2]) scene.world.image(commit(n), { program: streamed });
  const api = seedRestApi(scene.world.aws, { functionName: 'iris', alias: 'live', stream: true, qualifier });
  const inputs = { 'rest-api-id': api.id, 'api-stage': api.stage, 'api-url': `${api.url}/predict` };
  return { ...scene, api, inputs };
}

const uris = ({ world, api }: ApiScene) =>
  Object.values(world.aws.state.restApis[api.id]?.resources ?? {}).map(
    ({ methods }) => methods['ANY']?.integration?.uri ?? '',
  );

test('case 18: an integration that streams from the alias is connected', async () => {
  const scene = await streaming('live');
  expectConnected(scene, await scene.deploy(scene.inputs));
});

test('case 18: one that streams from $LATEST is named, not overlooked', async () => {
  const scene = await streaming('');
  const run = await scene.deploy(scene.inputs);
  expectFailure(run, 'api-not-connected', [/calls \$LATEST instead of the alias live/, /api-repair: true/]);
});

test('case 18: a repair points it to the alias, and it still streams', async () => {
  const scene = await streaming('');
  expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
  expect(uris(scene)).not.toHaveLength(0);
  for (const uri of uris(scene))
    expect(uri).toMatch(
      /path\/2021-11-15\/functions\/arn:\S+:function:iris:live\/response-streaming-invocations$/,
    );
});

/** What AWS lists in pages is read to the last one. */
import { expect, test } from '@jest/globals';
import { seedRestApi } from '../../local/aws/api-seeds.ts';
import type { EcrImage } from '../../local/aws/state.ts';
import { fromUtf8 } from '../../local/http.ts';
import { expectReleased, released } from './faults/scene.ts';

test('of 60 versions the newest one with the image is used again, though it is on the second page', async () => {
  const scene = await released();
  const fn = scene.fn();
  const [first] = Object.values(fn.versions);
  if (first === undefined) throw new Error('the scene has no version');
  for (let n = 2; n <= 60; n += 1) fn.versions[n] = { ...first, version: String(n) };
  const { uri, digest } = scene.image;
  const code = { ...first.code, imageUri: uri, resolvedImageUri: uri, digest };
  for (const n of ['40', '60']) fn.versions[n] = { ...first, version: n, code };
  fn.nextVersion = 61;
  expectReleased(scene, await scene.deploy(), '60');
  expect(scene.writes()).toEqual(['UpdateAlias']);
});

test('a lifecycle rule is evaluated over more than 1,000 images, the previous one among the last', async () => {
  const scene = await released();
  const { world } = scene;
  const repository = world.aws.state.repositories['iris'];
  const previous = repository?.images[scene.fn().versions['1']?.code.digest ?? ''];
  if (repository === undefined || previous === undefined) throw new Error('the scene has no image');
  const older = (n: number): EcrImage => ({
    ...previous,
    digest: `sha256:${n.toString(16).padStart(64, '0')}`,
    pushedAt: 0,
  });
  const many = Array.from({ length: 1_001 }, (_, n) => older(n));
  repository.images = {
    ...Object.fromEntries(many.map((image) => [image.digest, image])),
    ...repository.images,
  };
  const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 };
  const rule = { rulePriority: 1, selection, action: { type: 'expire' } };
  repository.lifecyclePolicyText = JSON.stringify({ rules: [rule] });
  const run = await scene.deploy();
  expectReleased(scene, run);
  expect(run.result.rollbackTarget).toMatch(/rule 1 keeps it for/);
  expect(scene.calls().filter((name) => name === 'DescribeImages')).toHaveLength(2);
});

test('the integration that names the alias is found behind 500 other resources of a REST API', async () => {
  const scene = await released();
  const { aws } = scene.world;
  const api = seedRestApi(aws, { functionName: 'iris', alias: 'live' });
  const rest = aws.state.restApis[api.id];
  if (rest === undefined) throw new Error('there is no such API');
  const others = Array.from({ length: 501 }, (_, n) => {
    const id = `other${n}`;
    return [id, { id, parentId: rest.rootResourceId, pathPart: id, path: `/${id}`, methods: {} }] as const;
  });
  Object.assign(rest, { resources: { ...Object.fromEntries(others), ...rest.resources } });
  const { result } = await scene.deploy({ 'rest-api-id': api.id, 'api-stage': api.stage });
  expect(result).toMatchObject({ outcome: 'ok', error: undefined });
  expect(scene.calls().filter((name) => name === 'GetResources')).toHaveLength(2);
});

test('ECR is asked for images and indexes of Docker and of OCI: it leaves out what nobody accepts', async () => {
  const scene = await released();
  const asked: unknown[] = [];
  scene.world.aws.afterEffect = ({ call, request }) => {
    if (call.operation === 'BatchGetImage') asked.push(JSON.parse(fromUtf8(request.body)));
  };
  expectReleased(scene, await scene.deploy());
  expect(asked[0]).toMatchObject({
    acceptedMediaTypes: [
      'application/vnd.docker.distribution.manifest.v2+json',
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.oci.image.index.v1+json',
    ],
  });
});

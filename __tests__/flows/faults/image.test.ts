/** The image: built once per commit, pushed, found again, and checked before anything is written to the function. */
import { describe, expect, test } from '@jest/globals';
import { seedIndex } from '../../../local/aws/seeds.ts';
import { CallerProcess } from '../../../local/faults.ts';
import { PULL_POLICY } from '../../../src/aws/pull-policy.ts';
import { commit, FIRST } from '../../harness/world.ts';
import { arrives, building, COMMIT, REPORTED, repository } from './building.ts';
import { buildingDocker, checkout } from './docker.ts';
import {
  begin,
  expectFailure,
  expectReleased,
  expectVersion1Serves,
  released,
  unreleased,
  type Scene,
} from './scene.ts';

const pushes = (commands: readonly string[]) =>
  commands.filter((line) => line.startsWith('docker push')).length;

test('row 26: the repository does not exist: refused with its name and region, nothing is created', async () => {
  const scene = await released();
  const run = await scene.deploy({ 'ecr-repository': 'iris-typo' });
  expectFailure(run, 'missing', [/ECR repository iris-typo/, /eu-central-1/, /create-repository/]);
  expect(scene.writes()).toEqual([]);
  expect(Object.keys(scene.world.aws.state.repositories)).toEqual(['iris']);
  expectVersion1Serves(scene);
});

describe('row 27: the commit’s tag exists', () => {
  test('row 27: with this commit’s label: its digest is used, and nothing is built', async () => {
    const scene = await released();
    const { run, commands } = await building(scene, () => 'unexpected', { commit: commit(2) });
    expectReleased(scene, run);
    expect(commands).toEqual(expect.not.arrayContaining([expect.stringMatching(/buildx build|push/)]));
  });

  test('row 27: with another commit’s label: refused before any write', async () => {
    const scene = await released();
    scene.world.image(COMMIT, { labels: { 'org.opencontainers.image.revision': commit(9) } });
    const run = await scene.deploy({}, { commit: COMMIT });
    expectFailure(run, 'image-of-another-commit', [
      /labelled with the commit 0009/,
      /not 0003/,
      /delete the tag/,
    ]);
    expect(scene.writes()).toEqual([]);
  });

  test('row 27: another run pushed it while this one built: that image is used', async () => {
    const scene = await released();
    const theirs = { digest: '' };
    const { run } = await building(scene, () => {
      theirs.digest = scene.world.image(COMMIT).digest;
      return `tag invalid: The image tag '${COMMIT}' already exists in the 'iris' repository and cannot be overwritten because the tag is immutable.`;
    });
    expect(run.result).toMatchObject({ outcome: 'ok', after: { digest: theirs.digest } });
    expect(run.runner.lines.join('\n')).toMatch(/Another run pushed this commit first/);
  });
});

test('row 28: a mutable repository holds another build of this commit: it is used, never overwritten', async () => {
  const scene = await released();
  repository(scene).imageTagMutability = 'MUTABLE';
  const first = scene.world.image(COMMIT, { content: 'built yesterday' });
  const { run, commands } = await building(scene, () => 'unexpected');
  expect(run.result).toMatchObject({ outcome: 'ok', after: { digest: first.digest } });
  expect(pushes(commands)).toBe(0);
});

describe('the push', () => {
  test.each([
    ['row 29', 'LayersNotFoundException: Layers with digests not found', 'push-failed'],
    ['row 31', 'received unexpected HTTP status: 500 Internal Server Error', 'push-failed'],
    ['row 31', 'blob upload invalid: LayerPartTooSmall', 'push-failed'],
  ])('%s: %s: pushed again, three times at most', async (_row, words, code) => {
    const scene = await released();
    const again = await building(scene, (nth) => (nth < 3 ? words : arrives(scene)()));
    expect(again.run.result).toMatchObject({ outcome: 'ok' });
    expect(pushes(again.commands)).toBe(3);
    const scene2 = await released();
    const forEver = await building(scene2, () => words);
    expectFailure(forEver.run, code, [/push of .*iris:0003/, /again and again/, /not uploaded twice/]);
    expect(pushes(forEver.commands)).toBe(3);
    expectVersion1Serves(scene2);
  });

  test('row 30: the login expires in the middle: logged in again, once', async () => {
    const words = 'denied: Your authorization token has expired. Reauthenticate and try again.';
    const scene = await released();
    const again = await building(scene, (nth) => (nth < 2 ? words : arrives(scene)()));
    expect(again.run.result).toMatchObject({ outcome: 'ok' });
    expect(scene.calls().filter((name) => name === 'GetAuthorizationToken')).toHaveLength(2);
    const scene2 = await released();
    const forEver = await building(scene2, () => words);
    expectFailure(forEver.run, 'registry-login', [/refused the login/, /also after a new one/]);
    expect(pushes(forEver.commands)).toBe(2);
  });

  test.each([
    ['row 32', 'KmsException: key arn:aws:kms:1 is disabled', 'push-kms', /KMS key of iris/],
    ['row 33', 'LimitExceededException: would have exceeded 10000 images', 'push-limit', /10000 images/],
  ])('%s: %s: fails at once', async (...[, words, code, pattern]) => {
    const scene = await released();
    const { run, commands } = await building(scene, () => words);
    expectFailure(run, code, [pattern]);
    expect(pushes(commands)).toBe(1);
    expectVersion1Serves(scene);
  });
});

describe('row 34: the push says ok, and ECR does not show the image', () => {
  test('row 34: for 40 seconds: waited for', async () => {
    const scene = await released();
    const { clock } = scene.world.aws;
    const { digest } = scene.world.image(COMMIT);
    const { tags } = repository(scene);
    delete tags[COMMIT];
    const { run } = await building(scene, () => {
      void clock.sleep(40_000).then(() => (tags[COMMIT] = digest));
      return { digest };
    });
    expect(run.result).toMatchObject({ outcome: 'ok', after: { digest } });
  });

  test('row 34: for more than a minute: fails before any write to the function', async () => {
    const scene = await released();
    const { run } = await building(scene, () => REPORTED);
    expectFailure(run, 'timed-out', [/ECR to show the pushed image in iris/]);
    expect(scene.writes()).toEqual([]);
  });
});

describe('row 35: an image index was pushed', () => {
  test('row 35: with a child for the function: that one is deployed', async () => {
    const scene = await released();
    const child = scene.world.image('child', { labels: { 'org.opencontainers.image.revision': COMMIT } });
    seedIndex(scene.world.aws, { repository: 'iris', tag: COMMIT, image: child });
    const run = await scene.deploy({}, { commit: COMMIT });
    expect(run.result).toMatchObject({ outcome: 'ok', after: { digest: child.digest } });
    expect(run.runner.outputs['digest']).toBe(child.digest);
  });

  test('row 35: without one: refused before any write, with the build options', async () => {
    const scene = await released();
    for (const version of [scene.fn().latest, ...Object.values(scene.fn().versions)])
      version.settings = { ...version.settings, Architectures: ['arm64'] };
    seedIndex(scene.world.aws, { repository: 'iris', tag: COMMIT, image: scene.image });
    const run = await scene.deploy({}, { commit: COMMIT });
    expectFailure(run, 'image-is-an-index', [
      /without an image for arm64/,
      /--platform linux\/arm64/,
      /--provenance=false/,
    ]);
    expect(scene.writes()).toEqual([]);
  });

  test('row 35: what is tagged is no image at all: refused before any write', async () => {
    const scene = await released();
    const chart = {
      digest: 'sha256:c0',
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      pushedAt: 0,
      sizeInBytes: 1,
    };
    repository(scene).images[chart.digest] = { ...chart, manifest: '{"schemaVersion":2}' };
    repository(scene).tags[COMMIT] = chart.digest;
    const run = await scene.deploy({}, { commit: COMMIT });
    expectFailure(run, 'image-unusable', [/not a container image/, /single Docker v2 or OCI image/]);
    expect(scene.writes()).toEqual([]);
  });
});

test('row 36: an image for another architecture: refused before any write', async () => {
  const scene = await released();
  scene.world.image(COMMIT, { architecture: 'arm64' });
  const run = await scene.deploy({}, { commit: COMMIT });
  expectFailure(run, 'image-architecture', [/built for arm64/, /runs on x86_64/, /--platform linux\/amd64/]);
  expect(scene.writes()).toEqual([]);
});

test('row 37: an image above 10 GB: refused before it is pushed, and when it is in ECR before any write', async () => {
  const scene = await released();
  const shell = buildingDocker(() => 'unexpected', { Size: 11 * 1024 ** 3 });
  const built = await scene.deploy({}, { commit: COMMIT, shell, env: await checkout() });
  expectFailure(built, 'image-too-large', [/has 11.0 GiB/, /10 GiB/, /training data/]);
  expect(pushes(shell.commands)).toBe(0);
  const { digest } = scene.world.image(COMMIT);
  const stored = repository(scene).images[digest];
  if (stored === undefined) throw new Error('no image');
  const manifest = stored.manifest.replace(/"size":\d+\}\]/, `"size":${11 * 1024 ** 3}}]`);
  repository(scene).images[digest] = { ...stored, manifest };
  const run = await scene.deploy({}, { commit: COMMIT });
  expectFailure(run, 'image-too-large', [/has 11.0 GiB of compressed layers/]);
  expect(scene.writes()).toEqual([]);
});

test('row 38: the runner dies between push and UpdateFunctionCode: the next run finds the image and builds nothing', async () => {
  const scene = await released();
  const died = new Promise<void>((resolve) => {
    scene.world.aws.beforeCall = async ({ operation }) =>
      void (operation === 'UpdateFunctionCode' && setImmediate(resolve));
  });
  scene.world.aws.faults.add({ kind: 'crash-before', operation: 'UpdateFunctionCode', process: 'dying' });
  const shell = buildingDocker(arrives(scene));
  const caller = new CallerProcess('dying');
  void scene.deploy({}, { commit: COMMIT, shell, env: await checkout(), caller, runId: 2000 });
  await died;
  const again = begin(scene);
  const { result } = await again.deploy({}, { commit: COMMIT, runId: 2000, attempt: 2 });
  expect(result).toMatchObject({ outcome: 'ok' });
  expect(again.writes()).toEqual(['UpdateFunctionCode', 'PublishVersion', 'UpdateAlias']);
});

test('row 39: the repository’s policy does not let Lambda pull: fails with the whole policy', async () => {
  const scene = await released();
  scene.world.aws.state.settings.callerMaySetRepositoryPolicy = false;
  delete repository(scene).policyText;
  const run = await scene.deploy();
  expectFailure(run, 'repository-policy', [
    /does not allow lambda.amazonaws.com/,
    /\{"Version":"2012-10-17","Statement":\[.*"ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"\]\}\]\}/,
  ]);
  expectVersion1Serves(scene);
});

describe('row 39: two first deploys make the repository at once', () => {
  /** Another run has made the repository by the time this one tries to, with the policy that is given. */
  async function second(policyText: string | undefined): Promise<Scene> {
    const scene = unreleased();
    const theirs = { ...repository(scene), images: {} };
    delete theirs.policyText;
    if (policyText !== undefined) theirs.policyText = policyText;
    delete scene.world.aws.state.repositories['iris'];
    scene.world.aws.beforeCall = async ({ operation }) => {
      if (operation === 'CreateRepository') scene.world.aws.state.repositories['iris'] ??= theirs;
    };
    const { run } = await building(scene, arrives(scene), FIRST);
    expect(run.result).toMatchObject({ outcome: 'ok', error: undefined });
    return scene;
  }

  test('row 39: without a policy yet: Lambda is let in', async () => {
    const scene = await second(undefined);
    expect(repository(scene).policyText).toContain('lambda.amazonaws.com');
    expect(scene.writes()).toContain('SetRepositoryPolicy');
  });

  test('row 39: with a policy of its own: it stays as it is', async () => {
    const Statement = [
      { Sid: 'Theirs', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: ['ecr:BatchGetImage'] },
      ...PULL_POLICY.Statement,
    ];
    const policy = JSON.stringify({ Version: '2012-10-17', Statement });
    const scene = await second(policy);
    expect(repository(scene).policyText).toBe(policy);
    expect(scene.writes()).not.toContain('SetRepositoryPolicy');
  });
});

test.each([
  ['account', '123456789012', '999999999999'],
  ['region', 'eu-central-1', 'eu-west-1'],
])('row 22: what is live came from the same name in another %s: ours is named', async (_what, ...change) => {
  const scene = await released();
  const live = scene.fn().versions['1'];
  if (live === undefined) throw new Error('no version 1');
  live.code = { ...live.code, resolvedImageUri: live.code.resolvedImageUri.replace(...change) };
  expectReleased(scene, await scene.deploy());
  expect(scene.fn().versions['2']?.code.resolvedImageUri).toBe(scene.image.uri);
});

/**
 * The published policies are exactly enough: every call of every flow is allowed by them, and nothing that they allow goes unused.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { seedHttpApi, seedRestApi } from '../../local/aws/api-seeds.ts';
import { createRepository } from '../../src/release/steps/image/create-repository.ts';
import { pushImage } from '../../src/release/steps/image/push-image.ts';
import { ended, shellOf } from '../harness/shell.ts';
import { commit, createWorld, FIRST, IRIS, REGION, type Finished, type World } from '../harness/world.ts';
import type { Grant } from '../harness/iam-policy.ts';
import { ACCOUNT, advised, catalogue, scene, toolsOf, used } from './iam-scene.ts';
const deployRole = ['iam/deploy-policy.json'];
const creatingRole = ['iam/deploy-policy.json', 'iam/create-policy.json'];
const rollbackRole = ['iam/rollback-policy.json'];

/** What docker asks of the registry itself while it pushes; the container tier pushes for real. */
const DOCKER_PUSH = 'DockerPush';

/** A model behind any door: API Gateway's events are answered as it wants them. */
function answer(event: unknown): object {
  const throughApi = typeof event === 'object' && event !== null && 'requestContext' in event;
  return throughApi ? { statusCode: 200, body: '{"ok":true}' } : { ok: true };
}

/** Commits 1 and 2 released as versions 1 and 2, before anybody looks at permissions. */
async function released(world: World): Promise<void> {
  for (const n of [1, 2, 3]) world.image(commit(n), { program: answer });
  await world.deploy(FIRST, { commit: commit(1) });
  await world.deploy(IRIS, { commit: commit(2) });
}

const asked = { event: 'workflow_dispatch' };

function expectRun({ result }: Finished, outcome: string): void {
  expect({ outcome: result.outcome, error: result.error, warnings: result.warnings }).toEqual({
    outcome,
    error: undefined,
    warnings: [],
  });
}

const apis = [
  { kind: 'REST', input: 'rest-api-id', seed: seedRestApi, more: { 'api-stage': 'prod' } },
  { kind: 'HTTP', input: 'http-api-id', seed: seedHttpApi, more: {} },
] as const;

describe('deploy', () => {
  test('an update with a new configuration, a lifecycle policy and provisioned concurrency', async () => {
    const { world, as, refused } = scene();
    await released(world);
    const repository = world.aws.state.repositories['iris'];
    if (repository === undefined) throw new Error('no repository');
    repository.lifecyclePolicyText = JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 500 },
          action: { type: 'expire' },
        },
      ],
    });
    const inputs = { ...IRIS, 'memory-size': '1024' };
    expectRun(await as(deployRole, () => world.deploy(inputs, { commit: commit(3) })), 'ok');
    expectRun(await as(deployRole, () => world.deploy(inputs, { commit: commit(3) })), 'ok:noop');
    expect(refused).toEqual([]);
  });

  test('cold starts and a load, which keep to the spare concurrency', async () => {
    const { world, as, refused } = scene();
    await released(world);
    const gate = JSON.stringify({ 'cold-starts': 2, load: { requests: 4, concurrency: 2 } });
    expectRun(await as(deployRole, () => world.deploy({ ...IRIS, gate }, { commit: commit(3) })), 'ok');
    expect(refused).toEqual([]);
  });

  test("ECR's scan, and why there is none", async () => {
    const { world, as, refused } = scene();
    await released(world);
    const gate = 'scan: { max-severity: high, wait: 0 }';
    const { result } = await as(deployRole, () => world.deploy({ ...IRIS, gate }, { commit: commit(3) }));
    const scan = result.gate?.findings.find(({ key }) => key === 'scan');
    expect({ outcome: result.outcome, scan }).toMatchObject({ outcome: 'ok', scan: { kind: 'unknown' } });
    expect(refused).toEqual([]);
  });

  test('after a canary that somebody left, and without samples', async () => {
    const { world, as, refused } = scene();
    await released(world);
    const alias = world.aws.state.functions['iris']?.aliases['live'];
    if (alias === undefined) throw new Error('no alias');
    alias.weights = { '1': 0.1 };
    const { result } = await as(deployRole, () =>
      world.deploy({ ...IRIS, samples: 'none' }, { commit: commit(3) }),
    );
    expect({ outcome: result.outcome, error: result.error }).toEqual({ outcome: 'ok', error: undefined });
    expect(refused).toEqual([]);
  });

  test('a promotion of the digest that an earlier environment released', async () => {
    const { world, as, refused } = scene();
    await released(world);
    const { uri } = world.image(commit(3));
    // A test command is given, as the shared configuration file gives it, and no program may run in this world.
    const inputs = { 'function-name': 'iris', 'image-uri': uri, 'tests-in': 'none', 'unit-tests': 'pytest' };
    expectRun(await as(deployRole, () => world.deploy(inputs, { commit: commit(3) })), 'ok');
    expect(refused).toEqual([]);
  });

  test('a version that fails its check through the alias is taken back', async () => {
    const { world, as, refused } = scene();
    await released(world);
    let answers = 0;
    const program = () => {
      answers += 1;
      if (answers > 1) throw new Error('broken from the second answer on');
      return { ok: true };
    };
    world.image(commit(4), { program });
    const { result } = await as(deployRole, () => world.deploy(IRIS, { commit: commit(4) }));
    expect(result.outcome).toBe('rolled-back');
    expect(refused).toEqual([]);
  });

  test('docker login and push', async () => {
    const { world, as, refused } = scene();
    const folder = await mkdtemp(join(tmpdir(), 'iam-push-'));
    // Docker itself is not the matter here: only what is asked of AWS around it.
    const shell = shellOf(() => ended(`digest: sha256:${'0'.repeat(64)}`));
    try {
      await as(deployRole, () =>
        pushImage(toolsOf(world, { shell }), {
          reference: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/iris:${commit(1)}`,
          repository: 'iris',
          tempFolder: folder,
          dockerConfig: join(folder, 'none'),
          timeoutMs: 1000,
        }),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(refused).toEqual([]);
  });

  test.each(apis)('behind a $kind API', async ({ input, seed, more }) => {
    const first = createWorld();
    await released(first);
    const { id } = seed(first.aws, { functionName: 'iris', alias: 'live' });
    const { world, as, refused } = scene(id);
    await released(world);
    seed(world.aws, { functionName: 'iris', alias: 'live' });
    const inputs = { ...IRIS, [input]: id, ...more };
    const { result } = await as(deployRole, () => world.deploy(inputs, { commit: commit(3) }));
    expect({ outcome: result.outcome, error: result.error }).toEqual({ outcome: 'ok', error: undefined });
    const back = await as(rollbackRole, () => world.rollback({ ...inputs, 'ecr-repository': 'iris' }, asked));
    expectRun(back, 'rolled-back');
    expect(refused).toEqual([]);
  });
});

describe('deploy with create or api-repair', () => {
  test('the first deploy; without that policy, the one after it and its first pin, which moves with the third', async () => {
    const { world, as, refused } = scene();
    for (const n of [1, 2, 3]) world.image(commit(n));
    expectRun(await as(creatingRole, () => world.deploy(FIRST, { commit: commit(1) })), 'ok');
    const pinned = { ...IRIS, 'pin-previous': 'true' };
    for (const n of [2, 3]) {
      expectRun(await as(deployRole, () => world.deploy(pinned, { commit: commit(n) })), 'ok');
      expect(world.aws.state.functions['iris']?.aliases['live-previous']?.functionVersion).toBe(
        String(n - 1),
      );
    }
    expect(refused).toEqual([]);
  });

  test('the repository of a first deploy', async () => {
    const { world, as, refused } = scene();
    await as(creatingRole, () => createRepository(toolsOf(world), 'iris'));
    // Another first deploy made it a moment before.
    await as(creatingRole, () => createRepository(toolsOf(world), 'iris'));
    expect(refused).toEqual([]);
  });

  test.each(apis)(
    'a $kind API whose integration and permission are mended, one reply lost',
    async ({ input, seed, more }) => {
      const broken = { functionName: 'iris', alias: 'live', qualifier: '', permission: false };
      const first = createWorld();
      await released(first);
      const { id } = seed(first.aws, broken);
      const { world, as, refused } = scene(id);
      await released(world);
      seed(world.aws, broken);
      world.aws.faults.add({ kind: '5xx-after', operation: 'CreateDeployment' });
      const inputs = { ...IRIS, 'api-repair': 'true', [input]: id, ...more };
      const { result } = await as(creatingRole, () => world.deploy(inputs, { commit: commit(3) }));
      expect({ outcome: result.outcome, error: result.error }).toEqual({ outcome: 'ok', error: undefined });
      expect(refused).toEqual([]);
    },
  );
});

describe('rollback', () => {
  test.each<[string, Record<string, string>]>([
    ['to the previous release', {}],
    ['to a version', { to: 'version', version: '1' }],
    ['to a commit', { to: 'commit', 'to-commit': commit(1) }],
  ])('%s', async (_name, inputs) => {
    const { world, as, refused } = scene();
    await released(world);
    expectRun(await as(rollbackRole, () => world.rollback({ ...IRIS, ...inputs }, asked)), 'rolled-back');
    expectRun(await as(rollbackRole, () => world.rollback({ ...IRIS, ...inputs }, asked)), 'ok:noop');
    expect(refused).toEqual([]);
  });

  test('to a version that was deleted and is published again', async () => {
    const { world, as, refused } = scene();
    await released(world);
    const versions = world.aws.state.functions['iris']?.versions ?? {};
    delete versions['1'];
    expectRun(await as(rollbackRole, () => world.rollback(IRIS, asked)), 'rolled-back');
    expect(refused).toEqual([]);
  });

  test('to a version whose image is archived', async () => {
    const { world, as, refused } = scene();
    await released(world);
    const digest = world.aws.state.functions['iris']?.versions['1']?.code.digest ?? '';
    const image = world.aws.state.repositories['iris']?.images[digest];
    if (image === undefined) throw new Error('no image');
    image.storage = { archivedAt: world.aws.now() };
    const { result } = await as(rollbackRole, () => world.rollback(IRIS, asked));
    expect(result.error?.code).toBe('image-archived');
    expect(refused).toEqual([]);
  });

  test('while AWS moves provisioned concurrency', async () => {
    const { world, as, refused } = scene('none', {
      settings: { provisionMs: 180_000, provisioningWeight: 1 },
    });
    await released(world);
    const fn = world.aws.state.functions['iris'];
    if (fn === undefined) throw new Error('no function');
    fn.provisioned['live'] = { requested: 1, requestedAt: 0, readyAt: 0 };
    expectRun(await as(rollbackRole, () => world.rollback(IRIS, asked)), 'rolled-back');
    expect(refused).toEqual([]);
  });
});

test('a run of any test has exactly the published policy of its action', async () => {
  const world = createWorld();
  await released(world);
  await expect(world.deploy(IRIS, { commit: commit(3), role: 'rollback' })).rejects.toThrow(
    /^The published policy does not allow: rollback: ecr:GetLifecyclePolicy on arn:aws:ecr:.*:repository\/iris/,
  );
  expect(world.aws.calls.filter(({ status }) => status === 403).length).toBeGreaterThan(0);
});

test('a refused call is told with the action that IAM knows', () => {
  // IAM asks for it beside CreateFunction, and AWS's own words name it.
  const told = [...advised].filter(([action]) => action !== 'iam:PassRole');
  expect(told.map(([action]) => action)).toEqual(
    expect.arrayContaining([
      'lambda:InvokeFunction',
      'apigateway:GET',
      'apigateway:PATCH',
      'apigateway:POST',
    ]),
  );
  for (const [action, advice] of told) expect(advice).toContain(`Add ${action} to the role`);
});

describe('the policies', () => {
  const all = () => [...catalogue.values()].flat().filter(({ sid }) => sid !== DOCKER_PUSH);
  const idle = (part: (grant: Grant) => string) => {
    const needed = new Set([...used].map(part));
    return [...new Set(all().map(part))].filter((name) => !needed.has(name));
  };

  test('allow no action that no flow above needs', () => {
    expect(idle(({ policy, sid, action }) => `${policy} ${sid} ${action}`)).toEqual([]);
  });

  test('name no resource that no flow above touches', () => {
    // The id of the API differs between the flows.
    expect(
      idle(({ policy, sid, resource }) => `${policy} ${sid} ${resource.replace(/apis\/\w+/, '')}`),
    ).toEqual([]);
  });

  test('let docker push, and grant that to no other step', () => {
    const push = (catalogue.get('iam/deploy-policy.json none') ?? []).filter(
      ({ sid }) => sid === DOCKER_PUSH,
    );
    expect(push.map(({ action }) => action)).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:CompleteLayerUpload',
      'ecr:InitiateLayerUpload',
      'ecr:PutImage',
      'ecr:UploadLayerPart',
    ]);
  });
});

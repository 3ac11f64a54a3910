/** Metrics and data of the workspace before anything is built, over the local AWS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { METRICS_LABEL } from '../../src/release/plan/metrics-label.ts';
import { commit, FIRST } from '../harness/world.ts';
import { buildingDocker } from './faults/docker.ts';
import { begin, unreleased, type Scene } from './faults/scene.ts';

const workspace = mkdtempSync(join(tmpdir(), 'gate-files-'));
afterAll(() => rmSync(workspace, { recursive: true }));

const CONSTRAINTS = {
  version: 0,
  features: [{ name: 'width', inferred_type: 'Fractional', completeness: 1 }],
};
const LIMITS = {
  version: 0,
  multiclass_classification_constraints: {
    accuracy: { threshold: 0.9, comparison_operator: 'LessThanThreshold' },
  },
};

/** A deploy of commit 2 with these files, by the gate's policy as the configuration file says it. */
async function deploy(scene: Scene, gate: object, files: Readonly<Record<string, string>>) {
  const all = {
    'constraints.json': JSON.stringify(CONSTRAINTS),
    'limits.json': JSON.stringify(LIMITS),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(workspace, name), text);
  const env = { GITHUB_WORKSPACE: workspace };
  const { result } = await scene.deploy({ gate: JSON.stringify(gate) }, { env });
  const findings = (result.gate?.findings ?? []).map(({ kind, sentence }) => `${kind}: ${sentence}`);
  return { result, findings };
}

/** Version 1 serves, and its image says of its metrics what a build of ours wrote there. */
async function releasedWith(label?: string): Promise<Scene> {
  const scene = unreleased();
  const labels = { 'org.opencontainers.image.revision': commit(1), ...(label && { [METRICS_LABEL]: label }) };
  scene.world.image(commit(1), { labels });
  const { result } = await scene.deploy(FIRST, { commit: commit(1) });
  expect(result.error).toBeUndefined();
  return begin(scene);
}

const METRICS = { metrics: { file: 'metrics.json', 'max-loss': 0.01 } };

describe('metrics', () => {
  test('that are worse than the live release’s refuse before anything is written', async () => {
    const scene = await releasedWith('{"accuracy":0.97,"epochs":5}');
    const { result, findings } = await deploy(scene, METRICS, {
      'metrics.json': '{"accuracy": 0.9, "epochs": 9}',
    });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'gate-refused' }, changed: false });
    expect(result.error?.message).toMatch(
      /^The gate refused this model by 1 limit: gate\.metrics: accuracy 0\.9 is 7\.2/,
    );
    expect(findings).toEqual([
      "refused: accuracy 0.9 is 7.21649 % worse than the live release's 0.97, and at most 1 % is let through",
      'shown: accuracy 0.9 (live 0.97), epochs 9 (live 5)',
    ]);
    expect(scene.writes()).toEqual([]);
  });

  test('that keep their limits go on, and cost three reads', async () => {
    const scene = await releasedWith('{"accuracy":0.97}');
    const gate = { metrics: { file: 'metrics.json', constraints: 'limits.json', 'max-loss': 0.01 } };
    const { result, findings } = await deploy(scene, gate, { 'metrics.json': '{"accuracy": 0.965}' });
    expect(result.outcome).toBe('ok');
    expect(findings.slice(0, 2)).toEqual([
      'passed: accuracy 0.965 (live 0.97), and at least 0.9 is asked',
      "passed: accuracy 0.965 is 0.515464 % worse than the live release's 0.97, and at most 1 % is let through",
    ]);
    const without = await releasedWith('{"accuracy":0.97}');
    await deploy(without, {}, {});
    expect(scene.calls().length - without.calls().length).toBe(3);
  });

  test.each<[string, string | undefined, string]>([
    ['no label', undefined, 'its image carries none'],
    [
      'a label of somebody else',
      'accuracy: high',
      "its image's label model-release.metrics holds no metrics",
    ],
    ['the digest of many', `sha256:${'0'.repeat(64)}`, 'they had more than 8 KiB'],
  ])('of a live image with %s cannot be compared, which refuses nothing', async (_, label, why) => {
    const { result, findings } = await deploy(await releasedWith(label), METRICS, {
      'metrics.json': '{"accuracy": 0.1}',
    });
    expect(result.outcome).toBe('ok');
    expect(findings[0]).toBe(`unknown: The metrics are not compared with the live release's, because ${why}`);
  });

  test('of a live image that ECR has no more cannot be compared', async () => {
    const scene = await releasedWith('{"accuracy":0.97}');
    const repository = scene.world.aws.state.repositories['iris'];
    for (const digest of Object.keys(repository?.images ?? {}))
      if (digest !== scene.image.digest) delete repository?.images[digest];
    const { findings } = await deploy(scene, METRICS, { 'metrics.json': '{"accuracy": 0.1}' });
    expect(findings[0]).toMatch(/^unknown: .*because ECR has no image sha256:.* any more$/);
  });

  test('of a first release have nothing to be compared with', async () => {
    const scene = unreleased();
    writeFileSync(join(workspace, 'metrics.json'), '{"accuracy": 0.5}');
    const env = { GITHUB_WORKSPACE: workspace };
    const { result } = await scene.deploy({ ...FIRST, gate: JSON.stringify(METRICS) }, { env });
    expect(result.outcome).toBe('ok');
    expect(result.gate?.findings[0]?.sentence).toMatch(/because nothing is live yet$/);
  });

  test('that are no metrics are refused with their place', async () => {
    const scene = await releasedWith();
    const { result } = await deploy(scene, METRICS, { 'metrics.json': '{\n oops' });
    expect(result.error).toMatchObject({
      code: 'invalid-metrics',
      places: [{ file: 'metrics.json', line: 2 }],
    });
    expect(scene.writes()).toEqual([]);
  });

  test('travel with an image that is built here', async () => {
    const scene = await releasedWith('{"accuracy":0.97}');
    const docker = buildingDocker(() => ({ digest: scene.world.image(commit(3)).digest }));
    writeFileSync(join(workspace, 'metrics.json'), '{"test": {"accuracy": 0.98, "auc": NaN}}');
    writeFileSync(join(workspace, 'Dockerfile'), 'FROM scratch');
    const env = { GITHUB_WORKSPACE: workspace };
    await scene.deploy({ gate: JSON.stringify(METRICS) }, { env, commit: commit(3), shell: docker });
    expect(docker.commands.find((command) => command.startsWith('docker buildx build'))).toContain(
      `--label=${METRICS_LABEL}={"test.accuracy":0.98} `,
    );
  });
});

describe('data', () => {
  const DATA = { data: { file: 'train.csv', constraints: 'constraints.json' } };

  test('that breaks a constraint refuses before anything is written', async () => {
    const scene = await releasedWith();
    const { result, findings } = await deploy(scene, DATA, { 'train.csv': 'width\nwide\n' });
    expect(result.error?.code).toBe('gate-refused');
    expect(findings[0]).toMatch(
      /^refused: the column width of train\.csv has values of type Fractional in 0 %/,
    );
    expect(scene.writes()).toEqual([]);
  });

  test('that is as described goes on', async () => {
    const scene = await releasedWith();
    const { result, findings } = await deploy(scene, DATA, { 'train.csv': 'width\n0.5\n' });
    expect(result.outcome).toBe('ok');
    expect(findings[0]).toBe('passed: train.csv has 1 row and 1 column, as its constraints ask');
  });

  test('outside the workspace is not read', async () => {
    const scene = await releasedWith();
    const gate = { data: { file: '../train.csv', constraints: 'constraints.json' } };
    const { result } = await deploy(scene, gate, {});
    expect(result.error?.code).toMatch(/^path-(missing|outside-workspace)$/);
  });
});

/** Lambda's further settings: set, published, compared. The update, the published version and the comparison are Lambda's own answers. */
import { describe, expect, test } from '@jest/globals';
import { commit, FIRST } from '../harness/world.ts';
import { expectFailure, released, unreleased, type Scene } from './faults/scene.ts';

type Texts = Readonly<Record<string, string>>;

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:failed';
const ACCESS_POINT =
  'arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0';

/** The image of commit 2 may be restored from a snapshot, which takes a minute. */
function allowSnapshots({ world }: Scene): void {
  world.aws.state.settings.snapStartMs = 60_000;
  world.image(commit(2), {
    labels: {
      'org.opencontainers.image.revision': commit(2),
      'com.amazonaws.lambda.feature.snapstart': 'Allow',
    },
  });
}

/** What a plan and the log call the change, and what the published version is configured to. */
const SETTINGS: readonly [Texts, string, object][] = [
  [
    { 'image-config-command': 'app.handler\n--fast, please' },
    'command none → ["app.handler","--fast, please"]',
    { ImageConfigResponse: { ImageConfig: { Command: ['app.handler', '--fast, please'] } } },
  ],
  [
    { 'image-config-entry-point': '/usr/bin/python3\n-m' },
    'entry point none → ["/usr/bin/python3","-m"]',
    { ImageConfigResponse: { ImageConfig: { EntryPoint: ['/usr/bin/python3', '-m'] } } },
  ],
  [
    { 'image-config-working-directory': '/srv' },
    'working directory none → /srv',
    { ImageConfigResponse: { ImageConfig: { WorkingDirectory: '/srv' } } },
  ],
  [{ 'kms-key-arn': KEY }, `KMS key none → ${KEY}`, { KMSKeyArn: KEY }],
  [
    { 'dead-letter-target-arn': QUEUE },
    `dead-letter target none → ${QUEUE}`,
    { DeadLetterConfig: { TargetArn: QUEUE } },
  ],
  [
    { 'file-system-arn': ACCESS_POINT, 'file-system-local-mount-path': '/mnt/models' },
    `file system none → ${ACCESS_POINT} at /mnt/models`,
    { FileSystemConfigs: [{ Arn: ACCESS_POINT, LocalMountPath: '/mnt/models' }] },
  ],
  [
    { 'log-group': '/models/iris' },
    'log group /aws/lambda/iris → /models/iris',
    { LoggingConfig: { LogFormat: 'Text', LogGroup: '/models/iris' } },
  ],
  [
    { 'log-format': 'JSON' },
    'log format Text → JSON',
    { LoggingConfig: { LogFormat: 'JSON', LogGroup: '/aws/lambda/iris' } },
  ],
  [
    { 'log-format': 'JSON', 'application-log-level': 'FATAL' },
    'application log level none → FATAL',
    { LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'FATAL' } },
  ],
  [
    { 'log-format': 'JSON', 'system-log-level': 'WARN' },
    'system log level none → WARN',
    { LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' } },
  ],
  [
    { 'snap-start': 'PublishedVersions' },
    'SnapStart None → PublishedVersions',
    { SnapStart: { ApplyOn: 'PublishedVersions' } },
  ],
];

describe.each(SETTINGS)('%j', (inputs, change, settings) => {
  test('alone makes a release: announced, updated, published; the same once more is no release', async () => {
    const scene = await released();
    allowSnapshots(scene);
    await scene.deploy();
    const { writes } = scene;
    const since = writes().length;
    const dry = await scene.deploy({ ...inputs, 'dry-run': 'true' });
    expect(dry.runner.lines.join('\n')).toContain(change);
    expect(writes()).toHaveLength(since);
    expect((await scene.deploy(inputs)).result).toMatchObject({ outcome: 'ok', error: undefined });
    expect(writes().slice(since)).toEqual([
      'UpdateFunctionCode',
      'UpdateFunctionConfiguration',
      'PublishVersion',
      'UpdateAlias',
    ]);
    expect(scene.fn().versions['3']?.settings).toMatchObject(settings);
    expect(scene.alias().functionVersion).toBe('3');
    // Named or not: it is live.
    for (const again of [inputs, {}]) {
      const { result } = await scene.deploy(again);
      expect(result).toMatchObject({ outcome: 'ok:noop', changed: false });
    }
  });

  test('is what a new function is made with', async () => {
    const scene = unreleased();
    allowSnapshots(scene);
    const all = { ...FIRST, ...inputs };
    expect((await scene.deploy(all)).result).toMatchObject({ outcome: 'ok', error: undefined });
    expect(scene.writes()).toEqual(['CreateFunction', 'UpdateFunctionCode', 'PublishVersion', 'CreateAlias']);
    expect(scene.fn().versions['1']?.settings).toMatchObject(settings);
    expect((await scene.deploy(all)).result.outcome).toBe('ok:noop');
  });
});

test('what is not named stays: a later release of another setting keeps all of them', async () => {
  const scene = await released();
  const named = Object.fromEntries(SETTINGS.slice(0, -1).flatMap(([inputs]) => Object.entries(inputs)));
  await scene.deploy(named);
  const { runner } = await scene.deploy({ 'memory-size': '2048', 'image-config-working-directory': '/opt' });
  const [two, three] = ['2', '3'].map((version) => scene.fn().versions[version]?.settings);
  expect(three).toEqual({
    ...two,
    MemorySize: 2048,
    ImageConfigResponse: {
      ImageConfig: { ...two?.ImageConfigResponse?.ImageConfig, WorkingDirectory: '/opt' },
    },
  });
  expect(runner.annotations).toEqual([]);
});

test('log-format: Text takes the levels away', async () => {
  const scene = await released();
  await scene.deploy({ 'log-format': 'JSON', 'application-log-level': 'DEBUG', 'system-log-level': 'WARN' });
  expect((await scene.deploy({ 'log-format': 'Text' })).result.outcome).toBe('ok');
  expect(scene.fn().versions['3']?.settings.LoggingConfig).toEqual({
    LogFormat: 'Text',
    LogGroup: '/aws/lambda/iris',
  });
});

describe('SnapStart', () => {
  const ON = { 'snap-start': 'PublishedVersions' };

  test('a version gets traffic only when its snapshot is taken, and None ends it', async () => {
    const scene = await released();
    allowSnapshots(scene);
    const { clock } = scene.world.aws;
    const start = clock.now();
    expect((await scene.deploy(ON)).result.outcome).toBe('ok');
    expect(clock.now() - start).toBeGreaterThanOrEqual(60_000);
    expect(scene.calls()).toContain('Invoke');
    expect((await scene.deploy({ 'snap-start': 'None' })).result.outcome).toBe('ok');
    expect(scene.fn().versions['3']?.settings.SnapStart).toBeUndefined();
  });

  test('an image that cannot be restored: Lambda says why, and what was live is live', async () => {
    const scene = await released();
    const run = await scene.deploy(ON);
    expectFailure(run, 'version-failed', [/An error occurred during function initialization/]);
    expect(scene.alias().functionVersion).toBe('1');
  });
});

describe('variables that Lambda may not decrypt for the role', () => {
  async function unreadable(): Promise<Scene> {
    const scene = await released();
    await scene.deploy({ 'environment-variables': 'AA=1\nDB_PASSWORD=s3cretvalue' });
    scene.world.aws.state.settings.callerMayDecrypt = false;
    scene.world.image(commit(3));
    return scene;
  }
  const variables = (scene: Scene) => scene.fn().latest.settings.Environment?.Variables;

  test('are not merged away: the run stops before it writes', async () => {
    const scene = await unreadable();
    const before = scene.writes();
    const run = await scene.deploy({ 'environment-variables': 'BB=2' }, { commit: commit(3) });
    expectFailure(run, 'variables-unreadable', [/kms:Decrypt/, /environment-mode: replace/]);
    expect(scene.writes()).toEqual(before);
    expect(variables(scene)).toEqual({ AA: '1', DB_PASSWORD: 's3cretvalue' });
  });

  test('are replaced where that is asked for, and left alone where none is named', async () => {
    const replaced = await unreadable();
    const all = { 'environment-variables': 'BB=2', 'environment-mode': 'replace' };
    await replaced.deploy(all, { commit: commit(3) });
    expect(variables(replaced)).toEqual({ BB: '2' });
    const left = await unreadable();
    await left.deploy({}, { commit: commit(3) });
    expect(variables(left)).toEqual({ AA: '1', DB_PASSWORD: 's3cretvalue' });
  });
});

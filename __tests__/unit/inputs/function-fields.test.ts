/** The function's settings: Lambda's limits hold before any call, and what has no effect is refused. */
import { describe, expect, test } from '@jest/globals';
import { readSources } from '../../../src/inputs/config/sources.ts';
import { readDeployInputs, type DeployInputs } from '../../../src/inputs/deploy-inputs.ts';
import { InvalidInputs } from '../../../src/inputs/fields.ts';
import { readRollbackInputs } from '../../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../../src/inputs/services.ts';

type Texts = Readonly<Record<string, string>>;

const IRIS = { 'function-name': 'iris', 'ecr-repository': 'iris' };
const ROLE = 'arn:aws:iam::123456789012:role/iris';
const URI = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/iris@sha256:${'a'.repeat(64)}`;

async function deploy(inputs: Texts, file?: string): Promise<DeployInputs> {
  const given: Texts = { ...IRIS, ...inputs };
  const read = async (path: string) => (path === '.model-release.yml' ? file : undefined);
  const sources = await readSources({ text: (name) => given[name] }, read, 'deploy');
  return readServices(sources, readDeployInputs)[0].inputs;
}

async function mistakes(inputs: Texts, file?: string): Promise<readonly string[]> {
  try {
    await deploy(inputs, file);
  } catch (error) {
    if (error instanceof InvalidInputs) return error.mistakes;
    throw error;
  }
  return [];
}

describe('variables', () => {
  // Names, values, quotes, colon, braces: {"AB":"…"} has nine characters around the value.
  const around = JSON.stringify({ AB: '' }).length;

  test('may have 4096 bytes with all names and values, and not one more', async () => {
    expect(await mistakes({ 'environment-variables': `AB=${'x'.repeat(4096 - around)}` })).toEqual([]);
    expect(await mistakes({ 'environment-variables': `AB=${'x'.repeat(4097 - around)}` })).toEqual([
      expect.stringMatching(
        /^environment-variables has 4097 bytes with all names and values, and Lambda takes 4096/,
      ),
    ]);
    const umlauts = 'ü'.repeat((4098 - around) / 2);
    expect(await mistakes({ 'environment-variables': `AB=${umlauts}` })).toHaveLength(1);
  });

  test('are measured together, whichever layer they come from', async () => {
    const half = (name: string) => `environment-variables: { ${name}: ${'x'.repeat(2500)} }`;
    const file = `${half('AA')}\nenvironments:\n  prod:\n    ${half('BB')}\n`;
    expect(await mistakes({ environment: 'prod' }, file)).toEqual([
      expect.stringMatching(/^\.model-release\.yml:4:28: environment-variables has 5\d{3} bytes/),
    ]);
  });

  test.each<[string, RegExp]>([
    ['A: 1', /:1:26: environment-variables has the name "A", which must be at least two letters/],
    ['_A: 1', /has the name "_A", which must be/],
    ['OK: 1, LAMBDA_TASK_ROOT: x', /:1:33: environment-variables sets LAMBDA_TASK_ROOT, which Lambda keeps/],
  ])('{ %s } is refused at its own line', async (entries, expected) => {
    expect(await mistakes({}, `environment-variables: { ${entries} }\n`)).toEqual([
      expect.stringMatching(expected),
    ]);
  });

  test('what may be a part of a secret is not shown', async () => {
    const [mistake] = await mistakes({ 'environment-variables': 'KEY=begin\nMIIEow+IBAAKCAQEA/hunter2==' });
    expect(mistake).toMatch(/^environment-variables has the name \(not shown/);
    expect(mistake).not.toContain('hunter2');
  });
});

describe("Lambda's remaining settings", () => {
  const ALL: Texts = {
    'image-config-command': 'app.handler\n--fast, please',
    'image-config-entry-point': '/usr/bin/python3\n-m\nawslambdaric',
    'image-config-working-directory': '/srv',
    'snap-start': 'None',
    'kms-key-arn': 'arn:aws-eusc:kms:eusc-de-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    'dead-letter-target-arn': 'arn:aws:sqs:eu-central-1:123456789012:failed',
    'file-system-arn':
      'arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0',
    'file-system-local-mount-path': '/mnt/models',
    'log-format': 'JSON',
    'application-log-level': 'INFO',
    'system-log-level': 'WARN',
    'log-group': '/aws/lambda/iris',
  };
  const READ = {
    imageConfigCommand: ['app.handler', '--fast, please'],
    imageConfigEntryPoint: ['/usr/bin/python3', '-m', 'awslambdaric'],
    imageConfigWorkingDirectory: '/srv',
    snapStart: 'None',
    fileSystemLocalMountPath: '/mnt/models',
    logFormat: 'JSON',
    applicationLogLevel: 'INFO',
    systemLogLevel: 'WARN',
    logGroup: '/aws/lambda/iris',
  };

  test('are read as inputs and from the file alike, and absent ones are undefined', async () => {
    expect(await deploy(ALL)).toMatchObject(READ);
    const file = Object.entries(ALL).map(([name, text]) => {
      const native = name.endsWith('command') || name.endsWith('entry-point') ? text.split('\n') : text;
      return `${name}: ${JSON.stringify(native)}`;
    });
    expect(await deploy({}, file.join('\n'))).toMatchObject(READ);
    const none = await deploy({});
    for (const name of Object.keys(READ)) expect(none).toMatchObject({ [name]: undefined });
  });

  test.each<[Texts, RegExp]>([
    [{ 'image-config-working-directory': 'srv' }, /must be an absolute path/],
    [{ 'snap-start': '{"ApplyOn":"None"}' }, /must be one of None, PublishedVersions/],
    [{ 'kms-key-arn': 'alias/key' }, /must be the ARN of a KMS key/],
    [{ 'dead-letter-target-arn': 'arn:aws:s3:::x' }, /must be the ARN of an SQS queue/],
    [{ 'file-system-arn': ALL['file-system-arn'] ?? '' }, /^file-system-local-mount-path is required/],
    [{ 'file-system-local-mount-path': '/mnt/a' }, /^file-system-arn is required/],
    [{ 'log-format': 'Text', 'system-log-level': 'INFO' }, /^log-format: Text has no log levels/],
    [{ 'application-log-level': 'INFO' }, /^log-format: JSON is required with application-log-level/],
    [{ 'snap-start': 'PublishedVersions', 'ephemeral-storage': '1024' }, /512 MiB only/],
    ...['/etc', '../secrets', 'a/../../b', '-r'].map((path): [Texts, RegExp] => [
      { 'tests-in': 'image', 'test-files': `fixtures\n${path}` },
      /^test-files must list paths below working-directory, not "/,
    ]),
  ])('%j is refused', async (inputs, expected) => {
    expect(await mistakes(inputs)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('without effect, and so refused:', () => {
  test.each<[Texts, RegExp]>([
    [{ 'api-url': 'https://a.example/predict' }, /^api-url needs rest-api-id or http-api-id/],
    [{ 'api-repair': 'true' }, /^api-repair needs rest-api-id or http-api-id/],
    [{ role: ROLE }, /^role has no effect without create: true/],
    [{ architecture: 'arm64' }, /^architecture has no effect without create: true/],
    [{ 'environment-mode': 'replace' }, /^environment-mode has no effect without environment-variables/],
    [{ 'test-timeout': '5' }, /^test-timeout has no effect without unit-tests or integration-tests/],
    [{ 'test-files': 'fixtures' }, /^test-files has no effect without tests-in: image/],
    [
      { 'integration-tests-credentials': 'true', 'unit-tests': 'a' },
      /^integration-tests-credentials has no effect without integration-tests and tests-in: runner/,
    ],
    [
      { 'integration-tests-credentials': 'true', 'integration-tests': 'a', 'tests-in': 'image' },
      /^integration-tests-credentials has no effect without/,
    ],
    [
      { 'image-uri': URI, 'build-timeout': '5', secrets: 'a=b' },
      /^secrets, build-timeout cannot have an effect beside image-uri/,
    ],
  ])('%j', async (inputs, expected) => {
    expect(await mistakes(inputs)).toEqual([expect.stringMatching(expected)]);
  });

  test('a key of the file, at its place', async () => {
    expect(await mistakes({}, `alias: live\nrole: ${ROLE}\n`)).toEqual([
      expect.stringMatching(/^\.model-release\.yml:2:7: role has no effect without create: true/),
    ]);
  });

  test.each<[string, Texts, string?]>([
    ['a default', {}],
    [
      'what says that nothing is done',
      { 'api-repair': 'false', create: 'false', 'integration-tests-credentials': 'false' },
    ],
    ['files of tests in the image', { 'tests-in': 'image', 'test-files': 'fixtures\ndata/rows.json' }],
    ['each beside what it belongs to', { create: 'true', role: ROLE, architecture: 'arm64' }],
    [
      'the build of the file, where a later environment brings the image',
      { 'image-uri': URI },
      'context: a\npull: true\nbuild-timeout: 9\n',
    ],
    [
      'a mode of the file, where only one environment has variables',
      {},
      'environment-mode: replace\ntest-timeout: 5\n',
    ],
  ])('but not %s', async (_, inputs, ...file) => {
    expect(await mistakes(inputs, file[0])).toEqual([]);
  });

  test('a rollback may share its URL with the deploy', () => {
    const given: Texts = { ...IRIS, 'api-url': 'https://a.example/' };
    expect(readRollbackInputs({ text: (name) => given[name] }).apiUrl).toBe('https://a.example/');
  });
});

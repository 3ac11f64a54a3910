/** Inputs of the model's tests and of the function's configuration. */
import { resolve } from 'node:path';
import type { LongCommand } from '../../src/clients/shell.ts';
import type { Tools } from '../../src/clients/tools.ts';
import { UserError } from '../../src/errors.ts';
import type { DeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { configurationUpdate, wishedConfiguration } from '../../src/release/plan/configuration.ts';
import { deployTarget } from '../../src/release/plan/target.ts';
import { testOnRunner } from '../../src/release/steps/tests/test-model.ts';
import type { Configuration } from '../../src/types.ts';
import * as meant from './hostile-meanings.ts';
import type { Outside } from './hostile-outside.ts';
import { closed, RUN, samples, type Probe } from './hostile-probe.ts';

/** The program that was started for the tests. */
async function tested(outside: Outside, inputs: DeployInputs): Promise<LongCommand | undefined> {
  outside.commands.length = 0;
  await testOnRunner(outside.tools, inputs).catch((error: unknown) => {
    // What it finds in the output of a program that never ran does not matter here.
    if (outside.commands.length === 0 || !(error instanceof UserError)) throw error;
  });
  return outside.commands.length === 1 ? outside.commands[0] : undefined;
}

const command: Probe<DeployInputs> = {
  valid: ['python -m pytest tests -k "not slow"', "bash -c 'make test && echo ok'", 'env A=1 npm test'],
  meant: meant.commandLine,
  arrives: async (outside, inputs) => {
    const started = await tested(outside, inputs);
    return started && [started.file, ...started.args];
  },
};

export const tests: Readonly<Record<string, Probe<DeployInputs>>> = {
  'unit-tests': command,
  'integration-tests': command,
  'integration-tests-credentials': {
    ...closed('integrationTestsCredentials', 'true', 'false'),
    beside: { 'integration-tests': 'true' },
  },
  'tests-in': closed('testsIn', 'runner', 'image', 'none'),
  'test-files': {
    valid: ['fixtures', 'data/rows.json\nfixtures/a b'],
    beside: { 'tests-in': 'image' },
    meant: meant.lines,
    arrives: (_, { testFiles }) => testFiles,
  },
  'working-directory': {
    valid: ['.', 'models/iris', 'a b'],
    beside: { 'unit-tests': 'true' },
    meant: (text, outside) => resolve(outside.workspace, text.trim()),
    arrives: (outside, inputs) =>
      outside.withFile(`${inputs.workingDirectory}/a`, '', async () => (await tested(outside, inputs))?.cwd),
  },
  'test-timeout': {
    valid: ['30', '1'],
    beside: { 'unit-tests': 'true' },
    meant: meant.number,
    arrives: async (o, i) => ((await tested(o, i))?.timeoutMs ?? 0) / 60_000,
  },
  samples,
};

/** Of a function that has none of what can be asked for. */
const OTHER: Configuration = {
  memorySize: 1,
  timeout: 0,
  ephemeralStorage: 1,
  tracing: 'PassThrough',
  environment: {},
  subnetIds: ['subnet-other'],
  securityGroupIds: ['sg-other'],
};

async function configured(
  outside: Outside,
  inputs: DeployInputs,
): Promise<Record<string, Record<string, unknown>>> {
  const { wish } = deployTarget(inputs, RUN);
  const from = { ...OTHER, tracing: inputs.tracing === 'PassThrough' ? 'Active' : 'PassThrough' } as const;
  const update = configurationUpdate(from, wishedConfiguration(from, wish));
  const { body } = await outside.sentBy(({ lambda }) => lambda.updateFunctionConfiguration('iris', update));
  return body as Record<string, Record<string, unknown>>;
}

/** What is sent of a configuration, by Lambda's names. */
function sent(name: string, part?: string): Probe<DeployInputs>['arrives'] {
  return async (outside, inputs) => {
    const value = (await configured(outside, inputs))[name];
    return part === undefined ? value : value?.[part];
  };
}

async function created(tools: Tools, inputs: DeployInputs): Promise<unknown> {
  const { role = '', architecture = 'x86_64' } = deployTarget(inputs, RUN).wish;
  return tools.lambda.createFunction({
    functionName: 'iris',
    imageUri: 'x',
    role,
    architecture,
    configuration: {},
  });
}

const FILE_SYSTEM = 'arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0';

/** Settings that a function may lack. */
const more: Readonly<Record<string, Probe<DeployInputs>>> = {
  'image-config-command': {
    valid: ['app.handler', 'app.handler\n--fast, please'],
    meant: meant.lines,
    arrives: sent('ImageConfig', 'Command'),
  },
  'image-config-entry-point': {
    valid: ['/usr/bin/python3\n-m\nawslambdaric'],
    meant: meant.lines,
    arrives: sent('ImageConfig', 'EntryPoint'),
  },
  'image-config-working-directory': { valid: ['/srv'], arrives: sent('ImageConfig', 'WorkingDirectory') },
  'snap-start': closed('snapStart', 'None', 'PublishedVersions'),
  'kms-key-arn': {
    valid: ['arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
    arrives: sent('KMSKeyArn'),
  },
  'dead-letter-target-arn': {
    valid: ['arn:aws:sqs:eu-central-1:123456789012:failed'],
    arrives: sent('DeadLetterConfig', 'TargetArn'),
  },
  'file-system-arn': {
    valid: [FILE_SYSTEM],
    beside: { 'file-system-local-mount-path': '/mnt/models' },
    arrives: (_, i) => i.fileSystemArn,
  },
  'file-system-local-mount-path': {
    valid: ['/mnt/models'],
    beside: { 'file-system-arn': FILE_SYSTEM },
    arrives: (_, i) => i.fileSystemLocalMountPath,
  },
  'log-format': closed('logFormat', 'JSON', 'Text'),
  'application-log-level': {
    ...closed('applicationLogLevel', 'INFO', 'FATAL'),
    beside: { 'log-format': 'JSON' },
  },
  'system-log-level': { ...closed('systemLogLevel', 'INFO', 'WARN'), beside: { 'log-format': 'JSON' } },
  'log-group': { valid: ['/aws/lambda/iris', 'models'], arrives: sent('LoggingConfig', 'LogGroup') },
};

export const functions: Readonly<Record<string, Probe<DeployInputs>>> = {
  'memory-size': {
    valid: ['512', '10240'],
    meant: meant.number,
    arrives: sent('MemorySize'),
  },
  timeout: {
    valid: ['30', '900'],
    meant: meant.number,
    arrives: sent('Timeout'),
  },
  'ephemeral-storage': {
    valid: ['512', '1024'],
    meant: meant.number,
    arrives: sent('EphemeralStorage', 'Size'),
  },
  tracing: {
    valid: ['Active', 'PassThrough'],
    arrives: sent('TracingConfig', 'Mode'),
  },
  'environment-variables': {
    valid: ['LIMIT=0.5', 'A1=b = c\nB2= d '],
    meant: meant.pairs,
    arrives: sent('Environment', 'Variables'),
  },
  'environment-mode': {
    ...closed<DeployInputs>('environmentMode', 'merge', 'replace'),
    beside: { 'environment-variables': 'AA=1' },
  },
  'subnet-ids': {
    valid: ['subnet-0123abcd', 'subnet-0123abcd,subnet-0123456789abcdef0'],
    meant: meant.list,
    arrives: sent('VpcConfig', 'SubnetIds'),
  },
  'security-group-ids': {
    valid: ['sg-0123abcd', 'sg-0123abcd\nsg-0123456789abcdef0'],
    meant: meant.list,
    arrives: sent('VpcConfig', 'SecurityGroupIds'),
  },
  // With container images every layer is refused; a list of nothing says nothing.
  layers: {
    valid: [',', 'arn:aws:lambda:eu-central-1:123456789012:layer:a:1'],
    meant: meant.list,
    arrives: (_, i) => i.layers,
  },
  create: {
    ...closed<DeployInputs>('create', 'true', 'false'),
    beside: { role: 'arn:aws:iam::123456789012:role/iris' },
  },
  role: {
    beside: { create: 'true' },
    valid: ['arn:aws:iam::123456789012:role/iris', 'arn:aws-cn:iam::123456789012:role/path/a+b=c,d.e@f'],
    arrives: async (o, i) => (await o.sentBy((tools) => created(tools, i))).body['Role'],
  },
  architecture: {
    beside: { create: 'true', role: 'arn:aws:iam::123456789012:role/iris' },
    valid: ['x86_64', 'arm64'],
    meant: (text) => [text.trim()],
    arrives: async (o, i) => (await o.sentBy((tools) => created(tools, i))).body['Architectures'],
  },
  ...more,
  'api-repair': {
    ...closed<DeployInputs>('apiRepair', 'true', 'false'),
    beside: { 'http-api-id': 'a1b2c3d4e5' },
  },
  'require-rollback-target': closed('requireRollbackTarget', 'true', 'false'),
  'pin-previous': closed('pinPrevious', 'true', 'false'),
  'allow-dirty': closed('allowDirty', 'true', 'false'),
  cache: closed('cache', 'inline', 'none'),
};

/** For every input: a right value of it, and the cheapest real way on which a value leaves this program. */
import { resolve } from 'node:path';
import { buildImage } from '../../src/steps/build-image.ts';
import type { Command } from '../../src/clients/shell.ts';
import type { Tools } from '../../src/clients/tools.ts';
import { readInside } from '../../src/clients/workspace.ts';
import { UserError } from '../../src/errors.ts';
import type { DeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { readIdentity } from '../../src/inputs/identity.ts';
import type { RollbackInputs } from '../../src/inputs/rollback-inputs.ts';
import { configurationUpdate, wishedConfiguration } from '../../src/plan/configuration.ts';
import { rollbackQuestion } from '../../src/plan/rollback-question.ts';
import { deployTarget } from '../../src/plan/target.ts';
import { rollbackStep } from '../../src/report/words.ts';
import { newStory } from '../../src/report/story.ts';
import { loadSamples } from '../../src/steps/load-samples.ts';
import { showDeployment } from '../../src/steps/show-deployment.ts';
import { testOnRunner } from '../../src/steps/test-model.ts';
import { verifyApi } from '../../src/steps/verify.ts';
import type { Configuration, Digest } from '../../src/types.ts';
import * as meant from './hostile-meanings.ts';
import type { Outside } from './hostile-outside.ts';

export type Shared = Pick<DeployInputs, Extract<keyof DeployInputs, keyof RollbackInputs>>;

export interface Probe<Inputs> {
  readonly valid: readonly [string, ...string[]];
  /** Other inputs that this one does not go without, and a configuration file. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly file?: (text: string) => string;
  /** It must never show, not even in the message that refuses it. */
  readonly secret?: true;
  /** What has to arrive, told from the text by other means than those under test; by default the text without blanks around it. */
  readonly meant?: (text: string, outside: Outside) => unknown;
  /** What arrived. @throws UserError when it was refused later than by the inputs, still before any call. */
  readonly arrives: (outside: Outside, inputs: Inputs, text: string) => unknown;
}

const COMMIT = '0123456789abcdef'.repeat(3).slice(0, 40);
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const RUN = readIdentity(
  { GITHUB_RUN_ID: '7', GITHUB_SHA: COMMIT, GITHUB_REPOSITORY: 'acme/iris' },
  undefined,
);
const SAMPLE = { name: 'typical', input: { x: 1 }, tolerance: 0 };
const MARK = `${JSON.stringify({ name: 'marked', input: {} })}\n`;

/** A flag, a number or a word of a few has no room for more than its value: the typed value is what arrives. */
function closed<Inputs extends object>(name: keyof Inputs, ...valid: [string, ...string[]]): Probe<Inputs> {
  return { valid, meant: meant.word, arrives: (_, inputs) => inputs[name] };
}

async function shownOnGitHub(outside: Outside, environment: string | undefined, token: string | undefined) {
  outside.fetched.length = 0;
  const story = newStory('deploy', {
    service: undefined,
    functionName: 'iris',
    aliasName: 'live',
    run: RUN,
    dryRun: false,
  });
  const release = { version: '1', digest: undefined, commit: COMMIT };
  await showDeployment(outside.tools, { run: RUN, environment, token, story, release });
  return outside.fetched[0];
}

const stageOf = (outside: Outside, { restApiId, httpApiId, apiStage: stage = '$default' }: Shared) =>
  outside.sentBy(({ apiGateway }) =>
    (restApiId === undefined
      ? apiGateway({ kind: 'HTTP', apiId: httpApiId ?? '', stage })
      : apiGateway({ kind: 'REST', apiId: restApiId, stage })
    ).getStage(),
  );

export const shared: Readonly<Record<string, Probe<Shared>>> = {
  'function-name': {
    valid: ['iris', 'iris-model_2', 'arn:aws:lambda:eu-central-1:123456789012:function:iris'],
    arrives: async (outside, { functionName, alias }) =>
      (await outside.sentBy(({ lambda }) => lambda.getAlias(functionName, alias))).segments[2],
  },
  alias: {
    valid: ['live', 'prod-1_a'],
    arrives: async (outside, { functionName, alias }) =>
      (await outside.sentBy(({ lambda }) => lambda.getAlias(functionName, alias))).segments[4],
  },
  'aws-region': {
    valid: ['eu-central-1', 'us-gov-west-1'],
    arrives: async (outside, { awsRegion = '' }) =>
      (await outside.sentBy(() => outside.inRegion(awsRegion).lambda.getAlias('iris', 'live'))).host.split(
        '.',
      )[1],
  },
  'ecr-repository': {
    valid: ['iris', 'team/iris-model.v2'],
    arrives: async (outside, { ecrRepository = '' }) =>
      (await outside.sentBy(({ ecr }) => ecr.batchGetImage(ecrRepository, [{ tag: COMMIT }]))).body[
        'repositoryName'
      ],
  },
  commit: {
    valid: [COMMIT, DIGEST.slice(7)],
    arrives: (outside, { commit }) =>
      imageAsked(outside, { tag: readIdentity({ GITHUB_RUN_ID: '7' }, commit).commit }, 'imageTag'),
  },
  environment: {
    valid: ['production', 'Staging EU (2)'],
    arrives: async (outside, { environment }) =>
      (await shownOnGitHub(outside, environment, 'token'))?.body['environment'],
  },
  config: {
    valid: ['config/model.yml', 'a b.yml'],
    file: () => 'alias: live\n',
    meant: () => 'marked',
    arrives: (outside, { config: path = '' }) =>
      outside.withFile(path, 'marked', () =>
        readInside({ workspace: outside.workspace, path, input: 'config' }, true),
      ),
  },
  service: {
    valid: ['iris', 'fraud-2'],
    file: (text) =>
      `services:\n  ${/^\w[\w-]{0,63}$/.test(text.trim()) ? JSON.stringify(text.trim()) : 'iris'}:\n    alias: chosen\n`,
    meant: () => 'chosen',
    arrives: (_, { alias }) => alias,
  },
  'dry-run': closed('dryRun', 'true', 'false'),
  force: closed('force', 'true', 'false'),
  'github-token': {
    valid: ['ghs_0123456789abcdefghijABCDEFGHIJ012345', 'github_pat_11AA_bb'],
    secret: true,
    arrives: async (outside, { githubToken }) =>
      (await shownOnGitHub(outside, 'production', githubToken))?.headers
        .get('authorization')
        ?.replace(/^(token|bearer) /, ''),
  },
  'rest-api-id': {
    valid: ['a1b2c3d4e5'],
    beside: { 'api-stage': 'prod' },
    arrives: async (outside, inputs) => (await stageOf(outside, inputs)).segments[1],
  },
  'http-api-id': {
    valid: ['a1b2c3d4e5'],
    arrives: async (outside, inputs) => (await stageOf(outside, inputs)).segments[2],
  },
  'api-stage': {
    valid: ['prod', '$default'],
    beside: { 'http-api-id': 'a1b2c3d4e5' },
    arrives: async (outside, inputs) => (await stageOf(outside, inputs)).segments[4],
  },
  'api-url': {
    valid: ['https://api.example.com/predict', 'http://localhost:8080/'],
    arrives: async (outside, { apiUrl }) => {
      outside.fetched.length = 0;
      const door = { kind: 'HTTP', baseUrl: '', exactUrl: apiUrl, routes: [] } as const;
      await verifyApi(outside.tools, door, [SAMPLE]);
      return outside.fetched[0]?.url;
    },
  },
};

async function imageAsked(
  outside: Outside,
  id: { tag: string } | { digest: Digest },
  member: string,
): Promise<unknown> {
  const { body } = await outside.sentBy(({ ecr }) => ecr.batchGetImage('iris', [id]));
  return (body['imageIds'] as readonly Record<string, string>[])[0]?.[member];
}

/** The arguments with which docker was asked to build, and everything around them. */
async function built(outside: Outside, inputs: DeployInputs): Promise<Command> {
  outside.commands.length = 0;
  await buildImage(outside.tools, {
    ...inputs,
    builder: { kind: 'buildx', version: '0.30.0' },
    workspace: outside.workspace,
    reference: `registry.example.com/iris:${COMMIT}`,
    architecture: 'x86_64',
    revision: COMMIT,
    source: 'https://github.com/acme/iris',
    timeoutMs: inputs.buildTimeout * 60_000,
  });
  const [build] = outside.commands;
  if (build === undefined) throw new Error('docker was not asked to build');
  return build;
}

/** Arguments of a build without any option: --platform, --file, --tag, two labels, and what the builder needs. */
const PLAIN_ARGS = 13;

/** The values of one option. Any further argument would be one that a value smuggled in. */
const option =
  (name: string, ours = 0) =>
  async (outside: Outside, inputs: DeployInputs): Promise<unknown> => {
    const { args } = await built(outside, inputs);
    const values = args
      .filter((arg) => arg.startsWith(`--${name}=`))
      .map((arg) => arg.slice(name.length + 3));
    const further = args.length - PLAIN_ARGS - (values.length - ours);
    return further === 0 ? values.slice(0, values.length - ours) : { values, further };
  };

const lines = (text: string) => meant.lines(text).map((line) => line.trimStart());

const image: Readonly<Record<string, Probe<DeployInputs>>> = {
  'image-uri': {
    valid: [
      `123456789012.dkr.ecr.eu-central-1.amazonaws.com/iris@${DIGEST}`,
      'registry.example.com:5000/team/iris:v1.2',
    ],
    arrives: async (outside, inputs) => {
      const { repository, image: id, wish } = deployTarget(inputs, RUN);
      const { body } = await outside.sentBy(({ ecr }) => ecr.batchGetImage(repository, [id]));
      const [asked] = body['imageIds'] as readonly { imageTag?: string; imageDigest?: string }[];
      const { imageTag, imageDigest } = asked ?? {};
      const host = wish.imageName.split('/')[0];
      return `${host}/${body['repositoryName']}${imageTag === undefined ? `@${imageDigest}` : `:${imageTag}`}`;
    },
  },
  context: {
    valid: ['.', 'models/iris', 'a b'],
    meant: (text, outside) => resolve(outside.workspace, text.trim()),
    arrives: (outside, inputs) =>
      outside.withFile(`${inputs.context}/Dockerfile`, '', async () =>
        (await built(outside, inputs)).args.at(-1),
      ),
  },
  file: {
    valid: ['Dockerfile', 'docker/Dockerfile.cpu'],
    meant: (text, outside) => [resolve(outside.workspace, text.trim())],
    arrives: (outside, inputs) =>
      outside.withFile(inputs.file ?? '', '', async () => {
        const { args } = await built(outside, inputs);
        return args.filter((arg) => arg.startsWith('--file=')).map((arg) => arg.slice(7));
      }),
  },
  'build-args': { valid: ['PYTHON=3.12', 'A=1\nB=2 3'], meant: lines, arrives: option('build-arg') },
  secrets: {
    valid: ['pip=hunter2hunter2', 'A=1\nB=two words'],
    secret: true,
    meant: (text) =>
      lines(text).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    arrives: async (outside, inputs) => {
      const { args, env = {} } = await built(outside, inputs);
      const given = args.filter((arg) => arg.startsWith('--secret='));
      if (args.length !== PLAIN_ARGS + given.length) return args;
      return given.map((arg) => {
        const [, id, variable] = /^--secret=id=([^,]*),env=(\w+)$/.exec(arg) ?? [];
        return [id, env[variable ?? '']];
      });
    },
  },
  'secret-files': {
    valid: ['pip=pip.conf', 'A=keys/a\nB=keys/b, "c"'],
    meant: (text, outside) =>
      lines(text).map((line) => [
        line.slice(0, line.indexOf('=')),
        resolve(outside.workspace, line.slice(line.indexOf('=') + 1)),
      ]),
    arrives: async (outside, inputs) => {
      const paths = inputs.secretFiles.map((line) => line.slice(line.indexOf('=') + 1));
      const { args } = await paths.reduce<() => Promise<Command>>(
        (look, path) => () => outside.withFile(path, 'x', look),
        () => built(outside, inputs),
      )();
      const given = args.filter((arg) => arg.startsWith('--secret='));
      if (args.length !== PLAIN_ARGS + given.length) return args;
      return given.map((arg) => {
        const [id, source] = meant.csv(arg.slice('--secret='.length));
        return [id?.replace(/^id=/, ''), source?.replace(/^src=/, '')];
      });
    },
  },
  labels: { valid: ['team=ml', 'a.b/c=1 2'], meant: lines, arrives: option('label', 2) },
  target: { valid: ['runtime', 'stage_2.a'], meant: (text) => [text.trim()], arrives: option('target') },
  'cache-from': {
    valid: ['type=gha', 'type=registry,ref=example.com/cache'],
    meant: meant.lines,
    arrives: option('cache-from'),
  },
  'cache-to': { valid: ['type=gha,mode=max'], meant: meant.lines, arrives: option('cache-to') },
  pull: {
    valid: ['true', 'false'],
    meant: meant.word,
    arrives: async (o, i) => (await built(o, i)).args.includes('--pull'),
  },
  'no-cache': {
    valid: ['true', 'false'],
    meant: meant.word,
    arrives: async (o, i) => (await built(o, i)).args.includes('--no-cache'),
  },
  network: { valid: ['host', 'container:abc'], meant: (text) => [text.trim()], arrives: option('network') },
  'build-timeout': {
    valid: ['60', '1'],
    meant: meant.number,
    arrives: async (o, i) => ((await built(o, i)).timeoutMs ?? 0) / 60_000,
  },
};

/** The program that was started for the tests. */
async function tested(outside: Outside, inputs: DeployInputs): Promise<Command | undefined> {
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

const samplesRead: Pick<Probe<Pick<DeployInputs, 'samples' | 'workingDirectory'>>, 'arrives'> = {
  arrives: async (outside, inputs) => {
    const path =
      inputs.workingDirectory === '.' ? inputs.samples : `${inputs.workingDirectory}/${inputs.samples}`;
    return outside.withFile(path, MARK, async () =>
      (await loadSamples(outside.tools, inputs)).map(({ name }) => name),
    );
  },
};

const samples: Probe<Pick<DeployInputs, 'samples' | 'workingDirectory'>> = {
  valid: ['tests/other.jsonl', 'none', 'a b/c.jsonl'],
  meant: (text, outside) => {
    if (text.trim() === 'none') return [];
    return [outside.isKept(text.trim()) ? 'typical' : 'marked'];
  },
  ...samplesRead,
};

const tests: Readonly<Record<string, Probe<DeployInputs>>> = {
  'unit-tests': command,
  'integration-tests': command,
  'tests-in': closed('testsIn', 'runner', 'image', 'none'),
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

const functions: Readonly<Record<string, Probe<DeployInputs>>> = {
  'memory-size': {
    valid: ['512', '10240'],
    meant: meant.number,
    arrives: async (o, i) => (await configured(o, i))['MemorySize'],
  },
  timeout: {
    valid: ['30', '900'],
    meant: meant.number,
    arrives: async (o, i) => (await configured(o, i))['Timeout'],
  },
  'ephemeral-storage': {
    valid: ['512', '1024'],
    meant: meant.number,
    arrives: async (o, i) => (await configured(o, i))['EphemeralStorage']?.['Size'],
  },
  tracing: {
    valid: ['Active', 'PassThrough'],
    arrives: async (o, i) => (await configured(o, i))['TracingConfig']?.['Mode'],
  },
  'environment-variables': {
    valid: ['LIMIT=0.5', 'A1=b = c\nB2= d '],
    meant: meant.pairs,
    arrives: async (o, i) => (await configured(o, i))['Environment']?.['Variables'],
  },
  'environment-mode': closed('environmentMode', 'merge', 'replace'),
  'subnet-ids': {
    valid: ['subnet-0123abcd', 'subnet-0123abcd,subnet-0123456789abcdef0'],
    meant: meant.list,
    arrives: async (o, i) => (await configured(o, i))['VpcConfig']?.['SubnetIds'],
  },
  'security-group-ids': {
    valid: ['sg-0123abcd', 'sg-0123abcd\nsg-0123456789abcdef0'],
    meant: meant.list,
    arrives: async (o, i) => (await configured(o, i))['VpcConfig']?.['SecurityGroupIds'],
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
    valid: ['arn:aws:iam::123456789012:role/iris', 'arn:aws-cn:iam::123456789012:role/path/a+b=c,d.e@f'],
    arrives: async (o, i) => (await o.sentBy((tools) => created(tools, i))).body['Role'],
  },
  architecture: {
    valid: ['x86_64', 'arm64'],
    meant: (text) => [text.trim()],
    arrives: async (o, i) => (await o.sentBy((tools) => created(tools, i))).body['Architectures'],
  },
  'api-repair': closed('apiRepair', 'true', 'false'),
  'require-way-back': closed('requireWayBack', 'true', 'false'),
  'pin-previous': closed('pinPrevious', 'true', 'false'),
};

/** What a rollback asks for, as the call that finds it. */
async function asked(outside: Outside, inputs: RollbackInputs): Promise<unknown> {
  const { wish } = rollbackQuestion(inputs, RUN);
  switch (wish.to) {
    case 'previous':
      return 'previous';
    case 'version':
      return (await outside.sentBy(({ lambda }) => lambda.getFunction('iris', wish.version))).query[
        'Qualifier'
      ];
    case 'digest':
      return imageAsked(outside, { digest: wish.digest }, 'imageDigest');
    case 'commit':
      return imageAsked(outside, { tag: wish.commit }, 'imageTag');
  }
}

const wishes: Readonly<Record<string, Probe<RollbackInputs>>> = {
  to: { valid: ['previous', '41', DIGEST, COMMIT], arrives: asked },
  version: { valid: ['41', '7'], beside: { to: 'version' }, arrives: asked },
  digest: { valid: [DIGEST], beside: { to: 'digest' }, arrives: asked },
  'to-commit': { valid: [COMMIT], beside: { to: 'commit' }, arrives: asked },
  'released-by': closed('releasedBy', 'anyone', 'this-run', 'auto'),
  reason: {
    valid: ['answers are wrong since 9:00', 'p99 > 2 s'],
    meant: (text) => `asked for: ${text.trim()}`,
    arrives: (_, { reason }) =>
      rollbackStep(undefined, { version: '1', digest: undefined, commit: undefined }, reason).why,
  },
  samples,
  'working-directory': {
    valid: ['.', 'models/iris', 'a b'],
    meant: (text, outside) => [outside.isKept(`${text.trim()}/tests/samples.jsonl`) ? 'typical' : 'marked'],
    ...samplesRead,
  },
};

export const deployProbes: Readonly<Record<string, Probe<DeployInputs>>> = {
  ...shared,
  ...image,
  ...tests,
  ...functions,
};
export const rollbackProbes: Readonly<Record<string, Probe<RollbackInputs>>> = { ...shared, ...wishes };

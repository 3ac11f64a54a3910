import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { seedHttpApi, seedRestApi } from '../../local/aws/api-seeds.ts';
import { startLocal, type RunningLocal } from '../../local/start.ts';
import { ensureBaseImage } from '../../scripts/base-image.ts';
import { cacheDirectory } from '../../local/engine/paths.ts';
import { DockerClient, engineOrSkip, leaveEngine, repositoryRoot } from './harness.ts';
import { ROLE } from '../harness/fixtures.ts';

const { engine, describeContainers } = await engineOrSkip();
const example = join(repositoryRoot, 'examples/iris');
const PULL_BY_LAMBDA = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    },
  ],
});

interface Sample {
  name: string;
  input: object;
  expected: { species: string };
}

describeContainers('examples/iris, from its Dockerfile to an answer', () => {
  let docker: DockerClient;
  let local: RunningLocal;
  let lambda: LambdaClient;
  let ecr: ECRClient;
  let image: string;
  let settings: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };

  beforeAll(async () => {
    docker = await DockerClient.create(engine);
    const host = engine.dockerHost === undefined ? {} : { dockerHost: engine.dockerHost };
    local = await startLocal({
      engine: host,
      settings: { metricLagMs: 0 },
      // The base image's layer is 100 MB: where an earlier run has left it, docker finds it and sends it no more.
      dataDir: join(cacheDirectory(), 'registry'),
    });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    settings = { endpoint: local.url, region: 'us-east-1', credentials };
    lambda = new LambdaClient(settings);
    ecr = new ECRClient(settings);
    image = `${local.registryHost}/iris:one`;
    const base = await ensureBaseImage({ ...host, log: (line) => void process.stderr.write(`${line}\n`) });
    await docker.must([
      'build',
      '--network=host',
      `--build-arg=BASE_IMAGE=${base.image}`,
      `--tag=${image}`,
      example,
    ]);
  }, 300_000);

  afterAll(async () => {
    // By its id: with every name it has, the one of the registry that is about to end included.
    await docker.run(['rmi', '--force', await docker.must(['images', '--quiet', image])]);
    await docker.dispose();
    await local.stop();
    await leaveEngine();
  }, 60_000);

  test('its tests pass inside the image it builds', async () => {
    for (const folder of ['tests/unit_tests', 'tests/integration_tests']) {
      const tests = ['-m', 'unittest', 'discover', '-t', '.', '-s', folder];
      const output = await docker.must([
        'run',
        '--rm',
        '--network=host',
        '--entrypoint=python3',
        image,
        ...tests,
      ]);
      expect(output).toMatch(/Ran [1-9]\d* tests? in .*\n\nOK$/);
    }
  }, 60_000);

  test('the classifier in the image was trained on the flowers', async () => {
    const read = ['--entrypoint=cat', image, 'model_code/artifacts/metrics.json'];
    const metrics = JSON.parse(await docker.must(['run', '--rm', '--network=host', ...read])) as object;
    expect(metrics).toEqual({ accuracy: expect.any(Number), train_rows: 120, test_rows: 30 });
    expect((metrics as { accuracy: number }).accuracy).toBeGreaterThanOrEqual(0.9);
  }, 60_000);

  test('pushed, published and behind an alias it gives every sample its species', async () => {
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'iris' }));
    expect(repository?.repositoryUri).toBe(`${local.registryHost}/iris`);
    await ecr.send(new SetRepositoryPolicyCommand({ repositoryName: 'iris', policyText: PULL_BY_LAMBDA }));
    local.aws.state.registryTokens['test'] = Date.now() + 3_600_000;
    await docker.must(['login', local.registryHost, '-u', 'AWS', '--password-stdin'], 'test');
    await docker.must(['push', image]);
    const imageIds = [{ imageTag: 'one' }];
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'iris', imageIds }));
    const digest = imageDetails?.[0]?.imageDigest;

    await createFunction(`${local.registryHost}/iris@${digest}`);
    const samples = (await readFile(join(example, 'tests/samples.jsonl'), 'utf8')).trim().split('\n');
    expect(samples.length).toBeGreaterThanOrEqual(8);
    for (const line of samples) {
      const sample = JSON.parse(line) as Sample;
      const answer = await invoke(sample.input);
      expect([sample.name, answer['species']]).toEqual([sample.name, sample.expected.species]);
    }
    expect(await invocations()).toBe(samples.length);
  }, 300_000);

  test('behind a REST and an HTTP API it answers a POST, and refuses what is no flower with 400', async () => {
    const rest = seedRestApi(local.aws, { functionName: 'iris', alias: 'live' });
    const http = seedHttpApi(local.aws, { functionName: 'iris', alias: 'live' });
    for (const api of [rest, http]) {
      const url = `${local.apiUrl(api.id, api.stage)}/predict`;
      const flower = { sepal_length: 6.3, sepal_width: 3.3, petal_length: 6, petal_width: 2.5 };
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify(flower) });
      expect(await answer.json()).toMatchObject({ species: 'virginica' });
      const refused = await fetch(url, { method: 'POST', body: '{"sepal_length": 6.3}' });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ error: expect.stringContaining('Missing: sepal_width') });
    }
  }, 60_000);

  /** Function iris with version 1 behind alias live. */
  async function createFunction(imageUri: string): Promise<void> {
    const Role = ROLE;
    const size = { MemorySize: 512, Timeout: 10 };
    const FunctionName = 'iris';
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role,
        PackageType: 'Image',
        Code: { ImageUri: imageUri },
        ...size,
      }),
    );
    const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Code?.ResolvedImageUri).toBe(imageUri);
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
    await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: Version ?? '' }));
  }

  /** The answer of the alias; of a proxy response, its body. */
  async function invoke(event: object): Promise<Record<string, unknown>> {
    const input = { FunctionName: 'iris', Qualifier: 'live', Payload: Buffer.from(JSON.stringify(event)) };
    const result = await lambda.send(new InvokeCommand(input));
    expect([result.FunctionError, result.ExecutedVersion]).toEqual([undefined, '1']);
    const answer = JSON.parse(Buffer.from(result.Payload ?? []).toString()) as Record<string, unknown>;
    return typeof answer['body'] === 'string'
      ? (JSON.parse(answer['body']) as Record<string, unknown>)
      : answer;
  }

  /** Invocations of version 1 through the alias, as CloudWatch counts them. */
  async function invocations(): Promise<number> {
    const dimensions = { FunctionName: 'iris', Resource: 'iris:live', ExecutedVersion: '1' };
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const Metric = { Namespace: 'AWS/Lambda', MetricName: 'Invocations', Dimensions };
    const output = await new CloudWatchClient(settings).send(
      new GetMetricDataCommand({
        StartTime: new Date(Date.now() - 600_000),
        EndTime: new Date(Date.now() + 60_000),
        MetricDataQueries: [{ Id: 'count', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }],
      }),
    );
    return (output.MetricDataResults?.[0]?.Values ?? []).reduce((sum, value) => sum + value, 0);
  }
});

import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startLocal, type RunningLocal } from '../../local/start.ts';
import { DockerClient, engineOrSkip, leaveEngine } from './harness.ts';

const { engine, describeContainers } = await engineOrSkip();

/** One small layer that no other run has built. */
function dockerfile(content: string): string {
  return `FROM scratch\nWORKDIR /${content}-${process.pid}\nCMD ["none"]`;
}

describeContainers('a real docker client against the registry', () => {
  let local: RunningLocal;
  let docker: DockerClient;
  let ecr: ECRClient;

  beforeAll(async () => {
    local = await startLocal();
    docker = await DockerClient.create(engine);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    ecr = new ECRClient({ endpoint: local.url, region: 'us-east-1', credentials });
    await ecr.send(
      new CreateRepositoryCommand({ repositoryName: 'team/iris', imageTagMutability: 'IMMUTABLE' }),
    );
  });

  afterAll(async () => {
    const images = await docker.must([
      'images',
      '--quiet',
      '--filter',
      `reference=${local.registryHost}/*/*`,
    ]);
    if (images !== '') await docker.run(['rmi', '--force', ...new Set(images.split('\n'))]);
    await docker.dispose();
    await local.stop();
    await leaveEngine();
  });

  async function password(): Promise<string> {
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    expect(authorizationData?.[0]?.proxyEndpoint).toBe(local.url);
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString();
    return token.slice('AWS:'.length);
  }

  async function logIn(): Promise<string> {
    const token = await password();
    await docker.must(['login', local.registryHost, '-u', 'AWS', '--password-stdin'], token);
    return token;
  }

  async function build(tag: string, content: string): Promise<string> {
    const reference = `${local.registryHost}/team/iris:${tag}`;
    await docker.buildFrom(dockerfile(content), reference);
    return reference;
  }

  /** `docker push`'s own word for what it pushed. */
  async function push(reference: string): Promise<string> {
    const output = await docker.must(['push', reference]);
    return /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1] ?? output;
  }

  test('a wrong password is refused at login', async () => {
    const { code, output } = await docker.run(
      ['login', local.registryHost, '-u', 'AWS', '--password-stdin'],
      'wrong',
    );
    expect(code).not.toBe(0);
    expect(output).toContain('403 Forbidden');
  });

  test('docker, ECR and a pull agree on the digest of what was pushed', async () => {
    await logIn();
    const reference = await build('one', 'one');
    const pushed = await push(reference);
    const imageIds = [{ imageTag: 'one' }];
    const { images } = await ecr.send(new BatchGetImageCommand({ repositoryName: 'team/iris', imageIds }));
    expect(images?.[0]?.imageId?.imageDigest).toBe(pushed);
    expect(images?.[0]?.imageManifestMediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    const { imageDetails } = await ecr.send(
      new DescribeImagesCommand({ repositoryName: 'team/iris', imageIds }),
    );
    expect(imageDetails?.[0]?.imageSizeInBytes).toBeGreaterThan(0);

    await docker.must(['rmi', reference]);
    const pulled = await docker.must(['pull', `${local.registryHost}/team/iris@${pushed}`]);
    expect(pulled).toContain(`Digest: ${pushed}`);
  });

  test('an immutable tag takes the same image again, and refuses another in ECR’s words', async () => {
    await logIn();
    const first = await push(await build('fixed', 'first'));
    expect(await push(`${local.registryHost}/team/iris:fixed`)).toBe(first);
    const { code, output } = await docker.run(['push', await build('fixed', 'second')]);
    expect(code).not.toBe(0);
    expect(output).toContain(
      "tag invalid: The image tag 'fixed' already exists in the 'team/iris' repository and cannot be overwritten because the tag is immutable.",
    );
    expect(local.aws.state.repositories['team/iris']?.tags['fixed']).toBe(first);
  });

  test('a repository that was not created is refused in ECR’s words', async () => {
    await logIn();
    const reference = `${local.registryHost}/team/none:one`;
    await docker.buildFrom(dockerfile('none'), reference);
    const { output } = await docker.run(['push', reference]);
    expect(output).toContain(
      "name unknown: The repository with name 'team/none' does not exist in the registry with id '123456789012'",
    );
  });

  test('an expired token is refused in ECR’s words until the next login', async () => {
    const token = await logIn();
    const reference = await build('late', 'late');
    // Already at the first layer; a token that ends later shows as an empty 403, for HEAD requests have no body.
    local.aws.state.registryTokens[token] = Date.now() - 1;
    const { code, output } = await docker.run(['push', reference]);
    expect(code).not.toBe(0);
    expect(output).toContain('denied: Your authorization token has expired. Reauthenticate and try again.');
    await logIn();
    expect(await push(reference)).toMatch(/^sha256:/);
  });
});

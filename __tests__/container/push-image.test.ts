/** Pushing with a real docker client to the registry of local/, through a door that can be slammed. */
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { startLocal, type RunningLocal } from '../../local/start.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import { ecrClient } from '../../src/clients/ecr.ts';
import { nodeShell, type LongCommand, type ShortCommand } from '../../src/clients/shell.ts';
import { pushImage, type ImageToPush } from '../../src/release/steps/image/push-image.ts';
import { DockerClient, engineOrSkip, leaveEngine } from './harness.ts';
import { MINUTES, stepsWorld } from './steps-world.ts';
import { everyWrite } from '../harness/results.ts';

const { engine, describeContainers } = await engineOrSkip();
const REPOSITORY = 'build-push/model';
const AWS = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** What the door answers instead of the registry; undefined lets the request through. */
type Slam = (request: IncomingMessage) => { status: number; code: string; message: string } | undefined;

/** A registry's front door: the same registry on another port, with answers that only a real AWS gives now and then. */
async function frontDoor(registry: string) {
  const state: { slam: Slam } = { slam: () => undefined };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const answer = state.slam(request);
    if (answer !== undefined) {
      request.resume();
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: answer.code, message: answer.message }] }));
      return;
    }
    const { method, url, headers } = request;
    const inner = forward(`http://${registry}${url}`, { method, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    inner.on('error', () => response.destroy());
    request.pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { state, server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describeContainers('push', () => {
  let local: RunningLocal;
  let docker: DockerClient;
  let door: { state: { slam: Slam }; server: Server; host: string };
  let folder: string;
  let count = 0;

  beforeAll(async () => {
    local = await startLocal();
    docker = await DockerClient.create(engine);
    door = await frontDoor(local.registryHost);
    folder = await realpath(await mkdtemp(join(tmpdir(), 'model-release-push-')));
    const ecr = new ECRClient({ ...AWS, requestHandler: requestHandlerFor(local.aws) });
    await ecr.send(
      new CreateRepositoryCommand({ repositoryName: REPOSITORY, imageTagMutability: 'IMMUTABLE' }),
    );
  }, MINUTES);

  afterAll(async () => {
    const images = await docker.must(['images', '--quiet', '--filter', `reference=${door.host}/*/*`]);
    if (images !== '') await docker.run(['rmi', '--force', ...new Set(images.split('\n'))]);
    await docker.dispose();
    door.server.close();
    await local.stop();
    await rm(folder, { recursive: true, force: true });
    await leaveEngine();
  }, MINUTES);

  let waits: number[];
  beforeEach(() => {
    waits = [];
    door.state.slam = () => undefined;
  });
  afterEach(async () => {
    // Whatever happened: the login is gone.
    await expect(readdir(join(folder, 'temp'))).resolves.toEqual([]);
  });

  /** The tools of a run, with waits that are written down instead of waited for. */
  function tools(onLine?: (line: string) => void) {
    const world = stepsWorld(engine, onLine === undefined ? {} : { onLine });
    const clock = { now: () => 0, sleep: async (ms: number) => void waits.push(ms) };
    const aws = { ...AWS, requestHandler: requestHandlerFor(local.aws) };
    const commands: (LongCommand & ShortCommand)[] = [];
    const shell = {
      run: (command: LongCommand) => {
        commands.push(command);
        return world.shell.run(command);
      },
      ask: (question: ShortCommand) => {
        commands.push(question);
        return world.shell.ask(question);
      },
    };
    return { ...world, clock, shell, commands, ecr: ecrClient({ ...world, aws, permits: everyWrite }) };
  }

  async function image(more: Partial<ImageToPush> = {}): Promise<ImageToPush> {
    count += 1;
    const reference = `${door.host}/${more.repository ?? REPOSITORY}:tag-${count}`;
    await docker.buildFrom(
      `FROM scratch\nWORKDIR /${process.pid}-${count}\nCMD ["none"]`,
      more.reference ?? reference,
    );
    const paths = { tempFolder: join(folder, 'temp'), dockerConfig: join(folder, 'config') };
    return { reference, repository: REPOSITORY, timeoutMs: MINUTES, ...paths, ...more };
  }

  const pushed = (reference: string): string | undefined =>
    local.aws.state.repositories[REPOSITORY]?.tags[reference.slice(reference.lastIndexOf(':') + 1)];

  test('the digest is the registry’s; the password went through stdin, masked first, and stays nowhere', async () => {
    const run = tools();
    const wish = await image();
    const result = await pushImage(run, wish);
    expect(result).toEqual({ kind: 'pushed', digest: pushed(wish.reference) });
    const [password = ''] = run.secrets;
    expect(run.commands.map(({ args }) => args[0])).toEqual(['login', 'push']);
    expect(run.commands[0]?.input).toBe(password);
    expect(JSON.stringify(run.commands.map(({ args, env }) => [args, env]))).not.toContain(password);
    expect(run.lines.join('\n')).not.toContain(password);
  });

  test('the user’s contexts and proxies are used, the user’s logins are neither used nor changed', async () => {
    const dockerConfig = join(folder, 'user');
    await mkdir(join(dockerConfig, 'contexts'), { recursive: true });
    const config = JSON.stringify({
      auths: { [door.host]: { auth: Buffer.from('AWS:wrong').toString('base64') } },
      credsStore: 'no-such-helper',
      credHelpers: { [door.host]: 'no-such-helper' },
      HttpHeaders: { 'X-From-User': 'yes' },
    });
    await writeFile(join(dockerConfig, 'config.json'), config);
    await expect(pushImage(tools(), await image({ dockerConfig }))).resolves.toMatchObject({
      kind: 'pushed',
    });
    await expect(readFile(join(dockerConfig, 'config.json'), 'utf8')).resolves.toBe(config);
    await expect(readdir(dockerConfig)).resolves.toEqual(['config.json', 'contexts']);
  });

  test('a tag that is taken by another image is an answer, and the tag keeps its image', async () => {
    const first = await image();
    await pushImage(tools(), first);
    const digest = pushed(first.reference);
    const second = await image({ reference: first.reference });
    await expect(pushImage(tools(), second)).resolves.toEqual({ kind: 'tag-exists' });
    expect(pushed(first.reference)).toBe(digest);
  });

  test('a login that expires before the push is renewed once', async () => {
    const expire = (line: string): void => {
      if (!line.startsWith('Logged in') || run.secrets.length > 1) return;
      for (const token of run.secrets) local.aws.state.registryTokens[token] = Date.now() - 1;
    };
    const run = tools(expire);
    await expect(pushImage(run, await image())).resolves.toMatchObject({ kind: 'pushed' });
    expect(run.commands.map(({ args }) => args[0])).toEqual(['login', 'push', 'login', 'push']);
    expect(new Set(run.secrets).size).toBe(2);
    expect(waits).toEqual([0]);
  });

  test('one that expires in the middle, where the refusal has no words, too; a second time is an error', async () => {
    let refused = 0;
    const once: Slam = ({ method }) =>
      method === 'HEAD' && refused++ === 0 ? { status: 403, code: 'DENIED', message: '' } : undefined;
    door.state.slam = once;
    await expect(pushImage(tools(), await image())).resolves.toMatchObject({ kind: 'pushed' });
    door.state.slam = ({ method }) =>
      method === 'HEAD' ? { status: 403, code: 'DENIED', message: '' } : undefined;
    await expect(pushImage(tools(), await image())).rejects.toMatchObject({ code: 'push-denied' });
  });

  /** Refuses the manifest, the last request of a push, so often. */
  function refuseManifest(times: number, status: number, [code, message]: readonly [string, string]): void {
    let left = times;
    door.state.slam = ({ method, url = '' }) =>
      method === 'PUT' && url.includes('/manifests/') && left-- > 0 ? { status, code, message } : undefined;
  }

  test(
    'what gets lost on the way is pushed again, three times in all, with growing waits',
    async () => {
      refuseManifest(2, 503, ['UNAVAILABLE', 'Service Unavailable']);
      await expect(pushImage(tools(), await image())).resolves.toMatchObject({ kind: 'pushed' });
      expect(waits).toEqual([1200, 2400]);
      refuseManifest(3, 404, ['LAYERS_NOT_FOUND', 'LayersNotFoundException: Layers could not be found']);
      const lost = await image();
      await expect(pushImage(tools(), lost)).rejects.toMatchObject({
        code: 'push-failed',
        message: expect.stringContaining('interrupted again and again'),
      });
      expect(pushed(lost.reference)).toBeUndefined();
    },
    MINUTES,
  );

  test.each([
    [
      'push-kms',
      'KmsException: The key arn:aws:kms:us-east-1:1:key/x is disabled',
      'KMS key of build-push/model',
    ],
    ['push-limit', 'LimitExceededException: exceeded the allowed number of images', 'ECR’s limit'],
    ['push-denied', 'User: x is not authorized to perform: ecr:PutImage', 'ecr:PutImage'],
  ])('%s is not tried again', async (code, message, words) => {
    refuseManifest(9, 403, ['DENIED', message]);
    const run = tools();
    const error = await pushImage(run, await image()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words.replace('’', "'")) });
    expect(run.commands.map(({ args }) => args[0])).toEqual(['login', 'push']);
  });

  test('a repository that was not created is named', async () => {
    await expect(pushImage(tools(), await image({ repository: 'build-push/none' }))).rejects.toMatchObject({
      code: 'repository-missing',
      message: expect.stringContaining(`no ECR repository build-push/none at ${door.host}`),
    });
  });

  test('a stop signal leaves no login behind', async () => {
    const stop = new AbortController();
    const run = tools((line) => line.startsWith('Logged in') && stop.abort('SIGTERM'));
    const shell = nodeShell({
      clock: stepsWorld(engine).clock,
      signal: stop.signal,
      env: { ...process.env, DOCKER_HOST: engine.dockerHost },
    });
    await expect(pushImage({ ...run, shell }, await image())).rejects.toMatchObject({ code: 'cancelled' });
  });
});

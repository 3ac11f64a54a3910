/** Real images, tried on this machine's engine as a release does it before the push. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findPlace } from '../../src/checks/container/engine-network.ts';
import type { ImageToTry } from '../../src/checks/container/image-to-try.ts';
import { TRIAL_LABEL } from '../../src/checks/container/run-arguments.ts';
import { ImageTrialFailed } from '../../src/checks/container/trial-failure.ts';
import { trySamples } from '../../src/checks/container/try-samples.ts';
import { readSamples } from '../../src/checks/read-samples.ts';
import { realClock } from '../../src/clients/clock.ts';
import { nodeShell } from '../../src/clients/shell.ts';
import { ensureBaseImage } from '../../scripts/base-image.ts';
import { RUNNERS_OWN } from '../harness/trial.ts';
import { DockerClient, engineOrSkip, leaveEngine, repositoryRoot } from './harness.ts';

const { engine, describeContainers } = await engineOrSkip();
const TAG = `model-release/trial:${process.pid}`;
const SERVER = `
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer
def able(path):
    try:
        open(path, 'w').close()
        return True
    except OSError:
        return False
class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        n = json.loads(self.rfile.read(int(self.headers['Content-Length'])))['n']
        if n == 'much': held = bytearray(1 << 30)
        seen = {'env': dict(os.environ), 'user': os.getuid(), 'tmp': able('/tmp/x'), 'root': able('/x')}
        text = json.dumps({'n': n, **seen}).encode()
        self.send_response(200); self.send_header('Content-Length', str(len(text))); self.end_headers(); self.wfile.write(text)
HTTPServer(('0.0.0.0', int(os.environ['PORT'])), Model).serve_forever()
`;

describeContainers('an image is tried in a container', () => {
  let docker: DockerClient;
  const env = {
    ...process.env,
    ...RUNNERS_OWN,
    ...(engine.dockerHost && { DOCKER_HOST: engine.dockerHost }),
  };
  const shell = nodeShell({ clock: realClock, signal: new AbortController().signal, env });

  beforeAll(async () => {
    docker = await DockerClient.create(engine);
    const host = engine.dockerHost === undefined ? {} : { dockerHost: engine.dockerHost };
    const base = await ensureBaseImage({ ...host, log: (line) => void process.stderr.write(`${line}\n`) });
    const build = ['build', '--network=host', `--build-arg=BASE_IMAGE=${base.image}`, `--tag=${TAG}-iris`];
    await docker.must([...build, join(repositoryRoot, 'examples/iris')]);
    const code = Buffer.from(SERVER).toString('base64');
    const file = `FROM ${base.image}\nENTRYPOINT []\nCMD ["python3", "-c", "import base64; exec(base64.b64decode('${code}'))"]\n`;
    await docker.buildFrom(file, `${TAG}-http`);
  }, 300_000);

  afterAll(async () => {
    const left = await docker.must(['ps', '--all', '--quiet', '--filter', `label=${TRIAL_LABEL}`]);
    await docker.run(['rmi', '--force', `${TAG}-iris`, `${TAG}-http`]);
    await docker.dispose();
    await leaveEngine();
    expect(left).toBe('');
  }, 60_000);

  async function attempt(samples: string, image: Partial<ImageToTry>) {
    const network = await findPlace(shell, 'x86_64');
    if ('notTried' in network) throw new Error(network.notTried);
    const log = { info: () => undefined, warning: () => undefined };
    const tools = { shell, clock: realClock, signal: new AbortController().signal, log };
    const whole: ImageToTry = {
      reference: `${TAG}-iris`,
      architecture: 'x86_64',
      functionName: 'iris',
      functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:iris',
      region: 'eu-central-1',
      memoryMb: 512,
      ephemeralMb: 512,
      timeoutS: 30,
      imageConfig: undefined,
      port: undefined,
      variables: {},
      file: 'tests/samples.jsonl',
      ...image,
    };
    return trySamples(tools, { image: whole, network }, readSamples('tests/samples.jsonl', samples));
  }

  test('the classifier of the example answers its samples, within the memory of its function', async () => {
    const trial = await attempt(
      await readFile(join(repositoryRoot, 'examples/iris/tests/samples.jsonl'), 'utf8'),
      {},
    );
    expect(trial.answers.length).toBeGreaterThanOrEqual(8);
    expect(trial.answers.every(({ asExpected }) => asExpected === true)).toBe(true);
    expect(trial.usedMb).toBeGreaterThan(20);
    expect(trial.usedMb).toBeLessThan(512);
  }, 120_000);

  test('a server on a port has an unprivileged user, only /tmp to write, and nothing of the runner', async () => {
    const port = await freePort();
    const sample = { name: 'one', input: { n: 1 }, expected: { n: 1, user: 993, tmp: true, root: false } };
    const image = { reference: `${TAG}-http`, port, variables: { PORT: String(port) } };
    const { answers } = await attempt(JSON.stringify(sample), image);
    expect(answers[0]?.asExpected).toBe(true);
    const text = Buffer.from((answers[0]?.answer as { body: Uint8Array }).body).toString();
    const { env: inside } = JSON.parse(text) as { env: Record<string, string> };
    const names = Object.keys(inside).filter((name) => !/proxy$/i.test(name));
    expect(names.filter((name) => !ALLOWED.has(name))).toEqual([]);
    for (const value of Object.values(RUNNERS_OWN)) expect(text).not.toContain(value);
  }, 120_000);

  test('a model that needs more memory than its function has is killed, which is said', async () => {
    const port = await freePort();
    const image = { reference: `${TAG}-http`, port, variables: { PORT: String(port) }, memoryMb: 256 };
    const error = await attempt('{"name": "much", "input": {"n": "much"}}', image).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ImageTrialFailed);
    expect((error as Error).message).toContain('mostly because its 256 MB of memory are used up');
  }, 120_000);
});

/** Of Docker, of the base image, and of Lambda. */
const ALLOWED = new Set([
  ...['PATH', 'HOSTNAME', 'HOME', 'LANG', 'PYTHONDONTWRITEBYTECODE', 'LD_LIBRARY_PATH', 'LC_CTYPE', 'PORT'],
  ...['AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_VERSION', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
  ...['AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME'],
  ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_EC2_METADATA_DISABLED'],
  ...['LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR', 'TZ'],
]);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

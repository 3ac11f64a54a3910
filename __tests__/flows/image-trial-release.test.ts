/** Whole deploys that build: the image is tried between its build and its push. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { realClock } from '../../src/clients/clock.ts';
import { nodeShell } from '../../src/clients/shell.ts';
import { openTrialMachine, type TrialMachine } from '../harness/trial.ts';
import { commit, createWorld, FIRST, type World } from '../harness/world.ts';

let machine: TrialMachine;
let registry: Server;
let world: World;
/** References that were pushed. */
let pushed: string[];

beforeAll(async () => {
  machine = await openTrialMachine();
  registry = createServer((request, response) => {
    void (async () => {
      const pieces: Buffer[] = [];
      for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
      const said = JSON.parse(Buffer.concat(pieces).toString()) as {
        reference: string;
        labels: Record<string, string>;
      };
      pushed.push(said.reference);
      response.end(world.image(commit(1), { labels: said.labels }).digest);
    })();
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  pushed = [];
  world = createWorld({ clock: realClock });
});
afterAll(async () => {
  await new Promise((resolve) => registry.close(resolve));
  await machine.close();
});

/** A first deploy of a model whose handler returns this, in Python. */
async function deploy(answer: string, inputs: Readonly<Record<string, string>> = {}) {
  const workspace = await mkdtemp(join(machine.folder, 'workspace-'));
  await writeFile(join(workspace, 'Dockerfile'), 'FROM base\nCMD ["model.handler"]\n');
  await writeFile(
    join(workspace, 'model.py'),
    `import os\ndef handler(event, context):\n    return ${answer}\n`,
  );
  const { port } = registry.address() as AddressInfo;
  const env = {
    ...machine.env,
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: machine.folder,
    AWS_REGION: 'eu-central-1',
    DOCKER_PROGRAM_REGISTRY: `http://127.0.0.1:${port}`,
  };
  const shell = nodeShell({ clock: realClock, signal: new AbortController().signal, env });
  return world.deploy({ ...FIRST, timeout: '10', ...inputs }, { commit: commit(1), env, shell });
}

const writes = () => world.aws.calls.filter(({ isWrite }) => isWrite).map(({ operation }) => operation);

test('an image that answers is pushed after its trial, and the result holds the trial', async () => {
  const { result } = await deploy('{"ok": True}');
  expect(result).toMatchObject({ outcome: 'ok', error: undefined });
  const names = result.timings.map(({ name }) => name);
  expect(names.slice(names.indexOf('Build the image'))).toMatchObject([
    'Build the image',
    'Try the image',
    ...names.slice(names.indexOf('Try the image') + 1),
  ]);
  expect(names.indexOf('Try the image')).toBeLessThan(names.indexOf('Push the image'));
  expect(result.timings.find(({ name }) => name === 'Try the image')).toMatchObject({
    result: '1 answer as expected, 42 of 128 MB used',
    ok: true,
  });
  expect(result.imageTrial).toMatchObject({
    where: 'runner',
    memoryMb: 128,
    answers: [{ asExpected: true }],
  });
  expect(result.plan.find(({ name }) => name === 'Try the image')).toMatchObject({
    does: 'start the image on this machine, without credentials, and check its answers to 1 sample',
    writes: ['docker:run'],
  });
  expect(pushed).toHaveLength(1);
});

test('an image that answers wrongly never reaches ECR, and nothing of AWS is written', async () => {
  const { result } = await deploy('{"ok": False}');
  expect(result).toMatchObject({
    outcome: 'failed',
    error: {
      code: 'image-trial-failed',
      message: expect.stringContaining('"typical": expected true at ok, got false'),
      places: [{ file: 'tests/samples.jsonl', line: 1 }],
    },
  });
  expect(result.imageTrial).toMatchObject({ answers: [{ asExpected: false }] });
  expect([pushed, writes()]).toEqual([[], []]);
});

test('gate.image: none starts no container', async () => {
  const { result } = await deploy('{"ok": False}', { gate: 'image: none' });
  // The image in the local ECR answers as it should.
  expect(result).toMatchObject({ outcome: 'ok', imageTrial: undefined });
  expect(result.timings.map(({ name }) => name)).not.toContain('Try the image');
  expect(pushed).toHaveLength(1);
});

test('without samples the image is not tried, which is said and gets no tick', async () => {
  const { result } = await deploy('{"ok": True}', { samples: 'none' });
  expect(result).toMatchObject({ outcome: 'ok', imageTrial: { notTried: 'there are no samples' } });
  expect(result.timings.find(({ name }) => name === 'Try the image')).toMatchObject({
    result: 'not tried: there are no samples',
    ok: undefined,
  });
});

test('the variables of the function stay out of the container, those of the gate get in', async () => {
  const inputs = { 'environment-variables': 'TOKEN=hunter2-variable', gate: 'variables: {MODE: small}' };
  const { result } = await deploy(
    '{"ok": "TOKEN" not in os.environ and os.environ["MODE"] == "small"}',
    inputs,
  );
  expect(result).toMatchObject({ outcome: 'ok', imageTrial: { answers: [{ asExpected: true }] } });
});

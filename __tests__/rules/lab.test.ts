import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MODEL } from '../harness/fixtures.ts';
import {
  commit,
  FIRST,
  seedRepository,
  seedRestApi,
  show,
  startLab,
  verdict,
  type Lab,
  type LabOptions,
} from '../../scripts/lab.ts';

const DOORS = ['in-process', 'bundle'] as const;
/** All temporary files of this file's labs: what is left in it has been forgotten. */
const temp = mkdtempSync(join(tmpdir(), 'lab-test-'));
const before = process.env['TMPDIR'];
let lab: Lab;

const start = async (options: LabOptions): Promise<Lab> => (lab = await startLab(options));

beforeEach(() => void (process.env['TMPDIR'] = temp));

afterEach(async () => {
  await lab.stop();
  expect(readdirSync(temp)).toEqual([]);
});

afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  rmSync(temp, { recursive: true });
});

describe.each(DOORS)('%s', (door) => {
  test('a deploy tells exit code, outputs, summary, log and calls, and the alias answers with the image', async () => {
    const { image, deploy, ask } = await start({ door });
    image(1);
    const { exitCode, outputs, summary, log, calls, annotations } = await deploy(FIRST, { commit: 1 });
    expect([exitCode, outputs['outcome'], outputs['version'], annotations]).toEqual([0, 'ok', '1', []]);
    expect(summary).toContain('iris');
    expect(log.length).toBeGreaterThan(3);
    expect(calls.aws.filter(({ operation }) => operation === 'CreateFunction')).toHaveLength(1);
    expect(JSON.parse(await ask('iris'))).toEqual({ ok: true, commit: commit(1) });
    expect(JSON.parse(await ask('iris', '1', { requestContext: {} }))).toMatchObject({ statusCode: 200 });
  });

  test('a rollback goes back to the release before', async () => {
    const { image, deploy, rollback, ask } = await start({ door });
    for (const n of [1, 2]) {
      image(n);
      await deploy(n === 1 ? FIRST : {}, { commit: n });
    }
    const { exitCode, outputs } = await rollback();
    expect([exitCode, outputs['outcome']]).toEqual([0, 'rolled-back']);
    expect(JSON.parse(await ask('iris'))).toMatchObject({ commit: commit(1) });
  });

  test('a run that fails tells it by its exit code and an annotation', async () => {
    const { image, deploy } = await start({ door });
    image(1, () => ({ ok: false }));
    const { exitCode, outputs, annotations, log } = await deploy(FIRST, { commit: 1 });
    expect([exitCode, outputs['outcome']]).toEqual([1, 'failed']);
    expect(annotations).toEqual([
      { level: 'error', title: expect.stringContaining('deploy'), message: expect.any(String) },
      expect.objectContaining({ level: 'error', message: expect.stringContaining('Sample "typical"') }),
    ]);
    expect(log.filter((line) => line.startsWith('::error'))).toHaveLength(2);
  });

  test('files, inputs, commit, event and run id reach the run', async () => {
    const { write, image, run, aws } = await start({ door });
    image('v1', undefined, { repository: 'other', labels: {} });
    await write({ '.model-release.yml': `function-name: other\necr-repository: other\n` });
    const { create, role } = FIRST;
    const uri = `${aws.state.registryHost}/other:v1`;
    const options = { commit: 'f'.repeat(40), event: 'schedule', runId: 77, attempt: 2 };
    await run('deploy', { create, role, 'image-uri': uri }, options);
    const { description } = aws.state.functions['other']?.aliases['live'] ?? {};
    expect(description).toContain('77');
    const { summary } = await run('rollback', {});
    expect(summary).toContain('other');
  });

  test('without a commit given, HEAD of the workspace is released', async () => {
    const { git, image, deploy, ask } = await start({ door });
    await git('init', '--quiet');
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'v1');
    const head = await git('rev-parse', 'HEAD');
    image(head);
    expect((await deploy(FIRST)).outputs['commit']).toBe(head);
    expect(JSON.parse(await ask('iris'))).toMatchObject({ commit: head });
  });

  test('a crash fault ends the run, and the next run goes on', async () => {
    const { image, deploy, aws } = await start({ door });
    image(1);
    aws.faults.add({ kind: 'crash-before', operation: 'CreateAlias' });
    expect((await deploy(FIRST, { commit: 1 })).exitCode).toBe(137);
    expect(aws.state.functions['iris']?.aliases).toEqual({});
    expect((await deploy(FIRST, { commit: 1 })).outputs['outcome']).toBe('ok');
  });

  test('a stop signal ends the run with what it says of a cancelled job', async () => {
    const { image, deploy, aws } = await start({ door });
    image(1);
    const stop = new AbortController();
    aws.beforeCall = async ({ operation }) => {
      if (operation === 'CreateFunction') stop.abort();
    };
    const { exitCode, log } = await deploy(FIRST, { commit: 1, signal: stop.signal });
    expect(exitCode).not.toBe(0);
    expect(log).toContainEqual(expect.stringMatching(/^SIGTERM: /));
  });

  test('an API answers where the lab says', async () => {
    const { image, deploy, aws, apiUrl } = await start({ door });
    for (const n of [1, 2]) image(n);
    await deploy(FIRST, { commit: 1 });
    const api = seedRestApi(aws, { functionName: 'iris', alias: 'live' });
    const inputs = { 'rest-api-id': api.id, 'api-stage': api.stage, 'api-url': `${apiUrl(api)}/predict` };
    const { outputs, calls } = await deploy(inputs, { commit: 2 });
    expect([outputs['outcome'], outputs['version']]).toEqual(['ok', '2']);
    expect(calls.aws.filter(({ service }) => service === 'execute-api')).not.toEqual([]);
  });

  test('the console may change the function between two runs', async () => {
    const { image, deploy, lambda, aws } = await start({ door });
    image(1);
    await deploy(FIRST, { commit: 1 });
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'iris', MemorySize: 2048 }));
    expect(aws.state.functions['iris']?.latest.settings.MemorySize).toBe(2048);
  });

  test('attach opens a pull request, and tells its report', async () => {
    const { github, attach } = await start({ door });
    const files = MODEL;
    const iris = seedRepository(github.state, ['acme', 'iris'], { files });
    const { exitCode, outputs, report, calls } = await attach();
    expect([exitCode, outputs['changed'], iris.pullRequests.length]).toEqual([0, '1', 1]);
    expect(report).toMatchObject({ organization: 'acme', rows: [{ name: 'acme/iris' }] });
    expect(calls.github.some(({ isWrite }) => isWrite)).toBe(true);
  });

  test('a crash fault of GitHub ends attach', async () => {
    const { github, attach } = await start({ door });
    seedRepository(github.state, ['acme', 'iris'], { files: { Dockerfile: 'FROM scratch\n' } });
    github.faults.add({ kind: 'crash-after', at: 1 });
    expect((await attach()).exitCode).toBe(137);
  });
});

test('a variable of a run is set, or removed where it is undefined', async () => {
  const { image, deploy, aws } = await start({ door: 'bundle' });
  image(1);
  const dry = await deploy(FIRST, { commit: 1, env: { 'INPUT_DRY-RUN': 'true' } });
  expect([dry.exitCode, Object.keys(aws.state.functions)]).toEqual([0, []]);
  const none = await deploy(FIRST, { commit: 1, env: { AWS_REGION: undefined } });
  expect([none.exitCode, none.calls.aws]).toEqual([1, []]);
});

test('containers and a bundle are refused where no program runs', async () => {
  await start({ door: 'in-process' });
  await expect(startLab({ door: 'in-process', docker: true })).rejects.toThrow('no program runs');
  await expect(startLab({ door: 'in-process', bundle: 'dist' })).rejects.toThrow('no program runs');
});

test('a lab that cannot start leaves no file', async () => {
  await start({ door: 'in-process' });
  const known = readdirSync(temp);
  const settings = {
    get concurrentRequests(): number {
      throw new Error('no settings');
    },
  };
  await expect(startLab({ door: 'in-process', github: settings })).rejects.toThrow('no settings');
  expect(readdirSync(temp)).toEqual(known);
});

test('a result is shown and a verdict is given in one line each', async () => {
  const { image, deploy } = await start({ door: 'in-process' });
  image(1, () => ({ ok: false }));
  const result = await deploy(FIRST, { commit: 1 });
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => void lines.push(line);
  try {
    show(result);
    verdict(true, 'it holds');
  } finally {
    console.log = log;
  }
  expect(lines[0]).toMatch(/^ {2}exit 1, outcome failed, /);
  expect(lines[1]).toMatch(/^ {4}error: /);
  expect(lines.at(-1)).toBe('PASS it holds');
});

/** Inputs, paths and outputs that try to be something else, and secrets that try to be seen. */
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { realClock } from '../../../src/clients/clock.ts';
import { githubRunner } from '../../../src/clients/runner.ts';
import { buildTools } from '../../../src/clients/tools.ts';
import { commit } from '../../harness/world.ts';
import { buildingDocker, checkout, docker, temporaryFolder } from './docker.ts';
import { expectFailure, expectNoSecret, expectVersion1Serves, released, said, SECRETS } from './scene.ts';
import { everyWrite } from '../../harness/results.ts';

const noSignal = new AbortController().signal;
const [, BUILD_SECRET, TOKEN, VARIABLE] = SECRETS as [string, string, string, string];

describe('row 1: names that a shell or an API would read as something else', () => {
  test.each([
    ['function-name', 'iris; rm -rf /'],
    ['function-name', '$(id)'],
    ['function-name', 'iris\nalias: live'],
    ['function-name', '--region'.padEnd(65, 'x')],
    ['function-name', 'arn:aws:lambda:eu-central-1:123456789012:function:iris:7'],
    ['alias', '42'],
    ['alias', 'live`id`'],
    ['ecr-repository', '../iris'],
    ['image-uri', 'iris:latest --privileged'],
    ['commit', 'main'],
    ['aws-region', 'eu-central-1.evil.example'],
    ['role', 'arn:aws:iam::1:user/x'],
  ])('row 1: %s %j: refused by name before any call', async (name, value) => {
    const scene = await released();
    const { 'image-uri': _, ...inputs } = { 'image-uri': '', [name]: value };
    const run = await scene.deploy(name === 'image-uri' ? { [name]: value } : inputs);
    expectFailure(run, 'invalid-inputs', [new RegExp(`Invalid input: ${name}`), /Nothing has been called/]);
    expect(scene.calls()).toEqual([]);
  });
});

describe('row 2: a path that leads out of the workspace', () => {
  test.each([
    ['context', { context: '../..' }],
    ['file', { file: '/etc/passwd' }],
    ['secret-files', { 'secret-files': 'key=../key' }],
  ])('row 2: %s: refused before docker builds', async (input, inputs) => {
    const scene = await released();
    const shell = buildingDocker(() => 'unexpected');
    const env = await checkout();
    await writeFile(join(env['RUNNER_TEMP'] ?? '', 'key'), 'x');
    const run = await scene.deploy(inputs, { commit: commit(3), shell, env });
    expectFailure(run, 'path-outside-workspace', [new RegExp(`^${input} names `), /leads out of/]);
    expect(shell.commands.filter((line) => /build (-|--)/.test(line))).toEqual([]);
    expect(scene.writes()).toEqual([]);
  });

  test('row 2: working-directory: refused before a test runs', async () => {
    const scene = await released();
    const env = await checkout();
    const inputs = { 'working-directory': '../..', 'unit-tests': 'node --version', samples: 'none' };
    const run = await scene.deploy(inputs, { env });
    expectFailure(run, 'path-outside-workspace', [/^working-directory names/]);
    expect(scene.writes()).toEqual([]);
  });

  test('row 2: samples, also through a link: refused, and the file is not read', async () => {
    const env = await checkout();
    await writeFile(join(env['RUNNER_TEMP'] ?? '', 'passwd'), 'root:x');
    await symlink('../passwd', join(env['GITHUB_WORKSPACE'] ?? '', 'samples.jsonl'));
    const tools = buildTools({
      aws: {},
      clock: realClock,
      random: Math.random,
      shell: docker,
      log: { info: () => undefined, warning: () => undefined },
      signal: noSignal,
      permits: everyWrite,
      readOnly: false,
      secret: async () => undefined,
      env,
    });
    for (const path of ['samples.jsonl', '../passwd', '/etc/passwd'])
      await expect(tools.readFile(path)).rejects.toMatchObject({ code: 'path-outside-workspace' });
    await expect(tools.readFile('missing.jsonl')).resolves.toBeUndefined();
  });
});

/** The real runner's files in a folder of their own, and what it printed. */
async function onRunner(
  work: (folder: string) => Promise<void>,
): Promise<{ printed: string; folder: string }> {
  const folder = await temporaryFolder();
  const write = process.stdout.write.bind(process.stdout);
  const printed: string[] = [];
  process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0;
  process.env['GITHUB_OUTPUT'] = join(folder, 'output');
  await writeFile(join(folder, 'output'), '');
  try {
    await work(folder);
  } finally {
    process.stdout.write = write;
    delete process.env['GITHUB_OUTPUT'];
  }
  return { printed: printed.join(''), folder };
}

describe('rows 3 and 4: texts that try to be outputs or commands', () => {
  const forged = 'x\nversion=666\nghadelimiter_1\nversion<<ghadelimiter_1\n666\nghadelimiter_1';

  test('row 3: a value of several lines stays one value of one output', async () => {
    const { folder } = await onRunner(() => githubRunner({}).output('api-url', forged));
    const text = await readFile(join(folder, 'output'), 'utf8');
    const [, delimiter] = /^api-url<<(ghadelimiter_[0-9a-f-]{36})\n/.exec(text) ?? [];
    expect(text).toBe(`api-url<<${delimiter}\n${forged}\n${delimiter}\n`);
  });

  test('row 3: the summary escapes what a model answered', async () => {
    const scene = await released();
    const answer = () => ({ ok: '</details><script>alert(1)</script> | `x`\n\n# Released' });
    scene.world.image(commit(2), { program: answer });
    const run = await scene.deploy();
    expect(run.result.error?.code).toBe('samples-failed');
    expect(run.runner.summaryText).not.toMatch(/<script>|\n# Released/);
    expect(run.runner.summaryText).toContain('&lt;script&gt;');
  });

  test.each([
    '::set-output name=version::666',
    '  ::add-mask::a',
    '\u200b::stop-commands::x',
    'x\n::set-env name=PATH::/evil',
    'done ##[set-env name=PATH]/evil',
    'progress\r::error::x',
  ])('row 4: %j: the runner is given no command', async (line) => {
    const { printed } = await onRunner(async () => githubRunner({}).info(line));
    for (const physical of printed.split(/[\r\n]/)) {
      expect(physical.replaceAll(/\p{Cf}/gu, '').trimStart()).not.toMatch(/^::/);
      expect(physical.replaceAll(/\p{Cf}/gu, '')).not.toContain('##[');
    }
  });

  test('row 4: a command in a group’s name or a mask stays data', async () => {
    const { printed } = await onRunner(async () => {
      const runner = githubRunner({});
      runner.startGroup('Build\n::error::x');
      await runner.secret('a%0A::error::b\n::error::c');
    });
    expect(printed).toBe('::group::Build ::error::x\n::add-mask::a%250A::error::b%0A::error::c\n');
  });
});

describe('row 5: secrets', () => {
  test('row 5: build secrets and the token are masked before the first call; no line shows a secret', async () => {
    const scene = await released();
    const shell = buildingDocker(() => scene.world.image(commit(3)));
    const inputs = {
      secrets: `pip=${BUILD_SECRET}`,
      'build-args': `INDEX=https://user:${BUILD_SECRET}@pypi.example/simple`,
      'github-token': TOKEN,
      'environment-variables': `API_KEY=${VARIABLE}`,
    };
    const run = await scene.deploy(inputs, { commit: commit(3), shell, env: await checkout() });
    expect(run.result).toMatchObject({ outcome: 'ok', error: undefined });
    expect(run.runner.secrets.slice(0, 2)).toEqual([TOKEN, BUILD_SECRET]);
    expectNoSecret(run);
    expect(shell.commands.filter((line) => line.includes(`pip=${BUILD_SECRET}`))).toEqual([]);
  });

  test('row 5: the registry’s password is masked and is no argument of any program', async () => {
    const scene = await released();
    const shell = buildingDocker(() => scene.world.image(commit(3)));
    const run = await scene.deploy({}, { commit: commit(3), shell, env: await checkout() });
    const [password] = run.runner.secrets;
    expect(password).toBeTruthy();
    expect(said(run)).not.toContain(password);
    expect(shell.commands.join('\n')).not.toContain(password);
  });

  test.each([
    ['an exception', (secret: string) => () => Promise.reject(new Error(`no access with ${secret}`))],
    ['an answer', (secret: string) => () => ({ ok: secret, debug: { env: secret } })],
  ])('row 5: a model that shows its environment in %s: not in any message', async (_what, program) => {
    const scene = await released();
    scene.world.image(commit(2), { program: program(VARIABLE) });
    const run = await scene.deploy({ 'environment-variables': `API_KEY=${VARIABLE}` });
    expectFailure(run, 'samples-failed', [/\*\*\*/]);
    expectVersion1Serves(scene);
  });

  test('row 5: the plan names variables and never their values', async () => {
    const scene = await released();
    const run = await scene.deploy({ 'environment-variables': `API_KEY=${VARIABLE}`, 'dry-run': 'true' });
    expect(said(run)).toContain('variable API_KEY added');
    expectNoSecret(run);
  });

  test('row 5: an invalid secret is refused without being shown', async () => {
    const scene = await released();
    const run = await scene.deploy({ secrets: BUILD_SECRET, 'environment-variables': `1BAD=${VARIABLE}` });
    expectFailure(run, 'invalid-inputs', [/secrets/, /environment-variables/]);
    expect(scene.calls()).toEqual([]);
  });
});

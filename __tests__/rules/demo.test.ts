/** ./demo: what it promises before it starts, and that it plays GitHub's runner and page as they are. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { renderMarkdown } from '../../src/report/terminal-text.ts';
import { LocalRunner, type Job } from '../../scripts/runner.ts';
import { command } from '../../local/engine/command.ts';
import { githubRunner } from '../../src/clients/runner.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-release-demo-test-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A bundle whose deploy is this script. */
async function runner(script: string, signal?: AbortSignal): Promise<LocalRunner> {
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'deploy.js'), script);
  const env = { AWS_REGION: 'eu-central-1' };
  return new LocalRunner({ bundle: folder, temp: folder, env, ...(signal === undefined ? {} : { signal }) });
}

const job = (more: Partial<Job> = {}): Job => ({
  action: 'deploy',
  inputs: {},
  workspace: folder,
  commit: 'c'.repeat(40),
  ...more,
});

test('an action gets its inputs, its run and nothing of what this machine knows about AWS', async () => {
  const secret = { name: 'AWS_SECRET_ACCESS_KEY', before: process.env['AWS_SECRET_ACCESS_KEY'] };
  process.env[secret.name] = 'of-this-machine';
  try {
    const { log } = await (
      await runner('console.log(JSON.stringify(process.env));')
    ).run(job({ inputs: { 'function-name': 'iris' } }));
    const env = JSON.parse(log[0] ?? '') as Record<string, string>;
    expect(githubRunner(env).input('function-name')).toBe('iris');
    expect(env).toMatchObject({
      AWS_REGION: 'eu-central-1',
      GITHUB_SHA: 'c'.repeat(40),
      GITHUB_EVENT_NAME: 'push',
    });
    expect(env['GITHUB_RUN_ID']).toMatch(/^[1-9]\d*$/);
    expect(env).not.toHaveProperty(secret.name);
  } finally {
    if (secret.before === undefined) delete process.env[secret.name];
    else process.env[secret.name] = secret.before;
  }
});

test('outputs of several lines, the summary and the exit code come back', async () => {
  const script = `
    import { appendFileSync } from 'node:fs';
    appendFileSync(process.env.GITHUB_OUTPUT, 'a<<end_1\\none\\ntwo=2\\nend_1\\nb<<end_2\\n\\nend_2\\n');
    appendFileSync(process.env.GITHUB_STEP_SUMMARY, '## Done\\n');
    process.exitCode = 3;`;
  const result = await (await runner(script)).run(job());
  expect(result).toMatchObject({ exitCode: 3, outputs: { a: 'one\ntwo=2', b: '' }, summary: '## Done\n' });
});

test('what the action asks to be masked is not shown', async () => {
  const { log } = await (
    await runner("console.log('::add-mask::50%25 off');\nconsole.log('it is 50% off today');")
  ).run(job());
  expect(log).toEqual(['it is *** today']);
});

test('a stop reaches the action that runs', async () => {
  const stop = new AbortController();
  const script =
    "process.on('SIGTERM', () => process.exit(7));\nsetInterval(() => {}, 1000);\nconsole.log('ready');";
  const { exitCode } = await (await runner(script, stop.signal)).run(job({ onLine: () => stop.abort() }));
  expect(exitCode).toBe(7);
});

test('a summary is shown with its tables aligned and its marks resolved', () => {
  const markdown = [
    '## ✅ Released: `iris`',
    '',
    '| sample | time |',
    '| --- | --: |',
    '| a \\| b | 1 s |',
    '| &lt;c&gt; | 110 ms |',
    '',
    '```sh',
    'gh workflow run',
    '```',
    '<details><summary>More</summary>',
    '</details>',
  ].join('\n');
  expect(renderMarkdown(markdown).split('\n')).toEqual([
    '✅ Released: iris',
    '',
    '  sample    time',
    '  a | b      1 s',
    '  <c>     110 ms',
    '',
    '    gh workflow run',
    'More',
  ]);
});

test('its help is what it says when it is asked for something else, too', async () => {
  const help = await command('./demo', ['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  const wrong = await command('./demo', ['everything']);
  expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: `No such demo: everything\n${help.stdout}` });
});

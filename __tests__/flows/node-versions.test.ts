/** A whole release by the committed bundle on each Node that it supports, and what the pipeline says where there is none of them. */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFile, execFileSync, type ExecFileOptions } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { commit, FIRST, startLab, type Lab } from '../../scripts/lab.ts';
import { absent, nodes, present } from '../harness/node-versions.ts';

let lab: Lab | undefined;

afterEach(async () => {
  await lab?.stop();
  lab = undefined;
});

/** A program of this project that prints JSON. Not in this thread, which answers its calls. */
async function runProgram(node: string, [program = '', ...args]: string[], options: ExecFileOptions) {
  const run = promisify(execFile);
  const { stdout } = await run(node, [join(import.meta.dirname, '../..', program), ...args], options);
  return JSON.parse(String(stdout)) as { readonly outputs: Readonly<Record<string, string>> };
}

/** A lab with images of two commits. */
async function start(node?: string): Promise<Lab> {
  lab = await startLab(node === undefined ? {} : { node });
  for (const n of [1, 2]) lab.image(n);
  return lab;
}

const live = async ({ ask }: Lab) => (JSON.parse(await ask('iris')) as { commit: string }).commit;

describe.each(present)('Node %s', (major) => {
  const node = nodes[major];

  test('is the one under test', () => {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
    expect(version).toMatch(new RegExp(`^v${major}\\.`));
  });

  test('releases twice and rolls back', async () => {
    const started = await start(node);
    const { aws, deploy, rollback } = started;
    const agents = new Set<string | undefined>();
    aws.beforeCall = async (_, { headers }) =>
      void agents.add(/nodejs#(\d+)/.exec(JSON.stringify(headers))?.[1]);
    expect((await deploy(FIRST, { commit: 1 })).outputs['outcome']).toBe('ok');
    expect((await deploy({}, { commit: 2 })).outputs['outcome']).toBe('ok');
    const { exitCode, outputs, annotations } = await rollback();
    expect([exitCode, outputs['outcome'], annotations]).toEqual([0, 'rolled-back', []]);
    expect([...agents].filter((one) => one !== undefined)).toEqual([String(major)]);
    expect(await live(started)).toBe(commit(1));
  });

  test('runs the command line: a plan, a release and a rollback', async () => {
    const started = await start();
    const { workspace, git, env, image } = started;
    const type = (...args: readonly string[]) => {
      const options = {
        cwd: workspace,
        env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', ...env },
        encoding: 'utf8',
      } as const;
      return runProgram(node, [join('dist', 'cli.js'), ...args], options);
    };
    await git('init', '--quiet');
    for (const message of ['first', 'second']) {
      await git('add', '.');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      const head = await git('rev-parse', 'HEAD');
      image(head);
      const names = ['--function-name=iris', '--ecr-repository=iris', '--json'];
      const create = message === 'first' ? ['--create', '--role', FIRST.role] : [];
      expect((await type('plan', ...names, ...create)).outputs['changed']).toBe('false');
      expect((await type('deploy', ...names, ...create)).outputs).toMatchObject({
        outcome: 'ok',
        commit: head,
      });
    }
    const { outputs } = await type('rollback', '--function-name=iris', '--json');
    expect(outputs).toMatchObject({ outcome: 'rolled-back', version: '1' });
  });

  test('runs the pipeline as the Node of the PATH', async () => {
    const started = await start();
    const env = { PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
    const inputs = { ...FIRST, verify: 'node --version' };
    const { exitCode, outputs, log } = await started.run('pipeline', inputs, { commit: 1, env });
    expect([exitCode, outputs['outcome']]).toEqual([0, 'ok']);
    expect(log).toContainEqual(expect.stringMatching(new RegExp(`^v${major}\\.`)));
  });
});

if (absent.length > 0) test.skip.each(absent)('Node %s', () => undefined);

describe('the pipeline', () => {
  /** A folder for the PATH with bash, dirname and a program that says that it is this Node. */
  function pathWith({ workspace }: Lab, version?: string): string {
    const folder = join(workspace, 'bin');
    mkdirSync(folder);
    for (const name of ['bash', 'dirname'])
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(folder, name));
    if (version !== undefined) {
      writeFileSync(join(folder, 'node'), `#!${join(folder, 'bash')}\necho ${version}\n`);
      chmodSync(join(folder, 'node'), 0o755);
    }
    return folder;
  }

  test.each([
    [undefined, 'There is no program "node" on this runner.'],
    ['20.20.2', 'The runner has Node 20.20.2.'],
  ])('with Node %s in the PATH fails at once and says what to do', async (version, said) => {
    const started = await start();
    const env = { PATH: pathWith(started, version) };
    const { exitCode, outputs, annotations, calls } = await started.run('pipeline', FIRST, {
      commit: 1,
      env,
    });
    expect([exitCode, outputs['outcome'], outputs['changed'], calls.aws]).toEqual([1, 'failed', 'false', []]);
    expect(annotations).toEqual([
      { level: 'error', title: 'Node 22 or later is needed', message: expect.stringContaining(said) },
    ]);
    expect(annotations[0]?.message).toContain('actions/setup-node');
  });
});

test('package.json asks for the oldest Node that is tested', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe(`>=${Math.min(...Object.keys(nodes).map(Number))}`);
});

/** ./demo, as a stranger starts it: to its end, and stopped on the way. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DockerClient, engineOrSkip, leaveEngine, repositoryRoot } from './harness.ts';
import { MINUTES } from './steps-world.ts';

const { engine, describeContainers } = await engineOrSkip();
const exists = ['deploy', 'plan'].every((name) => existsSync(join(repositoryRoot, `dist/${name}.js`)));
if (!exists) console.warn('dist/ does not exist yet: ./demo is SKIPPED. Run `npm run build:dist`.');
const describeDemo = exists ? describeContainers : describe.skip;

let temp: string;

beforeEach(async () => {
  temp = await mkdtemp(join(tmpdir(), 'model-release-demo-run-'));
});

afterEach(() => rm(temp, { recursive: true, force: true }));

interface Demo {
  readonly process: ChildProcess;
  /** Everything it has said so far. */
  output(): string;
  readonly ended: Promise<number | null>;
}

/** Its temporary files go to a folder of this test, which can look whether any is left. */
function start(onOutput: (demo: Demo) => void = () => undefined, args: readonly string[] = []): Demo {
  const env = { ...process.env, TMPDIR: temp };
  const child = spawn(join(repositoryRoot, 'demo'), args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const demo: Demo = {
    process: child,
    output: () => output,
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      onOutput(demo);
    });
  return demo;
}

describeDemo('./demo', () => {
  afterAll(leaveEngine, MINUTES);

  test(
    'tells the whole story, in plain text where nobody watches, and leaves nothing',
    async () => {
      const demo = start();
      const code = await demo.ended;
      const said = demo.output();
      if (code !== 0) throw new Error(`exit code ${code}\n${said}`);
      const digests = new Set(said.match(/sha256:[0-9a-f]{64}$/gm));
      expect(digests.size).toBe(2);
      for (const part of [
        /^ {4}record {4}mr2;v=2;p=1;/m,
        /Samples: 11 of 11 as expected/,
        /deploy failed \(image-trial-failed\)[^]*nothing was pushed/,
        /petals 4\.7 × 1\.6 cm, .* → virginica .*\n.*Somebody notices/,
        /\d\.\d s after the rollback began, the API answered with version 2 again\./,
        /^ +\d+\.\d {2}in all$/m,
        /^ {2}npm test /m,
      ])
        expect(said).toMatch(part);
      // eslint-disable-next-line no-control-regex -- the escape character of terminals
      expect(said).not.toMatch(/\u001b/);
      await nothingIsLeftOf(demo);
    },
    10 * MINUTES,
  );

  test(
    'stopped in the middle of a build it ends what it started',
    async () => {
      // Once: one more that arrives while Node ends finds no handler any more, and the exit code is lost.
      let told = false;
      const demo = start(({ process: child, output }) => {
        if (!told && /✓ Plan: /.test(output())) told = child.kill('SIGTERM');
      });
      expect(await demo.ended).toBe(143);
      expect(demo.output()).toContain('Stopping what was started');
      await nothingIsLeftOf(demo);
    },
    5 * MINUTES,
  );

  test(
    'diff: one comment names the two answers that change and the higher cost, and AWS is not written to',
    async () => {
      const demo = start(undefined, ['diff']);
      const code = await demo.ended;
      const said = demo.output();
      if (code !== 0) throw new Error(`exit code ${code}\n${said}`);
      const comments = said.split('The comment on the pull request:').slice(1);
      expect(comments).toHaveLength(3);
      expect(comments[0]).toMatch(/No prediction changes: 150 of 150 agree with version 1/);
      expect(comments[1]).toMatch(/\n +row 71 +species .*"versicolor".*"virginica"/);
      expect(comments[1]).toMatch(/\n +row 73 +species .*"versicolor".*"virginica"/);
      expect(comments[2]).toMatch(/No prediction changes: 150 of 150.*cost \+\d+ %/);
      expect(said).toMatch(/GitHub: 1 comment, updated in place 2 times\./);
      expect(said).toMatch(/AWS: 0 writes, \d+ reads; what is live was invoked 900 times\./);
      await nothingIsLeftOf(demo);
    },
    15 * MINUTES,
  );

  async function nothingIsLeftOf(demo: Demo): Promise<void> {
    expect(await readdir(temp)).toEqual([]);
    const host = /127\.0\.0\.1:\d+/.exec(demo.output())?.[0];
    const docker = await DockerClient.create(engine);
    const containers = [
      'ps',
      '--all',
      '--quiet',
      '--filter',
      `label=model-release.local=${demo.process.pid}`,
    ];
    const left = [await docker.must(containers), await docker.must(['images', '--quiet', `${host}/iris`])];
    await docker.dispose();
    expect(left).toEqual(['', '']);
  }
});

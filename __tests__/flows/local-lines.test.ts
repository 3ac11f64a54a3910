/** The lines that `npm run local` prints, typed into a shell: they work, but for what needs a Docker Engine. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { programs } from '../../local/aws/runtime.ts';
import { seedImage } from '../../local/aws/seeds.ts';
import { nextLines } from '../../local/next-lines.ts';
import { startLocal, type RunningLocal } from '../../local/start.ts';
import { openCheckouts, type Checkouts } from '../harness/checkouts.ts';

const HOME = join(import.meta.dirname, '..', '..');
const exists = existsSync(join(HOME, 'dist/cli.js'));
const built = exists ? test : test.skip;
if (!exists) console.warn('dist/cli.js does not exist yet: the lines are SKIPPED. Run `npm run build:dist`.');

let local: RunningLocal;
let checkouts: Checkouts;
beforeEach(async () => {
  local = await startLocal({ runtime: programs() });
  checkouts = await openCheckouts();
});
afterEach(async () => {
  await local.stop();
  await checkouts.remove();
});

async function shell(cwd: string, lines: readonly string[]): Promise<string> {
  const who = { GIT_AUTHOR_NAME: 't', GIT_AUTHOR_EMAIL: 't@example.com' };
  const committer = { GIT_COMMITTER_NAME: 't', GIT_COMMITTER_EMAIL: 't@example.com' };
  const env = { PATH: process.env['PATH'], HOME: cwd, ...who, ...committer, ...local.env };
  return (await promisify(execFile)('sh', ['-c', lines.join(' &&\n')], { cwd, env })).stdout;
}

/** Answers each sample of the template as it expects. */
function answer(event: unknown): unknown {
  const samples = readFileSync('template/tests/samples.jsonl', 'utf8').trim().split('\n');
  const known = samples.map((line) => JSON.parse(line) as { input: unknown; expected: unknown });
  const text = (event as { body?: string }).body ?? JSON.stringify(event);
  const found = known.find(({ input }) => JSON.stringify(input) === text);
  return { statusCode: found === undefined ? 400 : 200, body: JSON.stringify(found?.expected ?? {}) };
}

built(
  'from an empty folder to a release that status shows',
  async () => {
    const lines = nextLines(HOME);
    const first = lines.findIndex((line) => line.endsWith(' plan'));
    await shell(checkouts.folder, lines.slice(0, first));
    const id = checkouts.git('iris', 'rev-parse', 'HEAD');
    // What a build would push. Tests in the image need an engine, too.
    const labels = { 'org.opencontainers.image.revision': id };
    seedImage(local.aws, { repository: 'iris', tag: id, content: id, labels, program: answer });
    const rest = lines
      .slice(first)
      .map((line) => (/ (plan|deploy)$/.test(line) ? `${line} --tests-in=none` : line));
    const out = await shell(join(checkouts.folder, 'iris'), rest);
    expect(out).toContain('✅ Released: deploy iris → live');
    expect(out).toMatch(/iris:live +1 +[0-9a-f]{12} .*by hand/);
  },
  60_000,
);

/** A plan on a pull request: real containers' work through the harness's docker, a role that reads and invokes only, one comment. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLocalGitHub } from '../../local/github/github.ts';
import {
  mergePullRequest,
  pushFiles,
  seedOwner,
  seedPullRequest,
  seedRepository,
  seedToken,
} from '../../local/github/seeds.ts';
import { realClock } from '../../src/clients/clock.ts';
import { nodeShell } from '../../src/clients/shell.ts';
import { renderMarker } from '../../src/release/plan/announced.ts';
import { openTrialMachine, type TrialMachine } from '../harness/trial.ts';
import { commit, createWorld, FIRST, IRIS, type RunOptions, type World } from '../harness/world.ts';

let machine: TrialMachine;
let world: World;
beforeAll(async () => void (machine = await openTrialMachine()));
beforeEach(() => void (world = createWorld({ clock: realClock })));
afterAll(() => machine.close());

const SAMPLES = '{"name":"one","input":{"n":1}}\n{"name":"two","input":{"n":2}}\n';

/** What is live answers `{ ok: true, commit }`. */
async function release() {
  world.image(commit(1));
  await world.deploy(FIRST, { commit: commit(1) });
}

function pullRequest(permission: 'read' | 'write' = 'write') {
  const github = createLocalGitHub();
  seedOwner(github.state, 'acme');
  const repository = seedRepository(github.state, ['acme', 'iris'], { files: { a: '0' } });
  pushFiles(repository, 'change', { files: { a: '1' } });
  const pull = seedPullRequest(github.state, repository, { headRefName: 'change' });
  const permissions = { contents: 'read', pull_requests: permission } as const;
  seedToken(github.state, 'job', { kind: 'actions', login: 'github-actions[bot]', permissions });
  return { github, repository, pull };
}

/** A plan of a model whose handler returns this, in Python. */
async function plan(
  answer: string,
  options: RunOptions & { inputs?: Record<string, string>; workspace?: Record<string, string> } = {},
) {
  const workspace = await mkdtemp(join(machine.folder, 'workspace-'));
  await writeFile(join(workspace, 'Dockerfile'), 'FROM base\nCMD ["model.handler"]\n');
  await writeFile(join(workspace, 'model.py'), `def handler(event, context):\n    return ${answer}\n`);
  for (const [name, text] of Object.entries(options.workspace ?? {}))
    await writeFile(join(workspace, name), text);
  const places = { GITHUB_WORKSPACE: workspace, RUNNER_TEMP: machine.folder, AWS_REGION: 'eu-central-1' };
  const env = { ...machine.env, ...places, GITHUB_REF: 'refs/pull/2/merge', ...options.env };
  const shell = nodeShell({ clock: realClock, signal: new AbortController().signal, env });
  const files = { 'tests/samples.jsonl': SAMPLES };
  const given = { ...IRIS, 'github-token': 'job', ...options.inputs };
  return world.plan(given, { commit: commit(2), files, ...options, env, shell });
}

const LIVE = `{"ok": True, "commit": "${commit(1)}"}`;
const OTHER = `{"ok": event["n"] == 1, "commit": "${commit(1)}"}`;

test('a change of one prediction in two is named in one comment, with five reads and no write', async () => {
  await release();
  const { github, pull } = pullRequest();
  pull.number = 2;
  const from = world.aws.calls.length;
  const { result, runner } = await plan(OTHER, { github });
  expect(result).toMatchObject({ outcome: 'ok:noop', error: undefined, warnings: [] });
  const calls = world.aws.calls.slice(from);
  const reads = calls.filter(({ operation }) => operation !== 'Invoke').map(({ operation }) => operation);
  expect(calls.filter(({ isWrite, operation }) => isWrite && operation !== 'Invoke')).toEqual([]);
  expect(reads.length).toBeLessThanOrEqual(5);
  const [comment, ...more] = pull.comments ?? [];
  expect(more).toEqual([]);
  expect(comment?.body).toContain('**1 of 2 predictions change against version 1, which is live');
  expect(comment?.body).toMatch(
    /<code>two<\/code> \| <code>ok<\/code> \| <code>true<\/code> \| <code>false<\/code>/,
  );
  expect(runner.exitCode).toBe(0);
});

test("the next push updates it in place, and an older run leaves a newer one's as it is", async () => {
  await release();
  const { github, pull } = pullRequest();
  pull.number = 2;
  await plan(OTHER, { github, runId: 5_000 });
  await plan(LIVE, { github, runId: 6_000 });
  expect(pull.comments).toHaveLength(1);
  expect(pull.comments?.[0]?.body).toContain('**No prediction changes: 2 of 2 agree');
  const { result } = await plan(OTHER, { github, runId: 5_500 });
  expect(pull.comments?.[0]?.body).toContain('No prediction changes');
  expect(result.warnings.join()).toContain('run 6000, which is newer, has commented already');
  // Three builds, each with its containers.
}, 300_000);

test("a person's comment that begins with our line is not taken for ours", async () => {
  await release();
  const { github, pull } = pullRequest();
  pull.number = 2;
  const services = [{ name: 'iris/live', steps: [], configuration: '', changed: undefined }];
  const forged = renderMarker({ services }, { runId: '9999999', attempt: '1' });
  pull.comments = [{ id: 1, body: `${forged}\nlooks good`, author: 'mallory', createdAt: 0 }];
  await plan(LIVE, { github });
  expect(pull.comments.map(({ author }) => author)).toEqual(['mallory', 'github-actions[bot]']);
});

test.each<[string, object, { permission?: 'read' | 'write'; says: string }]>([
  ['a locked conversation', { isLocked: true }, { says: 'the conversation is locked' }],
  ['a token that only reads', {}, { permission: 'read', says: 'needs pull-requests: write' }],
  ['a pull request that is gone', { number: 99 }, { says: 'no such pull request' }],
])('%s: said, and no failure', async (_, change, { permission, says }) => {
  await release();
  const { github, pull } = pullRequest(permission);
  pull.number = 2;
  Object.entries(change).forEach(([name, value]) => Reflect.set(pull, name, value));
  const { result, runner } = await plan(LIVE, { github });
  expect(result.warnings.join()).toContain(says);
  expect([result.outcome, runner.exitCode]).toEqual(['ok:noop', 0]);
});

test('without a role for AWS, tests, build and the image’s own answers are there, and what is left out is said', async () => {
  await release();
  world.aws.allows = () => false;
  const { github, pull } = pullRequest();
  pull.number = 2;
  const { result, runner } = await plan(LIVE, { github });
  expect([result.outcome, result.error, runner.exitCode]).toEqual(['ok:noop', undefined, 0]);
  expect(result.imageTrial).toMatchObject({ where: 'runner', answers: [{}, {}] });
  const [comment] = pull.comments ?? [];
  expect(comment?.body).toContain('AWS was not read');
  expect(comment?.body).not.toContain('Compared with version');
});

test('without a token there is the summary alone', async () => {
  await release();
  const { github } = pullRequest();
  const { runner } = await plan(OTHER, { github, inputs: { 'github-token': '' } });
  expect(github.calls).toEqual([]);
  expect(runner.summaryText).toContain('1 of 2 predictions change');
});

describe('a later deploy', () => {
  /** A plan of an image that is in ECR already, reviewed and merged; then a deploy of the merge commit. */
  async function deployed(inputs: Record<string, string>, author?: string) {
    await release();
    const { github, repository, pull } = pullRequest();
    const env = { GITHUB_REF: `refs/pull/${pull.number}/merge` };
    world.image(commit(2));
    const given = { ...IRIS, 'github-token': 'job' };
    await world.plan(given, { commit: commit(2), github, env });
    expect(pull.comments).toHaveLength(1);
    if (author !== undefined)
      for (const comment of pull.comments ?? []) Reflect.set(comment, 'author', author);
    mergePullRequest(repository, pull);
    const merged = pull.mergeCommit ?? '';
    world.image(merged);
    const { result, runner } = await world.deploy({ ...given, ...inputs }, { commit: merged, github });
    expect([result.outcome, runner.exitCode]).toEqual(['ok', 0]);
    return { warnings: result.warnings, number: pull.number };
  }

  test('that does what the plan announced says nothing', async () => {
    expect((await deployed({})).warnings).toEqual([]);
  });

  test('that does otherwise says so in one sentence', async () => {
    const { warnings, number } = await deployed({ 'memory-size': '512' });
    expect(warnings).toEqual([
      expect.stringMatching(
        `^This deploy is not what the plan on pull request ${number} announced: it changes the configuration otherwise \\(.*512.*\\)\\.$`,
      ),
    ]);
  });

  test("that finds the line in a person's comment takes it for nobody's", async () => {
    expect((await deployed({ 'memory-size': '512' }, 'mallory')).warnings).toEqual([]);
  });
});

test('captured requests go to the image and to what is live, and are numbers in the comment', async () => {
  await release();
  const { github, pull } = pullRequest();
  pull.number = 2;
  const personal = 'ann@example.com';
  const line = (n: number) => {
    const data = JSON.stringify({ n, mail: personal });
    return JSON.stringify({ captureData: { endpointInput: { data, encoding: 'JSON' } } });
  };
  const captures = `${[1, 2, 3, 1].map(line).join('\n')}\n`;
  // Row 3 is answered otherwise, and what the container prints names everybody.
  const answer = `print(event, flush=True) or {"ok": event["n"] < 3, "commit": "${commit(1)}", **({"of": event["mail"]} if event["n"] == 3 else {})}`;
  const inputs = { gate: JSON.stringify({ 'samples-from': 'captures.jsonl', replay: 'safe' }) };
  const { result, runner } = await plan(answer, {
    github,
    inputs,
    workspace: { 'captures.jsonl': captures },
  });
  expect(result).toMatchObject({ outcome: 'ok:noop', error: undefined, warnings: [] });
  expect(result.gate).toMatchObject({ asked: 6, comparison: { agreement: { count: 5, of: 6 } } });
  const [comment] = pull.comments ?? [];
  expect(comment?.body).toContain('| captured request, row 3 | not shown | not shown | not shown |');
  const said = [comment?.body, runner.summaryText, ...runner.lines, JSON.stringify(runner.outputs)].join(
    '\n',
  );
  expect(said).toContain('2 samples answered, 4 captured requests sent');
  expect(said).not.toContain(personal);
});

test('a captured request that ends the container leaves out the rest, and fails no plan', async () => {
  await release();
  const answer = `__import__("os")._exit(3) if event["n"] == 8 else {"ok": True, "commit": "${commit(1)}"}`;
  const line = (n: number) =>
    JSON.stringify({ captureData: { endpointInput: { data: `{"n":${n}}`, encoding: 'JSON' } } });
  const inputs = { gate: JSON.stringify({ 'samples-from': 'captures.jsonl', replay: 'safe' }) };
  const captures = [7, 8, 9].map(line).join('\n');
  const { result, runner } = await plan(answer, { inputs, workspace: { 'captures.jsonl': captures } });
  expect(result).toMatchObject({ outcome: 'ok:noop', error: undefined });
  expect(result.gate).toMatchObject({ asked: 4, comparison: { agreement: { count: 3, of: 4 } } });
  expect(runner.lines.join('\n')).toContain(
    '1 captured request of 3 not sent to the image: it gave no answer to row 2',
  );
});

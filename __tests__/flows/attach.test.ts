import { expect, test } from '@jest/globals';
import { textAt } from '../../local/github/git-objects.ts';
import { mergePullRequest, pushFiles } from '../../local/github/seeds.ts';
import {
  attachWorld,
  CI,
  CI_PATH,
  model,
  outcomes,
  projectWith,
  ROLLBACK,
  ROLLBACK_PATH,
  runAttach,
  writesOf,
} from '../harness/attach-world.ts';

test('a model repository receives one pull request with one signed commit, and a second run writes nothing', async () => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  const first = await runAttach(world);
  expect(first.code).toBeUndefined();
  expect(outcomes(first.report)).toEqual({ iris: 'created' });
  const [pull, ...others] = iris.pullRequests;
  expect(others).toEqual([]);
  const head = iris.git.refs[`refs/heads/${pull?.headRefName}`] ?? '';
  expect([textAt(iris.git, head, CI_PATH), textAt(iris.git, head, ROLLBACK_PATH)]).toEqual([CI, ROLLBACK]);
  expect(iris.git.objects[head]).toMatchObject({
    verified: true,
    parents: [iris.git.refs['refs/heads/main']],
  });
  expect(world.github.calls.map(({ operation, isWrite }) => [operation, isWrite])).toEqual([
    ['viewer', false],
    ['createRef', true],
  ]);

  const second = await runAttach(world);
  expect([outcomes(second.report), writesOf(world)]).toEqual([{ iris: 'open' }, 1]);
  if (pull) mergePullRequest(iris, pull);
  const third = await runAttach(world, { inputs: { mode: 'check' } });
  expect([outcomes(third.report), third.code, writesOf(world)]).toEqual([{ iris: 'in-sync' }, undefined, 1]);
});

test('new content updates the open pull request with one commit instead of opening another', async () => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  await runAttach(world);
  const newer = projectWith({ 'ci_cd.yml': `${CI}# v2\n`, 'rollback.yml': ROLLBACK });
  const run = await runAttach(world, { home: newer });
  expect(outcomes(run.report)).toEqual({ iris: 'updated' });
  expect(world.github.calls.at(-1)?.operation).toBe('createCommitOnBranch');
  expect(iris.pullRequests).toHaveLength(1);
  const again = await runAttach(world, { home: newer });
  expect([outcomes(again.report), writesOf(world)]).toEqual([{ iris: 'open' }, 2]);
});

test('a check reports and fails, a dry run reports, and neither can write', async () => {
  const world = attachWorld();
  model(world, 'iris');
  const check = await runAttach(world, { inputs: { mode: 'check' } });
  expect([check.code, outcomes(check.report), check.outputs['outcome']]).toEqual([
    'attach-drift',
    { iris: 'to-create' },
    'drift',
  ]);
  const dry = await runAttach(world, { inputs: { 'dry-run': 'true' } });
  expect([dry.code, outcomes(dry.report)]).toEqual([undefined, { iris: 'to-create' }]);
  expect(dry.summary).toContain('nothing was written');
  expect(writesOf(world)).toBe(0);
});

test('the stubs call the repository and ref that attach comes from, or the source that is given', async () => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  await runAttach(world);
  const proposed = (path: string) => {
    const head = iris.git.refs[`refs/heads/${iris.pullRequests.at(-1)?.headRefName}`] ?? '';
    return textAt(iris.git, head, path);
  };
  expect(proposed(CI_PATH)).toContain('uses: tools/release/.github/workflows/release.yml@v1.2\n');
  const commit = 'c'.repeat(40);
  const run = await runAttach(world, { inputs: { source: `acme/release@${commit}` } });
  expect(outcomes(run.report)).toEqual({ iris: 'updated' });
  expect(proposed(CI_PATH)).toContain(`uses: acme/release/.github/workflows/release.yml@${commit}\n`);
  expect(proposed(ROLLBACK_PATH)).not.toContain('OWNER');
});

test.each<{ name: string; env: Record<string, string>; inputs?: Record<string, string> }>([
  { name: 'no repository', env: { GITHUB_ACTION_REPOSITORY: '' } },
  { name: 'no ref', env: { GITHUB_ACTION_REF: '' } },
  { name: 'a ref that would end the line', env: { GITHUB_ACTION_REF: 'v1 # x' } },
  { name: 'a source without a ref', env: {}, inputs: { source: 'acme/release' } },
])('without knowing where the stubs shall point, nothing is asked: $name', async ({ env, inputs = {} }) => {
  const world = attachWorld();
  model(world, 'iris');
  const run = await runAttach(world, { env, inputs });
  expect([run.code, world.github.calls]).toEqual(['invalid-inputs', []]);
  expect(run.message).toMatch(/source .*such as acme\/model-release@v1/);
});

test('local edits are named, shown by the pull request, and never overwritten', async () => {
  const world = attachWorld();
  const mine = 'name: mine\n';
  const edited = model(world, 'edited');
  pushFiles(edited, 'main', { files: { [CI_PATH]: mine, [ROLLBACK_PATH]: ROLLBACK } });
  const run = await runAttach(world);
  expect(run.report?.rows[0]).toMatchObject({ outcome: 'created', reason: expect.stringContaining(CI_PATH) });
  expect(edited.pullRequests[0]?.body).toContain('Merging replaces these edits');
  expect(textAt(edited.git, edited.git.refs['refs/heads/main'] ?? '', CI_PATH)).toBe(mine);

  const kept = model(world, 'kept');
  pushFiles(kept, 'main', { files: { [CI_PATH]: mine, [ROLLBACK_PATH]: ROLLBACK } });
  const keep = await runAttach(world, { inputs: { repositories: 'kept', 'local-edits': 'keep' } });
  expect(outcomes(keep.report)).toEqual({ kept: 'conflict' });
  expect(kept.pullRequests).toEqual([]);
});

test('an earlier version of ours is no local edit', async () => {
  const world = attachWorld();
  const old = 'name: old\n';
  const iris = model(world, 'iris');
  pushFiles(iris, 'main', { files: { [CI_PATH]: old, [ROLLBACK_PATH]: ROLLBACK } });
  const oid = Object.entries(iris.git.objects).find(
    ([, object]) => object.type === 'blob' && object.base64 === Buffer.from(old).toString('base64'),
  )?.[0];
  const home = projectWith({
    'ci_cd.yml': CI,
    'rollback.yml': ROLLBACK,
    'earlier-versions.json': JSON.stringify({ 'ci_cd.yml': [oid] }),
  });
  const run = await runAttach(world, { home });
  expect(run.report?.rows[0]).toMatchObject({
    outcome: 'created',
    reason: '',
    changes: [{ state: 'outdated' }],
  });
  expect(iris.pullRequests[0]?.body).not.toContain('WARNING');
});

test("people's commits on the pull request stay, and its update is left to them", async () => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  await runAttach(world);
  const branch = iris.pullRequests[0]?.headRefName ?? '';
  pushFiles(iris, branch, { files: { [CI_PATH]: 'name: reviewed\n' } });
  const run = await runAttach(world);
  expect(outcomes(run.report)).toEqual({ iris: 'conflict' });
  expect(run.report?.rows[0]?.reason).toMatch(/people changed its pull request/);
  expect([writesOf(world), run.code]).toEqual([1, undefined]);
});

test('a pull request closed unmerged is a decision, until the content changes', async () => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  await runAttach(world);
  const pull = iris.pullRequests[0];
  if (pull) pull.state = 'CLOSED';
  const run = await runAttach(world);
  expect([outcomes(run.report), writesOf(world), run.code]).toEqual([{ iris: 'declined' }, 1, undefined]);
  const home = projectWith({ 'ci_cd.yml': `${CI}# v2\n` });
  expect(outcomes((await runAttach(world, { home })).report)).toEqual({ iris: 'created' });
});

test('content that was merged and then changed gets a new pull request on a branch of its own', async () => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  await runAttach(world);
  const [pull] = iris.pullRequests;
  // The branch is kept after the merge, as many organizations have it.
  if (pull) mergePullRequest(iris, pull, false);
  pushFiles(iris, 'main', { files: { [CI_PATH]: 'name: changed\n' } });
  expect(outcomes((await runAttach(world)).report)).toEqual({ iris: 'created' });
  expect(iris.pullRequests.map(({ state }) => state)).toEqual(['MERGED', 'OPEN']);
  expect(outcomes((await runAttach(world)).report)).toEqual({ iris: 'open' });
});

test('awkward repositories are each named with their reason, and what cannot be done is never green', async () => {
  const world = attachWorld({}, { repositories: ['acme/fine', 'acme/ruled', 'acme/paths'] });
  model(world, 'fine');
  model(world, 'archived', { isArchived: true, visibility: 'PUBLIC' });
  model(world, 'forked', { isFork: true, visibility: 'PUBLIC' });
  model(world, 'template', { isTemplate: true, visibility: 'PUBLIC' });
  model(world, 'empty', { files: {}, visibility: 'PUBLIC' });
  model(world, 'locked', { lockReason: 'MIGRATING', visibility: 'PUBLIC' });
  model(world, 'foreign', { visibility: 'PUBLIC' });
  model(world, 'ruled', { rules: [{ pattern: '*', restrictCreation: true }] });
  model(world, 'paths', { rules: [{ pattern: '-', restrictedPaths: ['.github/*'] }] });
  model(world, 'website', { files: { 'index.html': '' }, visibility: 'PUBLIC' });
  model(world, 'hidden');
  const run = await runAttach(world, { inputs: { wave: '1000' } });
  const { rows = [], notSelected } = run.report ?? {};
  expect(outcomes({ rows })).toEqual({
    fine: 'created',
    archived: 'skipped',
    forked: 'skipped',
    template: 'skipped',
    empty: 'skipped',
    locked: 'skipped',
    foreign: 'failed',
    ruled: 'failed',
    paths: 'failed',
  });
  expect(notSelected).toBe(1);
  const reasons = Object.fromEntries(rows.map(({ name, reason }) => [name, reason]));
  expect(reasons['acme/foreign']).toMatch(/^no permission/);
  expect(reasons['acme/ruled']).toMatch(/^protected: .*creations being restricted/);
  expect(reasons['acme/paths']).toMatch(/^protected: .*path is restricted/);
  expect(reasons['acme/empty']).toMatch(/^empty/);
  expect([run.code, run.outputs['outcome'], run.outputs['failed']]).toEqual([
    'attach-partial',
    'partial',
    '3',
  ]);
  for (const { name, reason } of rows) if (reason !== '') expect(run.summary).toContain(name);
});

test('the selection: names, topic, custom property, files', async () => {
  const world = attachWorld();
  model(world, 'model-a', { topics: ['ml'], properties: { release: 'lambda' } });
  model(world, 'model-b', { topics: ['ml'] });
  model(world, 'model-legacy', { topics: ['ml'] });
  model(world, 'other', { files: { 'predict.py': '' } });
  const selected = async (inputs: Record<string, string>) => {
    const run = await runAttach(world, { inputs: { 'dry-run': 'true', ...inputs } });
    return Object.keys(outcomes(run.report)).sort();
  };
  expect(await selected({})).toEqual(['model-a', 'model-b', 'model-legacy']);
  expect(await selected({ repositories: 'model-*, !*-legacy' })).toEqual(['model-a', 'model-b']);
  expect(await selected({ topic: 'ml', repositories: '!model-b' })).toEqual(['model-a', 'model-legacy']);
  expect(await selected({ property: 'release=lambda' })).toEqual(['model-a']);
  expect(await selected({ 'with-files': 'predict.py' })).toEqual(['other']);
});

test("the job's own token is refused before the first write", async () => {
  const world = attachWorld({}, { kind: 'actions', login: 'github-actions[bot]' });
  const iris = model(world, 'iris');
  const run = await runAttach(world);
  expect(run.code).toBe('attach-job-token');
  expect([writesOf(world), Object.keys(iris.git.refs)]).toEqual([0, ['refs/heads/main']]);
});

test('a token without the workflows permission ends the run at its first refusal', async () => {
  const world = attachWorld({}, { permissions: { contents: 'write', pull_requests: 'write' } });
  for (const name of ['a', 'b', 'c']) model(world, name);
  const run = await runAttach(world);
  expect(outcomes(run.report)).toEqual({ a: 'failed', b: 'remaining', c: 'remaining' });
  expect(run.message).toContain('workflows: write');
  expect(writesOf(world)).toBe(1);
});

test('limit, waves and time: what a run does not get to is remaining, never green, and the next run continues', async () => {
  const world = attachWorld();
  for (let n = 0; n < 5; n += 1) model(world, `m${n}`);
  const first = await runAttach(world, { inputs: { limit: '2' } });
  expect([first.code, first.outputs['changed'], first.outputs['remaining']]).toEqual([
    'attach-partial',
    '2',
    '3',
  ]);
  expect((await runAttach(world)).outputs).toMatchObject({ changed: '3', open: '5', outcome: 'ok' });

  const broken = attachWorld({}, { repositories: [] });
  for (let n = 0; n < 5; n += 1) model(broken, `m${n}`, { visibility: 'PUBLIC' });
  const wave = await runAttach(broken, { inputs: { wave: '2' } });
  expect([wave.outputs['failed'], wave.outputs['remaining'], writesOf(broken)]).toEqual(['2', '3', 2]);
});

test('a run that is told to stop begins no further write', async () => {
  const world = attachWorld();
  for (let n = 0; n < 3; n += 1) model(world, `m${n}`);
  const run = await runAttach(world, { stopped: true });
  expect([run.outputs['remaining'], writesOf(world), run.code]).toEqual(['3', 0, 'attach-partial']);
});

test('mistakes in the inputs are told all at once, before any request', async () => {
  const world = attachWorld();
  const inputs = {
    organization: 'a/b',
    repositories: 'acme/iris',
    mode: 'force',
    minutes: 'soon',
    token: '',
  };
  const run = await runAttach(world, { inputs });
  expect(run.code).toBe('invalid-inputs');
  for (const name of Object.keys(inputs)) expect(run.message).toContain(`- ${name} `);
  expect(world.github.calls).toEqual([]);
});

test('wrong organization, wrong token, wrong folder: one sentence each', async () => {
  const world = attachWorld();
  model(world, 'iris');
  expect((await runAttach(world, { inputs: { organization: 'nobody' } })).code).toBe('attach-organization');
  expect((await runAttach(world, { inputs: { token: 'wrong' } })).code).toBe('github-token');
  expect((await runAttach(world, { inputs: { files: '/nowhere' } })).code).toBe('attach-files');
});

/** A release has the commit of what is checked out, and is what that checkout holds. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { builds, openCheckouts, type Checkouts } from '../harness/checkouts.ts';
import { commit, createWorld, FIRST, IRIS, type RunOptions, type World } from '../harness/world.ts';

let checkouts: Checkouts;
let world: World;

beforeEach(async () => {
  checkouts = await openCheckouts();
  world = createWorld();
  await checkouts.write({ 'ws/Dockerfile': 'FROM scratch\n', 'ws/app.py': '1\n' });
});
afterEach(() => checkouts.remove());

const deploy = (given: string, inputs: Readonly<Record<string, string>> = {}, more: RunOptions = {}) =>
  world.deploy(
    { ...FIRST, ...inputs },
    {
      commit: given,
      shell: builds(world),
      ...more,
      env: {
        GITHUB_WORKSPACE: join(checkouts.folder, 'ws'),
        RUNNER_TEMP: checkouts.folder,
        HOME: checkouts.folder,
        ...more.env,
      },
    },
  );

const expectRefused = async (
  run: ReturnType<typeof deploy>,
  code: string,
  ...says: readonly (string | RegExp)[]
) => {
  const { result } = await run;
  expect(result).toMatchObject({ outcome: 'failed', changed: false, error: { code } });
  for (const text of says) expect(result.error?.message).toMatch(text);
  expect(world.aws.calls).toEqual([]);
};
const expectReleased = async (run: ReturnType<typeof deploy>, head: string) => {
  expect((await run).result).toMatchObject({ outcome: 'ok', error: undefined, after: { commit: head } });
  expect(world.aws.state.functions['iris']?.aliases['live']?.description).toContain(head);
};
const expectNothingToDo = async (run: ReturnType<typeof deploy>) =>
  expect((await run).result).toMatchObject({ outcome: 'ok:noop', error: undefined });

test('another commit is checked out than GITHUB_SHA: refused before any call, with the input to set', async () => {
  const tagged = checkouts.commit('ws');
  checkouts.git('ws', 'tag', 'v1');
  await checkouts.write({ 'ws/app.py': '2\n' });
  const main = checkouts.commit('ws');
  checkouts.git('ws', 'checkout', '--quiet', 'v1');
  await expectRefused(
    deploy(main),
    'commit-mismatch',
    `is at commit ${tagged}, and GITHUB_SHA names ${main}`,
    `Set commit: ${tagged}`,
  );
  await expectReleased(deploy(main, { commit: tagged }), tagged);
});

test('the input commit names another commit than the checkout: refused', async () => {
  const head = checkouts.commit('ws');
  await expectRefused(
    deploy(head, { commit: 'a'.repeat(40) }),
    'commit-mismatch',
    `is at commit ${head}, and commit names ${'a'.repeat(40)}`,
    `Check out ${'a'.repeat(40)}`,
  );
});

test('an image of the commit in ECR does not make another checkout right, nor does a dry run', async () => {
  checkouts.commit('ws');
  world.image(commit(7));
  await expectRefused(deploy(commit(7)), 'commit-mismatch');
  await expectRefused(deploy(commit(7), { 'dry-run': 'true' }), 'commit-mismatch');
});

test('GITHUB_SHA may be an annotated tag of what is checked out: the commit is recorded', async () => {
  const head = checkouts.commit('ws');
  checkouts.git('ws', 'tag', '--annotate', 'v1', '--message', 'v1');
  const tag = checkouts.git('ws', 'rev-parse', 'v1');
  expect(tag).not.toBe(head);
  await expectReleased(deploy(tag), head);
});

test('a merge commit, as of a pull request, is a commit like others', async () => {
  checkouts.commit('ws');
  checkouts.git('ws', 'checkout', '--quiet', '-b', 'topic');
  const topic = checkouts.commit('ws', 'topic');
  checkouts.git('ws', 'checkout', '--quiet', 'main');
  checkouts.commit('ws', 'main');
  checkouts.git('ws', 'merge', '--quiet', '--no-ff', topic);
  const merge = checkouts.git('ws', 'rev-parse', 'HEAD');
  await expectReleased(deploy(merge), merge);
});

test('a shallow clone and a worktree, whose .git is a file, have a commit too', async () => {
  checkouts.commit('ws');
  const head = checkouts.commit('ws', 'second');
  checkouts.git('.', 'clone', '--quiet', '--depth', '1', `file://${join(checkouts.folder, 'ws')}`, 'shallow');
  await expectReleased(
    deploy(head, {}, { env: { GITHUB_WORKSPACE: join(checkouts.folder, 'shallow') } }),
    head,
  );
  checkouts.git('ws', 'worktree', 'add', '--quiet', '--detach', '../tree');
  const tree = { env: { GITHUB_WORKSPACE: join(checkouts.folder, 'tree') } };
  await expectNothingToDo(deploy(head, {}, tree));
  const refused = (await deploy(commit(7), {}, tree)).result;
  expect(refused.error?.code).toBe('commit-mismatch');
});

test('of a submodule as context, the commit of the repository around it counts', async () => {
  await checkouts.write({ 'model/Dockerfile': 'FROM scratch\n' });
  const inner = checkouts.commit('model');
  checkouts.commit('ws');
  checkouts.git('ws', 'submodule', '--quiet', 'add', join(checkouts.folder, 'model'), 'model');
  const head = checkouts.commit('ws', 'with the model');
  expect((await deploy(inner, { context: 'model' })).result.error?.code).toBe('commit-mismatch');
  await expectReleased(deploy(head, { context: 'model' }), head);
});

test('a checkout in a folder of the workspace is the one that its image is built from', async () => {
  await checkouts.write({ 'ws/model/Dockerfile': 'FROM scratch\n' });
  const head = checkouts.commit('ws/model');
  await expectRefused(deploy(commit(7), { context: 'model' }), 'commit-mismatch');
  await expectReleased(deploy(head, { context: 'model' }), head);
});

test('a context that an earlier step made belongs to the checkout around it', async () => {
  const head = checkouts.commit('ws');
  await checkouts.write({ 'ws/made/Dockerfile': 'FROM scratch\n' });
  await expectRefused(deploy(commit(7), { context: 'made' }), 'commit-mismatch');
  await expectReleased(deploy(head, { context: 'made' }), head);
});

test('without a repository the given commit counts, also below a repository that does not hold the workspace', async () => {
  await expectReleased(deploy(commit(7)), commit(7));
  await checkouts.write({ '.gitignore': 'ws\n' });
  checkouts.git('.', 'init', '--quiet');
  checkouts.git('.', 'add', '.gitignore');
  checkouts.git('.', 'commit', '--quiet', '--message', 'home');
  await expectReleased(deploy(commit(8)), commit(8));
});

test('without git the given commit counts', async () => {
  checkouts.commit('ws');
  world.image(commit(7));
  const { run, ask } = builds(world);
  const shell = {
    run,
    ask: (question: Parameters<typeof ask>[0]) =>
      ask({ ...question, file: question.file === 'git' ? 'no-such-git' : question.file }),
  };
  await expectReleased(deploy(commit(7), {}, { shell }), commit(7));
});

test('changed tracked files are refused, the first five by name; those outside the context count too', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `ws/lib/${name}.py`);
  await checkouts.write(Object.fromEntries(names.map((name) => [name, '1\n'])));
  await checkouts.write({ 'ws/model/Dockerfile': 'FROM scratch\n' });
  const head = checkouts.commit('ws');
  await checkouts.write(Object.fromEntries(names.map((name) => [name, '2\n'])));
  checkouts.git('ws', 'add', 'lib/a.py');
  await expectRefused(
    deploy(head, { context: 'model' }),
    'dirty-checkout',
    'lib/a.py, lib/b.py, lib/c.py, lib/d.py, lib/e.py and 1 more',
    'allow-dirty: true',
  );
});

test('a changed submodule makes a checkout dirty, untracked files and byte code do not', async () => {
  await checkouts.write({ 'model/a.txt': '1\n', 'ws/__pycache__/a.pyc': '1' });
  checkouts.commit('model');
  checkouts.commit('ws');
  checkouts.git('ws', 'submodule', '--quiet', 'add', join(checkouts.folder, 'model'), 'lib');
  const head = checkouts.commit('ws', 'with the library');
  await checkouts.write({ 'ws/new.txt': '1', 'ws/__pycache__/a.pyc': '2', 'ws/lib/new.txt': '1' });
  await expectReleased(deploy(head), head);
  await checkouts.write({ 'ws/lib/a.txt': '2\n' });
  expect((await deploy(head)).result.error).toMatchObject({ code: 'dirty-checkout' });
});

test('what a test changes while it runs does not make the checkout dirty', async () => {
  const head = checkouts.commit('ws');
  const { run, ask } = builds(world);
  const shell: RunOptions['shell'] = {
    ask,
    run: async (command) => {
      if (command.file === 'make') await checkouts.write({ 'ws/app.py': 'changed', 'ws/report.xml': '1' });
      return run(command);
    },
  };
  await expectReleased(deploy(head, { 'unit-tests': 'make test' }, { shell }), head);
  checkouts.git('ws', 'checkout', '--quiet', '.');
  checkouts.git('ws', 'clean', '--quiet', '--force');
  await expectNothingToDo(deploy(head, { 'tests-in': 'none' }));
});

test('allow-dirty releases changed files, warns of them, and they are part of the image’s name', async () => {
  const head = checkouts.commit('ws');
  await expectReleased(deploy(head), head);
  await checkouts.write({ 'ws/app.py': '2\n' });
  const { result } = await deploy(head, { 'allow-dirty': 'true' });
  expect(result).toMatchObject({ outcome: 'ok', after: { version: '2' } });
  expect(result.warnings).toEqual([expect.stringMatching(/not as in commit .*: app\.py\. .*allow-dirty/)]);
  const tags = Object.keys(world.aws.state.repositories['iris']?.tags ?? {});
  expect(tags).toEqual([head, expect.stringMatching(new RegExp(`^${head}-[0-9a-f]{12}$`))]);
  expect((await deploy(head, { 'allow-dirty': 'true' })).result.outcome).toBe('ok:noop');
});

test('an image that is brought needs no checkout of its commit', async () => {
  checkouts.commit('ws');
  const { uri } = world.image(commit(7));
  const { 'ecr-repository': _, ...target } = FIRST;
  const inputs = { ...target, 'image-uri': uri };
  const env = { GITHUB_WORKSPACE: join(checkouts.folder, 'ws') };
  const promoted = await world.deploy(inputs, { commit: commit(9), env });
  expect(promoted.result).toMatchObject({ outcome: 'ok', after: { commit: commit(7) } });
  expect(world.aws.state.functions['iris']?.aliases['live']?.description).toContain(commit(7));
  const other = world.image(commit(8));
  const wrong = { ...IRIS, 'image-uri': other.uri, commit: commit(9) };
  const { 'ecr-repository': __, ...named } = wrong;
  const { result } = await world.deploy(named, { commit: commit(9), env });
  expect(result).toMatchObject({ outcome: 'failed', error: { code: 'image-of-another-commit' } });
  expect(result.error?.message).toMatch(/Leave commit out/);
});

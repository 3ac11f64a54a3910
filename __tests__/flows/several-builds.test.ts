/** One commit may have several images in one repository: each function serves the one that was built for it. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { NO_BUILD, parseVersionNote } from '../../src/release/record/version-note.ts';
import { builds, openCheckouts, type Checkouts } from '../harness/checkouts.ts';
import { ROLE } from '../harness/fixtures.ts';
import { createWorld, type RunOptions, type World } from '../harness/world.ts';
import { shellOf } from '../harness/shell.ts';
import { UserError } from '../../src/errors.ts';

const MODELS = { 'ecr-repository': 'models', create: 'true', role: ROLE };
const A = { ...MODELS, 'function-name': 'fa', context: 'a' };
const B = { ...MODELS, 'function-name': 'fb', context: 'b' };

let checkouts: Checkouts;
let world: World;
let head: string;

beforeEach(async () => {
  checkouts = await openCheckouts();
  world = createWorld();
  const samples = '{"name":"typical","input":{"x":1},"expected":{"ok":true}}\n';
  await checkouts.write({
    'ws/a/Dockerfile': 'FROM scratch\n',
    'ws/b/Dockerfile': 'FROM scratch\n',
    'ws/tests/samples.jsonl': samples,
  });
  head = checkouts.commit('ws');
});
afterEach(() => checkouts.remove());

const deploy = async (inputs: Readonly<Record<string, string>>, more: RunOptions = {}) => {
  const env = {
    GITHUB_WORKSPACE: join(checkouts.folder, 'ws'),
    RUNNER_TEMP: checkouts.folder,
    HOME: checkouts.folder,
    ...more.env,
  };
  const from = world.aws.calls.length;
  const run = await world.deploy(inputs, { commit: head, shell: builds(world), ...more, env });
  return { ...run, calls: world.aws.calls.slice(from).map(({ operation }) => operation) };
};
const repository = () => world.aws.state.repositories['models'];
const tags = () => repository()?.tags ?? {};
const digestOf = (name: string) => {
  const fn = world.aws.state.functions[name];
  const live = fn?.aliases['live']?.functionVersion ?? '';
  return fn?.versions[live]?.code.digest;
};
const own = () => Object.keys(tags()).find((tag) => tag !== head) ?? '';

test('a second function of the commit gets an image of its own, under a tag of its own', async () => {
  expect((await deploy(A)).result).toMatchObject({ outcome: 'ok' });
  const { result } = await deploy(B);
  expect(result).toMatchObject({ outcome: 'ok', after: { commit: head } });
  expect(result.plan.map(({ does, why }) => `${does}: ${why}`).join()).toMatch(
    new RegExp(`build models:${head}-[0-9a-f]{12}: the image that ECR has .* is another build`),
  );
  expect(Object.keys(tags())).toEqual([head, expect.stringMatching(/-[0-9a-f]{12}$/)]);
  expect(digestOf('fa')).toBe(tags()[head]);
  expect(digestOf('fb')).toBe(tags()[own()]);
});

test('a run that is repeated has nothing to do, without docker and with four calls, for both of them', async () => {
  await deploy(A);
  await deploy(B);
  const { ask } = builds(world);
  const noDocker = shellOf(({ file }) => {
    throw new UserError('program-missing', { what: `There is no ${file} here.` });
  });
  const shell: RunOptions['shell'] = {
    run: noDocker.run,
    ask: (question) => (question.file === 'git' ? ask(question) : noDocker.ask(question)),
  };
  for (const inputs of [A, B]) {
    const { result, calls } = await deploy(inputs, { shell });
    expect(result).toMatchObject({ outcome: 'ok:noop', error: undefined, warnings: [] });
    expect(calls.toSorted()).toEqual(['BatchGetImage', 'GetAlias', 'GetFunction', 'GetFunction']);
  }
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['target', { target: 'large' }],
  ['build-args', { 'build-args': 'MODEL=large' }],
  ['file', { file: 'a/gpu.Dockerfile' }],
])('another %s of the same commit is built and released', async (_, change) => {
  await checkouts.write({ 'ws/a/gpu.Dockerfile': 'FROM scratch\n' });
  head = checkouts.commit('ws');
  await deploy(A);
  const { result } = await deploy({ ...A, ...change });
  expect(result).toMatchObject({ outcome: 'ok', after: { version: '2' } });
  expect(digestOf('fa')).toBe(tags()[own()]);
});

test('a model that an earlier step trained again is released, although the commit is the same', async () => {
  await checkouts.write({ 'ws/a/model.bin': 'first' });
  await deploy(A);
  expect((await deploy(A)).result.outcome).toBe('ok:noop');
  await checkouts.write({ 'ws/a/model.bin': 'second' });
  expect((await deploy(A)).result).toMatchObject({ outcome: 'ok', after: { version: '2' } });
  expect(digestOf('fa')).toBe(tags()[own()]);
});

test('so is one in a second checkout inside the context, at another commit', async () => {
  await checkouts.write({ 'ws/a/weights/model.bin': 'first' });
  checkouts.commit('ws/a/weights');
  await deploy(A);
  expect((await deploy(A)).result.outcome).toBe('ok:noop');
  await checkouts.write({ 'ws/a/weights/model.bin': 'second' });
  checkouts.commit('ws/a/weights');
  expect((await deploy(A)).result).toMatchObject({ outcome: 'ok', after: { version: '2' } });
});

test('two functions of one build share its image', async () => {
  await deploy(A);
  const { result } = await deploy({ ...B, context: 'a' });
  expect(result.outcome).toBe('ok');
  expect(digestOf('fb')).toBe(digestOf('fa'));
  expect(Object.keys(tags())).toEqual([head]);
});

test('an image without the label was built elsewhere: it is taken for what its tag says, and noted', async () => {
  const { digest } = world.image(head, { repository: 'models' });
  expect((await deploy(A)).result.outcome).toBe('ok');
  expect(digestOf('fa')).toBe(digest);
  const note = parseVersionNote(world.aws.state.functions['fa']?.versions['1']?.description ?? '');
  expect(note).toMatchObject({ build: NO_BUILD });
  const { result, calls } = await deploy(A);
  expect(result.outcome).toBe('ok:noop');
  expect(calls).not.toContain('GetDownloadUrlForLayer');
});

test('a function that serves the image of another build by mistake gets its own', async () => {
  await deploy(A);
  const { 'ecr-repository': _, ...given } = B;
  const { context: __, ...inputs } = given;
  const uri = `${repository()?.uri}@${digestOf('fa')}`;
  expect((await world.deploy({ ...inputs, 'image-uri': uri }, { commit: head })).result.outcome).toBe('ok');
  expect(digestOf('fb')).toBe(digestOf('fa'));
  expect((await deploy(B)).result).toMatchObject({ outcome: 'ok', after: { version: '2' } });
  expect(digestOf('fb')).toBe(tags()[own()]);
});

test.each(['IMMUTABLE', 'MUTABLE'] as const)(
  'two jobs build at once and push the commit’s tag: each serves its own image (%s tags)',
  async (mutability) => {
    await deploy(A, { commit: checkouts.git('ws', 'rev-parse', 'HEAD') });
    head = checkouts.commit('ws', 'second');
    const found = repository();
    if (found !== undefined) found.imageTagMutability = mutability;
    let isFirst = true;
    const theirs = { digest: '' };
    const shell = builds(world, (reference) => {
      if (!isFirst) return;
      isFirst = false;
      if (mutability === 'IMMUTABLE') theirs.digest = pushOfA(reference);
    });
    const run: NonNullable<RunOptions['shell']>['run'] = async (command) => {
      const done = await shell.run(command);
      if (mutability === 'MUTABLE' && command.args.includes('build')) theirs.digest = pushOfA(`x:${head}`);
      return done;
    };
    const { result } = await deploy(B, { shell: { ...shell, run } });
    expect(result).toMatchObject({ outcome: 'ok', error: undefined });
    expect(tags()[head]).toBe(theirs.digest);
    const mine = Object.keys(tags()).find((tag) => tag.startsWith(`${head}-`)) ?? '';
    expect(digestOf('fb')).toBe(tags()[mine]);
  },
);

/** The image that another job of this commit pushes. */
function pushOfA(reference: string): string {
  const tag = reference.split(':').at(-1) ?? '';
  const labels = { 'org.opencontainers.image.revision': tag, 'model-release.build': 'a'.repeat(12) };
  return world.image(tag, { repository: 'models', labels, content: 'theirs' }).digest;
}

test('several services of one run may share a repository', async () => {
  const files = {
    '.model-release.yml': `ecr-repository: models
create: true
role: ${ROLE}
services:
  a: { function-name: fa, context: a }
  b: { function-name: fb, context: b }
`,
  };
  const { results } = await deploy({}, { files });
  expect(results.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  expect(digestOf('fb')).not.toBe(digestOf('fa'));
});

/** Tests on the runner run beside the build, the push waits for both, and the live image is the cache. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { LongCommand, Shell, ShortCommand } from '../../src/clients/shell.ts';
import { builds, openCheckouts, type Checkouts } from '../harness/checkouts.ts';
import { ROLE } from '../harness/fixtures.ts';
import { ended } from '../harness/shell.ts';
import { createWorld, type World } from '../harness/world.ts';

const IRIS = { 'function-name': 'iris', 'ecr-repository': 'iris', create: 'true', role: ROLE };
const TESTS = { 'unit-tests': 'make test' };

let checkouts: Checkouts;
let world: World;
let head: string;
let started: (LongCommand | ShortCommand)[];

beforeEach(async () => {
  checkouts = await openCheckouts();
  world = createWorld();
  started = [];
  const samples = '{"name":"typical","input":{"x":1},"expected":{"ok":true}}\n';
  await checkouts.write({ 'ws/Dockerfile': 'FROM scratch\n', 'ws/tests/samples.jsonl': samples });
  head = checkouts.commit('ws');
});
afterEach(() => checkouts.remove());

/** Deploys what is in the workspace; `fails` says which programs fail, by what they are. */
async function deploy(
  inputs: Readonly<Record<string, string>>,
  fails: readonly ('tests' | 'docker:build')[] = [],
) {
  const { run: start, ask } = builds(world);
  const failing: readonly (string | undefined)[] = fails;
  const noted = (command: LongCommand | ShortCommand) => void started.push(command);
  const shell: Shell = {
    run: async (command) => {
      noted(command);
      // Both are under way before either ends.
      await new Promise(setImmediate);
      if (failing.includes(command.writes)) return ended('Error: it broke', 2);
      return command.writes === 'tests' ? ended('3 passed') : start(command);
    },
    ask: (question) => {
      noted(question);
      return ask(question);
    },
  };
  const env = {
    GITHUB_WORKSPACE: join(checkouts.folder, 'ws'),
    RUNNER_TEMP: checkouts.folder,
    HOME: checkouts.folder,
  };
  const from = world.aws.calls.length;
  const run = await world.deploy(inputs, {
    commit: head,
    env,
    shell,
  });
  const calls = world.aws.calls.slice(from);
  return {
    ...run,
    writes: calls.filter(({ isWrite }) => isWrite),
    tokens: calls.filter(({ operation }) => operation === 'GetAuthorizationToken'),
  };
}
async function changeModel(): Promise<void> {
  await checkouts.write({ 'ws/model.py': 'second' });
  head = checkouts.commit('ws');
}
const writes = () => started.flatMap(({ writes: one }) => (one === undefined ? [] : [one]));
const buildOf = () => started.find(({ writes: one, args }) => one === 'docker:build' && args.includes('--'));

test('the plan comes first; then tests and build are both started, and only then is anything written to AWS', async () => {
  const { result, runner } = await deploy({ ...IRIS, ...TESTS });
  expect(result).toMatchObject({ outcome: 'ok', tests: [{ name: 'unit', status: 'passed' }, {}] });
  // The second one gives the image its name in the repository that was created for it.
  expect(writes()).toEqual(['tests', 'docker:build', 'docker:build', 'docker:login', 'docker:push']);
  const groups = runner.lines.flatMap((line) => /^[✓–✗] ([^:]*):/.exec(line)?.[1] ?? []);
  expect(groups.slice(0, 7)).toEqual([
    ...['Look at what is live', 'Plan', 'Test the model', 'Build the image'],
    ...['Try the image', 'Create the repository', 'Push the image'],
  ]);
});

test('tests that fail are what is told, and nothing is written to AWS', async () => {
  const { result, writes: sent } = await deploy({ ...IRIS, ...TESTS }, ['tests']);
  expect(result).toMatchObject({ outcome: 'failed', changed: false, error: { code: 'tests-failed' } });
  expect(result.tests).toMatchObject([{ name: 'unit', status: 'failed' }, {}]);
  expect(sent).toEqual([]);
});

test('a build that fails beside tests that passed is told, and what the tests showed stays', async () => {
  const { result, writes: sent } = await deploy({ ...IRIS, ...TESTS }, ['docker:build']);
  expect(result).toMatchObject({ outcome: 'failed', error: { code: 'build-failed' } });
  expect(sent).toEqual([]);
});

test('where both fail, both are told, the tests first', async () => {
  const { result } = await deploy({ ...IRIS, ...TESTS }, ['tests', 'docker:build']);
  expect(result.error).toMatchObject({ code: 'tests-failed' });
  expect(result.error?.message).toMatch(/^The unit tests failed .* The build failed too: /s);
});

test('with nothing to release no test runs', async () => {
  await deploy({ ...IRIS, ...TESTS });
  started = [];
  expect((await deploy({ ...IRIS, ...TESTS })).result.outcome).toBe('ok:noop');
  expect(writes()).toEqual([]);
});

test('the live image is the cache of the next build, with one login for both, which is gone afterwards', async () => {
  await deploy(IRIS);
  const first = buildOf();
  expect(first?.args.filter((arg) => arg.startsWith('--cache-from'))).toEqual([]);
  expect(first?.args).toContain('--build-arg=BUILDKIT_INLINE_CACHE=1');
  const live = world.aws.state.functions['iris']?.versions['1']?.code.digest;
  await changeModel();
  started = [];
  const { result, tokens } = await deploy(IRIS);
  expect(result.outcome).toBe('ok');
  expect(buildOf()?.args).toContainEqual(expect.stringMatching(new RegExp(`^--cache-from=.*/iris@${live}$`)));
  expect(tokens).toHaveLength(1);
  const config = buildOf()?.env?.['DOCKER_CONFIG'] ?? '';
  expect(config).toContain(checkouts.folder);
  expect(() => readFileSync(join(config, 'config.json'))).toThrow('ENOENT');
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['cache: none', { cache: 'none' }],
  ['no-cache', { 'no-cache': 'true' }],
  ['cache-from', { 'cache-from': 'type=gha' }],
  ['cache-to', { 'cache-to': 'type=gha' }],
])('with %s the live image is no cache, and no login is made for one', async (_, inputs) => {
  await deploy(IRIS);
  await changeModel();
  started = [];
  await deploy({ ...IRIS, ...inputs });
  expect(buildOf()?.args.join(' ')).not.toMatch(/BUILDKIT_INLINE_CACHE|iris@sha256/);
  expect(buildOf()?.env?.['DOCKER_CONFIG']).toBeUndefined();
});

test('a role that gets no login for the cache builds without it, with a sentence', async () => {
  await deploy(IRIS);
  await changeModel();
  started = [];
  world.aws.faults.add({ operation: 'GetAuthorizationToken', times: 1, kind: 'denied' });
  const { result, runner } = await deploy(IRIS);
  expect(result.outcome).toBe('ok');
  expect(buildOf()?.args.join(' ')).not.toContain('--cache-from');
  expect(runner.lines.join('\n')).toMatch(/The build goes on without the cache of the last release: /);
});

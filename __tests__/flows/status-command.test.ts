/** `status`: what is live where, by reads alone; what cannot be read keeps nothing else back. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openCommandLine, type CommandLine } from '../harness/command-line.ts';
import { commit, FIRST, SAMPLES } from '../harness/fixtures.ts';

let line: CommandLine;
beforeEach(async () => {
  line = await openCommandLine();
  await line.checkouts.write({
    'iris/tests/samples.jsonl': SAMPLES,
    'iris/.model-release.yml': CONFIGURATION,
  });
  line.checkouts.commit('iris');
  line.checkouts.git('iris', 'remote', 'add', 'origin', 'git@github.com:acme/iris.git');
});
afterEach(() => line.close());

const CONFIGURATION = [
  'ecr-repository: iris',
  'environments:',
  '  test: { function-name: iris-test }',
  '  prod: { function-name: iris, http-api-id: abc123 }',
  '',
].join('\n');

interface Told {
  readonly environments: readonly {
    readonly environment: string;
    readonly live?: Readonly<Record<string, unknown>>;
    readonly error?: { readonly code: string };
  }[];
}

async function releaseTwice(): Promise<void> {
  const uri = (n: number) => line.world.image(commit(n)).uri;
  await line.world.deploy({ ...FIRST, 'image-uri': uri(1) }, { commit: commit(1) });
  await line.world.deploy({ 'function-name': 'iris', 'image-uri': uri(2) }, { commit: commit(2) });
}

test('each environment has a row, and only reads are sent', async () => {
  await releaseTwice();
  const before = line.world.aws.calls.length;
  const { exitCode, out, err } = await line.type(['status']);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  const [head, test_, prod] = out.split('\n');
  expect(head).toMatch(/environment +function +live +commit +image +published +rollback target +run +url/);
  expect(test_).toMatch(/test +iris-test:live +not released/);
  expect(prod).toMatch(
    /prod +iris:live +2 +000200020002 .*1 \(proven\) +https:\/\/github\.com\/acme\/iris\/actions\/runs\/1002 +https:\/\/abc123\./,
  );
  const sent = line.world.aws.calls.slice(before).map(({ operation }) => operation);
  expect(sent.filter((operation) => !/^(Get|BatchGet|Describe|List)/.test(operation))).toEqual([]);
});

test('an environment that cannot be read says why, the others are shown, and the exit code is 1', async () => {
  await releaseTwice();
  line.world.aws.allows = (_caller, asked) => !JSON.stringify(asked).includes('iris-test');
  const { exitCode, json } = await line.type(['status', '--json']);
  expect(exitCode).toBe(1);
  const [test_, prod] = json<Told>().environments;
  expect(test_).toMatchObject({ environment: 'test', error: { code: 'aws-permission' } });
  expect(prod).toMatchObject({
    environment: 'prod',
    live: { version: '2', state: 'ok', commit: commit(2), run: '1002', previous: '1', byHand: false },
  });
  const people = await line.type(['status']);
  expect(people.err).toMatch(/^test \(aws-permission\): AWS refused lambda:Get/);
  expect(people.out).toContain('iris:live');
});

test('after a rollback, and after a run by hand, the state says so', async () => {
  await releaseTwice();
  await line.world.rollback({ 'function-name': 'iris' }, { event: 'workflow_dispatch' });
  const { json } = await line.type(['status', '--environment', 'prod', '--json']);
  expect(json<Told>().environments).toMatchObject([{ live: { version: '1', state: 'rolled back' } }]);
  line.world.image(line.checkouts.commit('iris', 'by hand'));
  await line.type(['deploy', '--environment=test', '--create', '--role', FIRST.role]);
  const { out } = await line.type(['status', '--environment', 'test']);
  expect(out).toMatch(/test +iris-test:live +1 .* by hand$/);
});

test('settings that are missing are told for the environment that misses them', async () => {
  await line.checkouts.write({
    'iris/.model-release.yml': CONFIGURATION.replace('{ function-name: iris-test }', '{}'),
  });
  const { exitCode, json } = await line.type(['status', '--json']);
  expect(exitCode).toBe(1);
  expect(json<Told>().environments).toMatchObject([
    { environment: 'test', error: { code: 'invalid-inputs' } },
    { environment: 'prod', live: { state: 'not released' } },
  ]);
});

/** A release and a rollback from a terminal: the actions' own code, with a runner of its own. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openCommandLine, type CommandLine } from '../harness/command-line.ts';
import { FIRST, SAMPLES } from '../harness/fixtures.ts';

let line: CommandLine;
beforeEach(async () => {
  line = await openCommandLine();
  await line.checkouts.write({ 'iris/tests/samples.jsonl': SAMPLES });
});
afterEach(() => line.close());

const CREATE = ['--create', '--role', FIRST.role];
const NAMES = ['--function-name=iris', '--ecr-repository', 'iris'];

/** The folder with a commit, whose image is in ECR already. */
function committed(message: string): string {
  const id = line.checkouts.commit('iris', message);
  line.world.image(id);
  return id;
}

interface Told {
  readonly outputs: Readonly<Record<string, string>>;
  readonly plan: readonly { readonly does: string }[];
  readonly errors: readonly string[];
}

test('a deploy from a laptop takes the commit from git, and prints its log and summary', async () => {
  const id = committed('first');
  const { exitCode, out, err } = await line.type(['deploy', ...NAMES, ...CREATE]);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(out).toContain('✅ Released: deploy iris → live');
  expect(out).toContain(id.slice(0, 12));
  expect(out).not.toMatch(/<details>|\*\*|::group::|&lt;/);
});

test('a plan changes nothing and lists the steps; with --json it is one object', async () => {
  committed('first');
  const { exitCode, json, err } = await line.type(['plan', ...NAMES, ...CREATE, '--json']);
  const { outputs, plan } = json<Told>();
  expect(exitCode).toBe(0);
  expect(outputs['changed']).toBe('false');
  expect(plan.length).toBeGreaterThan(3);
  expect(err).toContain('create the alias live on the new version');
  expect(
    line.world.aws.calls
      .map(({ operation }) => operation)
      .filter((name) => !/^(BatchGet|Get|List)/.test(name)),
  ).toEqual([]);
});

test('with --build a plan goes on as on a pull request: it needs Docker, and writes nothing to AWS either', async () => {
  line.checkouts.commit('iris', 'first');
  await line.checkouts.write({ 'iris/Dockerfile': 'FROM scratch\n' });
  const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const args = ['plan', ...NAMES, ...CREATE, '--json'];
  expect(await line.type(args, { env })).toMatchObject({ exitCode: 0 });
  const { exitCode, json } = await line.type([...args, '--build'], { env });
  expect(exitCode).toBe(1);
  expect(json<Told>().errors.join()).toMatch(/docker/i);
  expect(line.world.aws.calls.filter(({ isWrite }) => isWrite)).toEqual([]);
  const { out } = await line.type(['plan', '--help']);
  expect(out).toMatch(/--build\n +Build the image, run the tests/);
});

test('a rollback goes back to the release before, whichever laptop released it', async () => {
  committed('first');
  await line.type(['deploy', ...NAMES, ...CREATE]);
  committed('second');
  await line.type(['deploy', ...NAMES]);
  const { exitCode, json } = await line.type(['rollback', '--function-name', 'iris', '--json']);
  expect(exitCode).toBe(0);
  expect(json<Told>().outputs).toMatchObject({
    outcome: 'rolled-back',
    version: '1',
    'previous-version': '2',
  });
});

test('the way back of a deploy from a laptop is a line for the same terminal, which works', async () => {
  committed('first');
  await line.type(['deploy', ...NAMES, ...CREATE]);
  committed('second');
  const { out } = await line.type(['deploy', ...NAMES, '--environment', 'prod'], {
    program: 'npx ../model-release',
  });
  const way =
    'npx ../model-release rollback --function-name iris --ecr-repository iris --environment prod --to previous';
  expect(out.split('\n')).toContain(`    ${way}`);
  expect(out).not.toMatch(/gh workflow run|the default environment of the workflow/);
  const { exitCode, json } = await line.type([...way.split(' ').slice(2), '--json']);
  expect(exitCode).toBe(0);
  expect(json<Told>().outputs).toMatchObject({ outcome: 'rolled-back', version: '1' });
});

test('a laptop does not undo what GitHub released, unless a person says force', async () => {
  committed('older');
  await line.world.deploy(
    { ...FIRST, 'image-uri': line.world.image('a'.repeat(40)).uri },
    { commit: 'a'.repeat(40) },
  );
  const refused = await line.type(['deploy', ...NAMES]);
  expect(refused.exitCode).toBe(1);
  expect(refused.err).toContain('is released from elsewhere: run 1001');
  const forced = await line.type(['deploy', ...NAMES, '--force', '--json']);
  expect(forced.json<Told>().outputs).toMatchObject({ outcome: 'ok', version: '2' });
});

test('GitHub takes over from a laptop, and the laptop may not follow', async () => {
  committed('first');
  await line.type(['deploy', ...NAMES, ...CREATE]);
  const id = 'b'.repeat(40);
  const { result } = await line.world.deploy(
    { ...FIRST, create: '', role: '', 'image-uri': line.world.image(id).uri },
    { commit: id },
  );
  expect(result.outcome).toBe('ok');
  committed('late');
  const { exitCode, err } = await line.type(['deploy', ...NAMES]);
  expect({ exitCode, told: err.includes('released-elsewhere') }).toEqual({ exitCode: 1, told: true });
});

test('inputs that are wrong end with 2, and nothing is called', async () => {
  committed('first');
  const { exitCode, err } = await line.type(['deploy', '--timeout=1000', '--role', 'no/body']);
  expect(exitCode).toBe(2);
  expect(err).toMatch(/function-name is required[\s\S]*timeout must be[\s\S]*role must be/);
  expect(line.world.aws.calls).toEqual([]);
});

test('without a commit, and without one named, a deploy says what to do', async () => {
  const { exitCode, err } = await line.type(['deploy', ...NAMES, ...CREATE]);
  expect(exitCode).toBe(2);
  expect(err).toContain('commit your files first');
});

test('a secret of the command line is shown nowhere', async () => {
  committed('first');
  const { out, err } = await line.type([
    'deploy',
    ...NAMES,
    ...CREATE,
    '--alias',
    'a b',
    '--github-token',
    'ghs_hidden',
  ]);
  expect(out + err).toContain('alias must be');
  expect(out + err).not.toContain('ghs_hidden');
});

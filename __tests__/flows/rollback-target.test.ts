import { describe, expect, test } from '@jest/globals';
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createLocalAws, type LocalAws } from '../../local/aws/aws.ts';
import { seedAlias, seedFunction, seedImage, type SeededImage } from '../../local/aws/seeds.ts';
import { VirtualClock } from '../../local/clock.ts';
import type { FaultKind } from '../../local/faults.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import type { ClientDependencies } from '../../src/clients/aws-config.ts';
import { AwsError } from '../../src/errors.ts';
import { guards } from '../../src/release/record/guards.ts';
import { renderRecord } from '../../src/release/record/record.ts';
import { renderVersionNote } from '../../src/release/record/version-note.ts';
import { PIN_DESCRIPTION, pinPrevious } from '../../src/release/steps/alias/pin-previous.ts';
import { proveRollbackTarget } from '../../src/release/steps/version/prove-rollback-target.ts';
import { readHistory } from '../../src/release/steps/alias/read-history.ts';
import { readAlias } from '../../src/release/steps/alias/read-alias.ts';
import type { Digest } from '../../src/types.ts';
import { buildTools } from '../../src/clients/tools.ts';
import { shellOf } from '../harness/shell.ts';
import { everyWrite } from '../harness/results.ts';
import type { ReleaseTools } from '../../src/release/tools.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const commit = (digit: number) => String(digit).repeat(40);
const iris = { functionName: 'iris', aliasName: 'live' };

/** Three images, pushed a day apart; versions 1 and 2 are released, 2 serves and 1 served before. */
function world() {
  const clock = new VirtualClock();
  const aws = createLocalAws({ clock });
  const stop = new AbortController();
  const warnings: string[] = [];
  const log = { info: () => undefined, warning: (line: string) => void warnings.push(line) };
  const dependencies: ClientDependencies = {
    aws: {
      region: aws.state.region,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: requestHandlerFor(aws),
    },
    clock,
    random: () => 0.5,
    signal: stop.signal,
    log: { info: () => undefined },
    permits: everyWrite,
  };
  const images = ([1, 2, 3] as const).map((digit) => {
    const image = seedImage(aws, { repository: 'iris', tag: commit(digit) });
    clock.advance(DAY_MS);
    return image;
  }) as [SeededImage, SeededImage, SeededImage];
  seedFunction(aws, {
    name: 'iris',
    versions: [
      { image: images[0], description: note(images[0], 1) },
      { image: images[1], description: note(images[1], 2) },
    ],
    alias: { name: 'live', version: '2', description: record() },
  });
  const tools: ReleaseTools = {
    ...buildTools({
      ...dependencies,
      log,
      shell: shellOf(() => {
        throw new Error('no program may run here');
      }),
      secret: async () => undefined,
      env: {},
      readOnly: false,
    }),
    guards,
  };
  return { aws, clock, tools, warnings, stop, images, sdk: dependencies.aws };
}
type World = ReturnType<typeof world>;

function note(image: SeededImage, digit: number): string {
  const base = digit === 1 ? undefined : String(digit - 1);
  return renderVersionNote({
    digest: image.digest as Digest,
    commit: commit(digit),
    base,
    run: `10${digit}.1`,
  });
}

function record(): string {
  return renderRecord({
    live: '2',
    previous: '1',
    state: 'ok',
    candidate: undefined,
    op: '102.1.abcd',
    seq: 102n,
    commit: commit(2),
    previousCommit: commit(1),
  });
}

function setPolicy({ aws }: World, ...selections: object[]): void {
  const rules = selections.map((selection, index) => ({
    rulePriority: index + 1,
    selection: { tagStatus: 'any', ...selection },
    action: { type: 'expire' },
  }));
  repository(aws).lifecyclePolicyText = JSON.stringify({ rules });
}

function repository(aws: LocalAws) {
  const found = aws.state.repositories['iris'];
  if (found === undefined) throw new Error('the world has no repository');
  return found;
}

const operations = ({ aws }: World) => aws.calls.map(({ operation }) => operation);

async function prove({ tools }: World, { version = '1' } = {}) {
  const previous = await tools.lambda.getFunction('iris', version);
  return proveRollbackTarget(tools, { repository: 'elsewhere', previous });
}

describe('the way back', () => {
  test('is proven by two reads where no policy exists, in the repository that Lambda names', async () => {
    const made = world();
    expect(await prove(made)).toEqual({
      bytes: expect.any(Number),
      kind: 'proven',
      why: 'Version 1 is Active, its image is in iris, and no lifecycle rule removes it.',
    });
    expect(operations(made).sort()).toEqual(['BatchGetImage', 'GetFunction', 'GetLifecyclePolicy']);
  });

  test('does not exist on the first release, and nothing is asked', async () => {
    const made = world();
    const question = { repository: 'iris', previous: undefined };
    expect(await proveRollbackTarget(made.tools, question)).toMatchObject({ kind: 'none' });
    expect(made.aws.calls).toEqual([]);
  });

  test('is at risk when the image was deleted', async () => {
    const made = world();
    delete repository(made.aws).images[made.images[0].digest];
    expect(await prove(made)).toMatchObject({
      kind: 'at-risk',
      why: expect.stringContaining('is not in the ECR repository iris'),
    });
  });

  test('is at risk when the whole repository was deleted', async () => {
    const made = world();
    delete made.aws.state.repositories['iris'];
    expect(await prove(made)).toMatchObject({ kind: 'at-risk', why: expect.stringContaining('is not in') });
  });

  test.each<[number, string, string]>([
    [2, 'at-risk', 'within a day'],
    [3, 'at-risk', 'with the next push after this release'],
    [4, 'proven', 'rule 1 keeps it for 1 more push'],
    [5, 'proven', 'rule 1 keeps it for 2 more pushes'],
  ])('three images, %i are kept: %s', async (...given) => {
    const [countNumber, kind, why] = given;
    const made = world();
    setPolicy(made, { countType: 'imageCountMoreThan', countNumber });
    expect(await prove(made)).toMatchObject({ kind, why: expect.stringContaining(why) });
    expect(operations(made)).toContain('DescribeImages');
  });

  test('is at risk under a rule by age, with the days that are left', async () => {
    const made = world();
    setPolicy(made, { countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 });
    expect(await prove(made)).toEqual({
      bytes: expect.any(Number),
      kind: 'at-risk',
      why: 'Rule 1 of the lifecycle policy of iris deletes the image of version 1 in 11 days.',
      fix: 'In that rule, let it count instead: "countType": "imageCountMoreThan", "countNumber": 10, without countUnit.',
    });
    made.clock.advance(12 * DAY_MS);
    expect(await prove(made)).toMatchObject({ why: expect.stringContaining('version 1 within a day.') });
  });

  test('is proven when an earlier rule keeps what a later one would delete', async () => {
    const made = world();
    setPolicy(
      made,
      { tagStatus: 'tagged', tagPatternList: ['1111*'], countType: 'imageCountMoreThan', countNumber: 9 },
      { countType: 'imageCountMoreThan', countNumber: 1 },
    );
    expect(await prove(made)).toMatchObject({ kind: 'proven' });
  });

  test('in the registry of another account is not claimed', async () => {
    const made = world();
    const previous = await made.tools.lambda.getFunction('iris', '1');
    const resolvedImageUri = previous.resolvedImageUri?.replace(/^\d{12}/, '999999999999');
    const question = { repository: 'iris', previous: { ...previous, resolvedImageUri } };
    expect(await proveRollbackTarget(made.tools, question)).toMatchObject({
      kind: 'at-risk',
      why: expect.stringContaining('is in the registry of account 999999999999'),
    });
    expect(operations(made)).toEqual(['GetFunction']);
  });

  test.each<[string, FaultKind, string]>([
    ['GetLifecyclePolicy', 'denied', 'Add ecr:GetLifecyclePolicy to the role'],
    ['DescribeImages', 'denied', 'Add ecr:DescribeImages to the role'],
    ['BatchGetImage', 'denied', 'Add ecr:BatchGetImage to the role'],
    ['GetLifecyclePolicy', '5xx-before', 'Run it again'],
  ])('cannot be told without %s (%s): a verdict with the way out, never an error', async (...given) => {
    const [operation, kind, fix] = given;
    const made = world();
    setPolicy(made, { countType: 'imageCountMoreThan', countNumber: 30 });
    made.aws.faults.add({ kind, operation, times: Infinity });
    expect(await prove(made)).toMatchObject({
      kind: 'at-risk',
      why: expect.stringContaining('could not be checked'),
      fix: expect.stringContaining(fix),
    });
  });
});

describe('the history', () => {
  test('is read from the versions, with what is live and what was before', async () => {
    const { tools } = world();
    const release = await readAlias(tools, iris);
    const history = await readHistory(tools, { functionName: 'iris', release });
    expect(history?.releases).toMatchObject([
      { version: '2', commit: commit(2), run: '102.1', base: '1', isLive: true, isPrevious: false },
      { version: '1', commit: commit(1), run: '101.1', base: undefined, isLive: false, isPrevious: true },
    ]);
    expect(history?.neverServed).toEqual([]);
  });

  test('that cannot be read is a warning', async () => {
    const { aws, tools, warnings } = world();
    aws.faults.add({ kind: 'denied', operation: 'ListVersionsByFunction' });
    expect(await readHistory(tools, { functionName: 'iris', release: { kind: 'none' } })).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/history of releases could not be read.*lambda:List/)]);
  });
});

describe('the pin', () => {
  const pin = (made: World, previous = '1') => pinPrevious(made.tools, { ...iris, previous });
  const pinned = ({ tools }: World) => tools.lambda.getAlias('iris', 'live-previous');

  test('keeps the version from being deleted', async () => {
    const made = world();
    const client = new LambdaClient(made.sdk);
    const deleted = () => client.send(new DeleteFunctionCommand({ FunctionName: 'iris', Qualifier: '1' }));
    await pin(made);
    await expect(deleted()).rejects.toThrow('live-previous');
  });

  test('is created, moves with the next release, and is left alone when it is right', async () => {
    const made = world();
    expect(await pin(made)).toBe(true);
    expect(await pinned(made)).toMatchObject({ version: '1', description: PIN_DESCRIPTION, weights: {} });
    expect(await pin(made, '2')).toBe(true);
    expect(await pinned(made)).toMatchObject({ version: '2' });
    const writes = () => made.aws.calls.filter(({ isWrite }) => isWrite).length;
    const before = writes();
    expect(await pin(made, '2')).toBe(true);
    expect(writes()).toBe(before);
    expect(made.warnings).toEqual([]);
  });

  test("does not take over somebody else's alias of that name", async () => {
    const made = world();
    const fn = made.aws.state.functions['iris'];
    if (fn === undefined) throw new Error('the world has no function');
    seedAlias(made.aws, fn, { name: 'live-previous', version: '2', description: 'blue' });
    expect(await pin(made)).toBe(false);
    expect(await pinned(made)).toMatchObject({ version: '2', description: 'blue' });
    expect(made.warnings).toEqual([expect.stringContaining('The alias is not ours')]);
  });

  test('is written by compare-and-swap: a change in between is kept, with a warning', async () => {
    const made = world();
    await pin(made);
    made.aws.beforeCall = async ({ operation }) => {
      const alias = made.aws.state.functions['iris']?.aliases['live-previous'];
      if (operation === 'UpdateAlias' && alias) Object.assign(alias, { revisionId: 'moved' });
    };
    expect(await pin(made, '2')).toBe(false);
    expect(await pinned(made)).toMatchObject({ version: '1' });
    expect(made.warnings).toEqual([expect.stringContaining('PreconditionFailedException')]);
  });

  test.each<[string, FaultKind]>([
    ['GetAlias', 'denied'],
    ['CreateAlias', 'denied'],
    ['CreateAlias', 'timeout-before'],
  ])('%s %s: a warning, never an error', async (operation, kind) => {
    const made = world();
    made.aws.faults.add({ kind, operation });
    expect(await pin(made)).toBe(false);
    expect(made.warnings).toEqual([
      expect.stringMatching(/^The alias live-previous was not pointed to version 1, so nothing keeps/),
    ]);
  });

  test('is not written after the stop signal', async () => {
    const made = world();
    made.stop.abort('SIGTERM');
    expect(await pin(made)).toBe(false);
    expect(made.warnings).toEqual([expect.stringContaining('SIGTERM')]);
    await expect(pinned(made)).rejects.toThrow(AwsError);
  });
});

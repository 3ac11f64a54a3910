/** The alias moves, or somebody else's does; what is live is always known. */
import {
  DeleteFunctionCommand,
  UpdateAliasCommand,
  type UpdateAliasCommandInput,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { seedAlias } from '../../../local/aws/seeds.ts';
import { CallerProcess, type FaultKind } from '../../../local/faults.ts';
import { renderRecord } from '../../../src/release/record/record.ts';
import { otherCaller } from '../../harness/other-caller.ts';
import { commit, FIRST } from '../../harness/world.ts';
import {
  begin,
  expectFailure,
  expectReleased,
  expectVersion1Serves,
  released,
  releasedTwice,
  unreleased,
  type Scene,
} from './scene.ts';

/** Somebody else's act, once, right before our first call of this operation. */
function before(scene: Scene, operation: string, act: () => Promise<unknown> | void): void {
  let done = false;
  scene.world.aws.beforeCall = async (call) => {
    if (done || call.process === 'other' || call.operation !== operation) return;
    done = true;
    await act();
  };
}

const write = (scene: Scene, input: Partial<UpdateAliasCommandInput>) =>
  otherCaller(scene.world).send(new UpdateAliasCommand({ FunctionName: 'iris', Name: 'live', ...input }));

/** What a run of ours with this id would have written, had it released version 1 once more. */
function recordOf(seq: bigint): string {
  return renderRecord({
    live: '1',
    previous: undefined,
    state: 'ok',
    candidate: undefined,
    op: `${seq}.1.beef`,
    seq,
    commit: commit(1),
    previousCommit: undefined,
  });
}

describe('row 64: there is no alias yet', () => {
  test('row 64: the first deploy creates it, with a record that names no way back', async () => {
    const scene = unreleased();
    const run = await scene.deploy(FIRST);
    expect(run.result).toMatchObject({ outcome: 'ok' });
    expect(scene.alias()).toMatchObject({
      functionVersion: '1',
      description: expect.stringMatching(
        /^mr2;v=1;p=;st=ok;cand=;op=\d+\.1\.[0-9a-f]{4};seq=\d+;h=[0-9a-f]{8};c=0002/,
      ),
    });
  });

  test('row 64: CreateAlias answers 409: a newer run was first, this one yields', async () => {
    const scene = unreleased();
    before(scene, 'CreateAlias', () => {
      const description = recordOf(9_999n);
      seedAlias(scene.world.aws, scene.fn(), { name: 'live', version: '1', description });
    });
    const { result, runner } = await scene.deploy(FIRST);
    expect(result).toMatchObject({ outcome: 'superseded', changed: false, error: { code: 'order-unknown' } });
    expect(runner.exitCode).toBe(1);
    expect(scene.alias().description).toBe(recordOf(9_999n));
  });
});

describe('row 65: 412 on the first attempt', () => {
  test('row 65: an older run wrote in between: read again, decided again, released', async () => {
    const scene = await released();
    before(scene, 'UpdateAlias', () => write(scene, { Description: recordOf(999n) }));
    expectReleased(scene, await scene.deploy());
    expect(scene.writes().filter((name) => name === 'UpdateAlias')).toHaveLength(3);
  });

  test('row 65: a newer run wrote in between: this one yields and says to whom', async () => {
    const scene = await released();
    before(scene, 'UpdateAlias', () => write(scene, { Description: recordOf(9_999n) }));
    const { result, runner } = await scene.deploy();
    expect(result).toMatchObject({ outcome: 'superseded', changed: false, error: { code: 'order-unknown' } });
    expect(result.why).toMatch(/^run 9999 has released since/);
    expect(runner.exitCode).toBe(1);
    expect(scene.alias().functionVersion).toBe('1');
  });
});

describe('row 66: the reply to UpdateAlias is lost', () => {
  test.each(['drop-after', 'timeout-after', '5xx-after'] as const)(
    'row 66: %s: the repeat is refused, the record proves that the write was ours',
    async (kind) => {
      const scene = await released();
      scene.world.aws.faults.add({ kind, operation: 'UpdateAlias' });
      expectReleased(scene, await scene.deploy());
    },
  );

  test('row 66: another run wrote after it: unknown, the holder is named, nothing is written again', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'drop-before', operation: 'UpdateAlias', process: 'main' });
    before(scene, 'UpdateAlias', () => write(scene, { Description: recordOf(999n) }));
    const run = await scene.deploy();
    expectFailure(run, 'unknown-superseded', [/alias live was lost/, /version 1 is live/, /Run it again/]);
    expect(run.result).toMatchObject({ outcome: 'unknown:superseded', changed: 'unknown' });
    expect(scene.alias().description).toBe(recordOf(999n));
  });
});

describe('AWS asks to come back to UpdateAlias in an hour: the run ends within its bound', () => {
  const hour = { kind: 'throttle', operation: 'UpdateAlias', retryAfterSeconds: 3_600, times: null } as const;
  const BOUND_MS = 5 * 60_000;

  test.each(['deploy', 'rollback'] as const)('a %s: nothing was shifted, and it says so', async (action) => {
    const scene = await releasedTwice();
    scene.world.image(commit(3));
    scene.world.aws.faults.add(hour);
    const began = scene.world.aws.now();
    const run = await scene[action]({}, { commit: commit(3) });
    expectFailure(run, 'aws-throttled', [/UpdateAlias/]);
    expect(run.result.outcome).toBe('failed');
    expect(scene.alias().functionVersion).toBe('2');
    expect(scene.world.aws.now() - began).toBeLessThan(BOUND_MS);
  });

  test('after a lost reply: the alias shows whether the write took effect', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'drop-after', operation: 'UpdateAlias', times: 1 });
    scene.world.aws.faults.add(hour);
    const began = scene.world.aws.now();
    expectReleased(scene, await scene.deploy());
    expect(scene.world.aws.now() - began).toBeLessThan(BOUND_MS);
  });

  test('after a lost reply without effect: what is live is unknown, and named as such', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'drop-before', operation: 'UpdateAlias', times: 1 });
    scene.world.aws.faults.add(hour);
    const began = scene.world.aws.now();
    const run = await scene.deploy();
    expect(run.result.outcome).toMatch(/^unknown/);
    expect(run.runner.exitCode).toBe(1);
    expect(scene.world.aws.now() - began).toBeLessThan(BOUND_MS);
  });
});

test('row 67: the runner dies after UpdateAlias: the next run finds the release and changes nothing', async () => {
  const scene = await released();
  const died = new Promise<void>((resolve) => {
    scene.world.aws.afterEffect = ({ call }) =>
      void (call.operation === 'UpdateAlias' && setImmediate(resolve));
  });
  scene.world.aws.faults.add({ kind: 'crash-after', operation: 'UpdateAlias' });
  void scene.deploy({}, { runId: 2000, caller: new CallerProcess('dying') });
  await died;
  const again = begin(scene);
  const record = scene.alias().description;
  const { result, runner } = await again.deploy({}, { runId: 2000, attempt: 2 });
  expect(result).toMatchObject({ outcome: 'ok:noop', changed: false, error: undefined });
  expect(runner.outputs).toMatchObject({ version: '2', digest: scene.image.digest });
  expect(again.writes()).toEqual([]);
  expect(scene.alias()).toMatchObject({ functionVersion: '2', description: record });
});

describe('row 68: UpdateAlias is throttled or fails', () => {
  test.each<[FaultKind, number]>([
    ['throttle', 3],
    ['5xx-before', 3],
    ['drop-before', 2],
  ])('row 68: %s, %i times: repeated with the same RevisionId, released once', async (kind, times) => {
    const scene = await released();
    const revisions: unknown[] = [];
    scene.world.aws.faults.add({ kind, operation: 'UpdateAlias', times });
    scene.world.aws.afterEffect = ({ call, request }) => {
      if (call.operation !== 'UpdateAlias') return;
      revisions.push(
        (JSON.parse(new TextDecoder().decode(request.body)) as { RevisionId?: string }).RevisionId,
      );
    };
    const revision = scene.alias().revisionId;
    expectReleased(scene, await scene.deploy());
    expect(revisions).toEqual([revision]);
    expect(scene.calls().filter((name) => name === 'GetAlias')).toHaveLength(1);
    expect(scene.writes().filter((name) => name === 'UpdateAlias')).toHaveLength(times + 1);
  });

  test('row 68: throttled for ever: failed, and it is certain that nothing was moved', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'throttle', operation: 'UpdateAlias', times: null });
    const run = await scene.deploy();
    expectFailure(run, 'aws-throttled', [/Lambda UpdateAlias/, /has not been touched/]);
    expect(run.result.outcome).toBe('failed');
    expectVersion1Serves(scene);
  });

  test('row 68: no answer for ever: unknown, never "failed", and what to do', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'timeout-before', operation: 'UpdateAlias', times: null });
    const run = await scene.deploy();
    expectFailure(run, 'unknown', [
      /Whether the alias live was moved is not known/,
      /aws lambda get-alias --function-name iris --name live\)/,
    ]);
    expect(run.result.outcome).toBe('unknown');
    expect(run.runner.outputs).toMatchObject({ version: '', 'previous-version': '1' });
    expect(run.runner.summaryText).toContain('| is live | not known | – | – |');
    expect(run.runner.summaryText).not.toContain('### Rollback');
    expectVersion1Serves(scene);
  });
});

test('row 69: the version is deleted between publish and switch: fails, the alias is not touched', async () => {
  const scene = await released();
  before(scene, 'UpdateAlias', () =>
    otherCaller(scene.world).send(new DeleteFunctionCommand({ FunctionName: 'iris', Qualifier: '2' })),
  );
  const run = await scene.deploy();
  expectFailure(run, 'aws-refused', [/UpdateAlias/, /iris:2/, /run this again/]);
  expect(run.result.outcome).toBe('failed');
  expectVersion1Serves(scene);
});

describe('row 72: the alias points to $LATEST', () => {
  test.each(['deploy', 'rollback'] as const)(
    'row 72: %s: refused before any write, with the way to adopt it',
    async (action) => {
      const scene = await released();
      Object.assign(scene.alias(), { functionVersion: '$LATEST', description: '' });
      const run = await scene[action]();
      expectFailure(run, 'alias-on-latest', [
        /Alias live points to \$LATEST/,
        /aws lambda publish-version --function-name iris --region eu-central-1, then/,
      ]);
      expect(scene.writes()).toEqual([]);
    },
  );
});

describe('rows 83 and 84: somebody else writes the alias', () => {
  test('row 83: the console moves it during the run: drifted is reported and not fought', async () => {
    const scene = await releasedTwice();
    scene.world.image(commit(3));
    before(scene, 'UpdateAlias', () => write(scene, { FunctionVersion: '1' }));
    const run = await scene.deploy({}, { commit: commit(3) });
    expectFailure(run, 'drifted', [
      /alias live/,
      /the record says version 2, the alias points to 1/,
      /CloudTrail/,
    ]);
    expect(run.result.outcome).toBe('failed');
    expect(scene.alias().functionVersion).toBe('1');
  });

  test('row 84: Terraform’s apply comes in between: it is reported and not fought', async () => {
    const scene = await releasedTwice();
    scene.world.image(commit(3));
    before(scene, 'UpdateAlias', () => write(scene, { FunctionVersion: '1', Description: '' }));
    const run = await scene.deploy({}, { commit: commit(3) });
    expectFailure(run, 'drifted', [/during this run: its release record is gone/, /nothing was overwritten/]);
    expect(scene.alias()).toMatchObject({ functionVersion: '1', description: '' });
  });

  test('row 83: it had moved before the run: released with a warning, what served becomes the way back', async () => {
    const scene = await releasedTwice();
    scene.world.image(commit(3));
    await write(scene, { FunctionVersion: '1' });
    const { result, runner } = await scene.deploy({}, { commit: commit(3) });
    expect(result).toMatchObject({ outcome: 'ok' });
    expect(scene.alias().description).toMatch(/^mr2;v=3;p=1;st=ok;/);
    expect(runner.annotations).toEqual([
      expect.objectContaining({ level: 'warning', message: expect.stringMatching(/alias live has drifted/) }),
    ]);
  });

  test('row 84: Terraform wipes the record: a deploy goes on, and a rollback follows the version’s own note', async () => {
    const scene = await releasedTwice();
    await write(scene, { Description: '', RoutingConfig: { AdditionalVersionWeights: {} } });
    const back = await scene.rollback();
    expect(back.result).toMatchObject({ outcome: 'rolled-back' });
    expect(scene.alias()).toMatchObject({
      functionVersion: '1',
      description: expect.stringMatching(/^mr1;v=1;p=;st=rb;cand=2;/),
    });
  });

  test('row 84: neither record nor note: a rollback refuses to guess', async () => {
    const scene = await releasedTwice();
    await write(scene, { Description: '' });
    Object.assign(scene.fn().versions['2'] ?? {}, { description: 'by hand' });
    const run = await scene.rollback();
    expectFailure(run, 'nothing-to-roll-back', [
      /before version 2 is not known/,
      /Name a version, digest or commit/,
    ]);
    expect(scene.alias().functionVersion).toBe('2');
  });
});

test('row 85: the switch takes a while to be seen everywhere: asked through the alias until it is', async () => {
  const scene = await released();
  const { aws } = scene.world;
  aws.afterEffect = ({ call }) => {
    if (call.operation !== 'UpdateAlias') return;
    scene.alias().injected = { weights: { '1': 1 }, until: aws.now() + 30_000 };
  };
  const started = aws.now();
  const { result } = await scene.deploy();
  expect(result).toMatchObject({ outcome: 'ok' });
  expect(aws.now() - started).toBeGreaterThanOrEqual(30_000);
  expect(scene.alias().functionVersion).toBe('2');
});

/** The samples, asked of the published version before any traffic. */
import { describe, expect, test } from '@jest/globals';
import type { ServiceError } from '../../../local/faults.ts';
import { utf8 } from '../../../local/http.ts';
import type { Program } from '../../../local/aws/runtime.ts';
import { commit } from '../../harness/world.ts';
import {
  expectFailure,
  expectReleased,
  expectVersion1Serves,
  released,
  refused,
  type Scene,
} from './scene.ts';

/** The image of commit 2 behaves like this. */
async function behaving(program: Program): Promise<Scene> {
  const scene = await released();
  scene.world.image(commit(2), { program });
  return scene;
}

/** The image of commit 2 answers these bytes, whatever they are; the one of commit 1 goes on as before. */
async function answering(payload: string): Promise<Scene> {
  const scene = await released();
  const { runtime } = scene.world.aws;
  scene.world.aws.runtime = {
    invoke: async (invocation) =>
      invocation.digest === scene.image.digest
        ? { payload: utf8(payload), durationMs: 1 }
        : runtime.invoke(invocation),
  };
  return scene;
}

test('row 58: Invoke answers 200 with FunctionError: the sample failed, the alias is not touched', async () => {
  const scene = await behaving(() => {
    throw new TypeError('model.bin is not a model');
  });
  const run = await scene.deploy();
  expectFailure(run, 'samples-failed', [/Version 2/, /1 of 1/, /TypeError: model.bin is not a model/]);
  expect(scene.writes()).toEqual(['UpdateFunctionCode', 'PublishVersion']);
  expectVersion1Serves(scene);
});

test('row 59: reserved concurrency is used up: tried again, then said without blaming the model', async () => {
  const scene = await released();
  scene.fn().reservedConcurrency = 0;
  const run = await scene.deploy();
  expectFailure(run, 'no-concurrency', [/reserved concurrency/, /says nothing about the model/]);
  expect(scene.calls().filter((name) => name === 'Invoke').length).toBeGreaterThan(3);
  expectVersion1Serves(scene);
});

describe('row 60: Invoke is refused for the moment', () => {
  const passing = [
    ['EC2ThrottledException', 502],
    ['ENILimitReachedException', 502],
    ['SubnetIPAddressLimitReachedException', 502],
    ['ResourceNotReadyException', 502],
    ['SnapStartNotReadyException', 409],
    ['CodeArtifactUserPendingException', 409],
    ['ServiceException', 500],
  ] as const;
  const lasting = [
    ['KMSAccessDeniedException', 502],
    ['KMSDisabledException', 502],
    ['InvalidRuntimeException', 502],
    ['InvalidSubnetIDException', 502],
    ['EFSMountFailureException', 403],
  ] as const;
  const error = (code: string, status: number): ServiceError => refused('As the service says.', code, status);

  test.each(passing)('row 60: %s passes: asked again', async (code, status) => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'denied', operation: 'Invoke', says: error(code, status), times: 3 });
    expectReleased(scene, await scene.deploy());
  });

  test.each(lasting)('row 60: %s stays: fails at once with its code', async (code, status) => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'denied', operation: 'Invoke', says: error(code, status) });
    const run = await scene.deploy();
    expectFailure(run, 'aws-refused', [/Lambda Invoke/, new RegExp(code)]);
    expect(scene.calls().filter((name) => name === 'Invoke')).toHaveLength(1);
    expectVersion1Serves(scene);
  });
});

describe('row 61: long calls and large payloads', () => {
  test('row 61: the connection is reset on a long call: asked again by the run’s own loop, not by the SDK', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'drop-after', operation: 'Invoke' });
    const run = await scene.deploy();
    expectReleased(scene, run);
    expect(run.runner.lines.join('\n')).toMatch(/Invoke: ECONNRESET; trying again/);
  });

  test('row 61: a sample above 6 MiB is refused before any call', async () => {
    const scene = await released();
    const sample = JSON.stringify({ name: 'big', input: 'x'.repeat(6 * 1024 * 1024), expected: {} });
    const run = await scene.deploy({}, { files: { 'tests/samples.jsonl': `${sample}\n` } });
    expectFailure(run, 'invalid-samples', [/tests\/samples.jsonl/, /line 1 has an input above 6 MiB/]);
    expect(scene.calls()).toEqual([]);
  });
});

describe('row 62: another version answers', () => {
  test('row 62: through the alias, while AWS keeps traffic on the old one: waited for', async () => {
    const scene = await released({ settings: { provisionMs: 20_000, provisioningWeight: 0.5 } });
    const now = scene.world.aws.now();
    scene.fn().provisioned['live'] = { requested: 1, requestedAt: now, readyAt: now };
    // Of the calls through a half-and-half alias, the second one lands on the other version.
    scene.world.aws.state.counters.invocation = 1;
    const run = await scene.deploy();
    expect(run.result).toMatchObject({ outcome: 'ok' });
    expect(scene.alias().functionVersion).toBe('2');
    expect(scene.calls().filter((name) => name === 'Invoke').length).toBeGreaterThan(2);
  });

  test('row 62: for ever: goes back, although every answer was right', async () => {
    const scene = await released();
    scene.world.aws.afterEffect = ({ call }) => {
      // Something outside sends the alias's traffic to version 1 again, and its record says nothing of it.
      if (call.operation === 'UpdateAlias') scene.alias().injected = { weights: { '1': 1 }, until: Infinity };
    };
    const run = await scene.deploy();
    expectFailure(run, 'not-verified', [/alias live/, /version 1 answered instead of 2/]);
    expect(run.result.outcome).toBe('rolled-back');
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });
});

describe('the right version answers wrongly through the alias', () => {
  /** Answers its own samples, and `wrong` of the questions that follow. */
  const scene = async (wrong: number) => {
    const found = await released();
    let asked = 0;
    found.world.image(commit(2), { program: () => ({ ok: (asked += 1) === 1 || asked > wrong + 1 }) });
    return found;
  };

  test('twice: what was live is live again within a second, because people got those answers', async () => {
    const found = await scene(2);
    const began = found.world.aws.clock.now();
    const run = await found.deploy({}, { commit: commit(2) });
    expectFailure(run, 'not-verified', [/expected true at ok, got false/, /log of version 2/]);
    expect(run.result.outcome).toBe('rolled-back');
    const [there, back] = found.world.aws.calls.filter(({ operation }) => operation === 'UpdateAlias');
    expect((back?.at ?? Infinity) - (there?.at ?? began)).toBeLessThan(1_000);
    expect(found.alias()).toMatchObject({ functionVersion: '1' });
    expect(run.result.record).toBe(found.alias().description);
  });

  test('once: it is asked again', async () => {
    const found = await scene(1);
    const { result } = await found.deploy({}, { commit: commit(2) });
    expect(result).toMatchObject({ outcome: 'ok', error: undefined });
  });
});

describe('row 63: answers that are no answers', () => {
  test.each([
    ['text', 'setosa', /is not JSON: setosa/],
    ['NaN', '{"probability": NaN}', /is not JSON: \{"probability": NaN\}/],
    ['nothing', '', /is not JSON: /],
    ['huge', JSON.stringify({ ok: 'x'.repeat(5_000_000) }), /expected true at ok, got "x{156}…/],
    [
      'control characters',
      '\u001b[2J\u0007::set-output name=version::666',
      /is not JSON: {2}\[2J ::set-output/,
    ],
  ])('row 63: %s: fails with a readable beginning of it', async (_name, payload, pattern) => {
    const scene = await answering(payload);
    const run = await scene.deploy();
    expectFailure(run, 'samples-failed', [pattern, /no traffic was shifted/]);
    expect(run.result.error?.message.length).toBeLessThan(500);
    expectVersion1Serves(scene);
  });
});

describe('samples that fail are all there', () => {
  /** Forty samples, of which the model answers each fifth wrongly. */
  async function failing() {
    const scene = await behaving((event) => {
      const { n } = event as { n: number };
      return { p: n % 5 === 0 ? 0.5 : 0.9 };
    });
    const lines = Array.from({ length: 40 }, (_, n) =>
      JSON.stringify({ name: `s${n}`, input: { n }, expected: { p: 0.9 }, tolerance: 0.01 }),
    );
    const files = { 'tests/samples.jsonl': `${lines.join('\n')}\n` };
    return { run: await scene.deploy({}, { files }), wrong: [0, 5, 10, 15, 20, 25, 30, 35] };
  }

  test('in the log, in the summary, in the output, and on their lines of the file', async () => {
    const { run, wrong } = await failing();
    const { lines, summaryText, outputs, annotations } = run.runner;
    for (const n of wrong) {
      expect(lines).toContain(`Sample "s${n}" (line ${n + 1}): expected 0.9 ± 0.01 at p, got 0.5`);
      expect(summaryText).toContain(`| s${n} | ${n + 1} | p | 0.9 | ± 0.01 | 0.5 |`);
    }
    const { failed, checked, samples } = JSON.parse(outputs['failed-samples'] ?? '') as {
      readonly failed: number;
      readonly checked: number;
      readonly samples: readonly { readonly name: string }[];
    };
    expect([failed, checked]).toEqual([8, 40]);
    expect(samples.map(({ name }) => name)).toEqual(wrong.map((n) => `s${n}`));
    expect(annotations.filter(({ file }) => file !== undefined)).toEqual(
      wrong.map((n) => ({
        level: 'error',
        file: 'tests/samples.jsonl',
        line: n + 1,
        message: `Sample "s${n}": expected 0.9 ± 0.01 at p, got 0.5`,
        title: 'deploy failed (samples-failed)',
      })),
    );
  });

  test('and those that are right are shown as well', async () => {
    const scene = await released();
    const { runner } = await scene.deploy();
    expect(runner.summaryText).toMatch(
      /### Samples: 1 of 1 as expected\n[^]*\| typical \| 1 \| as expected \|/,
    );
    expect(runner.outputs['failed-samples']).toBe('');
  });
});

test('a release that nothing proved says so: headline, output, last line and no tick', async () => {
  const scene = await released();
  const { runner, result } = await scene.deploy({ samples: 'none' });
  expect(result.outcome).toBe('ok');
  expect(runner.summaryText).toMatch(/^## ⚠️ Released: [^\n]*nothing proved this release/);
  expect(runner.outputs['proven']).toBe('false');
  expect(runner.lines.at(-1)).toMatch(/^ok; nothing proved this release/);
});

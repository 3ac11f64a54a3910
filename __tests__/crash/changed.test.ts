/** The invariant on `changed` and the headline finds each untrue word. */
import { beforeAll, expect, test } from '@jest/globals';
import type { Ended } from './crash-world.ts';
import { atRest, type Rest } from './outcomes.ts';
import { Random } from './random.ts';
import { deployRun, leaveCanary, LIVE, startState, TRIAL } from './starts.ts';
import { attempt } from './trial.ts';
import { open, snapshot } from './crash-world.ts';

const T7 = atRest.find(({ id }) => id === 'T7');
const T1 = atRest.find(({ id }) => id === 'T1');
const around = { random: new Random(0) };

/** A release; a run with nothing to do; one that only ends a dead canary. */
let released: Rest;
let idle: Rest;
let recovered: Rest;

beforeAll(async () => {
  const from = await startState({ start: 'steady', api: 'no API', slow: false });
  released = (await attempt(from, { spec: deployRun('new', 2000, TRIAL) }, around)).rest;
  idle = (await attempt(from, { spec: deployRun('same', 2000, LIVE) }, around)).rest;
  const world = open(from, new Random(0));
  await leaveCanary(world, TRIAL);
  const spec = deployRun('ends', 2000, LIVE);
  recovered = (await attempt(snapshot(world), { spec }, around)).rest;
});

/** The same run, which says something else. */
function saying(rest: Rest, outputs: Record<string, string>, headline?: string): Rest {
  const { ended } = rest;
  if (ended.kind !== 'finished') throw new Error('the run crashed');
  const summaryText = headline === undefined ? ended.runner.summaryText : `## ${headline}\n`;
  const runner = { ...ended.runner, outputs: { ...ended.runner.outputs, ...outputs }, summaryText };
  return { ...rest, ended: { ...ended, runner } as Ended };
}

test('what the runs really say is true', () => {
  for (const rest of [released, idle, recovered])
    expect([T1, T7].map((one) => one?.broken(rest))).toEqual([undefined, undefined]);
  expect(
    [released, idle, recovered].map(
      ({ ended }) => ended.kind === 'finished' && [ended.result.outcome, ended.result.changed],
    ),
  ).toEqual([
    ['ok', true],
    ['ok:noop', false],
    ['ok:noop', true],
  ]);
});

test.each<[string, () => Rest]>([
  ['changed: false after a release', () => saying(released, { changed: 'false' })],
  ['changed: true of a run with nothing to do', () => saying(idle, { changed: 'true' })],
  ['changed: false of a run that ended a canary', () => saying(recovered, { changed: 'false' })],
  ['changed: unknown where every answer came', () => saying(released, { changed: 'unknown' })],
  ['"Nothing to do" of a run that ended a canary', () => saying(recovered, {}, '✅ Nothing to do: deploy')],
  [
    '"what was live is live" of one that did too',
    () => saying(recovered, {}, '❌ Failed: what was live is live'),
  ],
])('%s is found', (_, untrue) => {
  expect(T7?.broken(untrue())).toBeDefined();
});

test.each([{ version: '1' }, { digest: `sha256:${'0'.repeat(64)}` }, { commit: '0'.repeat(40) }])(
  'an output that names another release is found: %j',
  (output) => {
    expect(T1?.broken(saying(released, output))).toBeDefined();
  },
);

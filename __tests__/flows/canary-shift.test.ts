/** The mover takes the weights of a canary: a share that rises, all traffic, and a rollback that lands on the stable version. */
import { expect, test } from '@jest/globals';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import { buildTools } from '../../src/clients/tools.ts';
import { OpenSteps } from '../../src/clients/writes.ts';
import { moveStep, NO_SHIFT } from '../../src/release/plan/shift-steps.ts';
import { guards } from '../../src/release/record/guards.ts';
import { shift } from '../../src/release/shift.ts';
import { readAlias } from '../../src/release/steps/alias/read-alias.ts';
import type { ReleaseSession } from '../../src/release/tools.ts';
import { openSession } from '../../src/run/session.ts';
import { shellOf } from '../harness/shell.ts';
import { ACCOUNT, commit } from '../harness/world.ts';
import { releasedTwice, type Scene } from './faults/scene.ts';

const ALIAS = { functionName: 'iris', aliasName: 'live' };

/** Version 2 serves, and version 3 is there: a session of run 2000 over them. */
async function scene() {
  const made = await releasedTwice();
  const two = made.fn().versions['2'];
  if (two === undefined) throw new Error('version 2 was released');
  made.fn().versions['3'] = { ...two, version: '3' };
  return { made, session: sessionOver(made) };
}

function sessionOver({ world }: Scene): ReleaseSession {
  const permits = new OpenSteps();
  const tools = buildTools({
    aws: { ...ACCOUNT, requestHandler: requestHandlerFor(world.aws) },
    clock: world.aws.clock,
    random: () => 0.5,
    shell: shellOf(() => Promise.reject(new Error('no program may run here'))),
    log: { info: () => undefined, warning: () => undefined },
    signal: new AbortController().signal,
    permits,
    readOnly: false,
    secret: () => Promise.resolve(),
    env: {},
  });
  const run = {
    runId: '2000',
    attempt: '1',
    commit: commit(3),
    actor: '',
    event: 'push',
    repository: '',
    runUrl: '',
    home: 'github.com/acme/iris',
  };
  return openSession({
    run,
    tools: { ...tools, guards },
    log: { start: () => undefined, end: () => undefined },
    permits,
    warnings: [],
    cutOff: new Promise<never>(() => undefined),
  });
}

/** One step of a canary of version 3. */
async function give(session: ReleaseSession, weight: number, announced = true) {
  const seen = await readAlias(session.tools, ALIAS);
  const before = { version: '2', digest: undefined, commit: commit(2) };
  const step = moveStep({ aliasName: 'live', from: before }, `version 3 with ${weight} of the traffic`);
  return shift(session, {
    alias: ALIAS,
    first: seen,
    seen,
    before,
    intent: { kind: 'release', version: '3', commit: commit(3), weight },
    force: false,
    to: undefined,
    api: undefined,
    samples: [],
    otherwise: { kind: 'stays' },
    steps: { ...NO_SHIFT, move: announced ? step : { ...step, writes: [] } },
  });
}

test('the share rises step by step, and the record says what goes on at each', async () => {
  const { made, session } = await scene();
  expect(await give(session, 0.1)).toMatchObject({ kind: 'shifted' });
  expect(made.alias()).toMatchObject({ functionVersion: '2', weights: { '3': 0.1 } });
  expect(made.alias().description).toMatch(/^mr2;v=2;p=1;st=canary;cand=3;/);
  expect(await give(session, 0.5)).toMatchObject({ kind: 'shifted' });
  expect(made.alias().weights).toEqual({ '3': 0.5 });
  expect(await give(session, 0.1)).toMatchObject({ kind: 'unchanged' });
  expect(await give(session, 1)).toMatchObject({ kind: 'shifted' });
  expect(made.alias().functionVersion).toBe('3');
  expect(made.alias().weights ?? {}).toEqual({});
  expect(made.alias().description).toMatch(/^mr2;v=3;p=2;st=ok;/);
});

test('a rollback during it lands on the stable version', async () => {
  const { made, session } = await scene();
  await give(session, 0.1);
  const { result } = await made.rollback({}, { runId: 3000 });
  expect(result).toMatchObject({ outcome: 'rolled-back', error: undefined });
  expect(made.alias().functionVersion).toBe('2');
  expect(made.alias().weights ?? {}).toEqual({});
});

test('a step that nothing announced moves nothing', async () => {
  const { made, session } = await scene();
  const before = made.alias().description;
  expect(await give(session, 0.1, false)).toMatchObject({
    kind: 'refused',
    error: expect.objectContaining({ code: 'not-announced' }),
  });
  expect(made.alias().description).toBe(before);
  expect(made.alias().weights ?? {}).toEqual({});
});

/** Both local services carry a call out in one way: what happens to it under each fault does not depend on who answers. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createLocalAws } from '../../local/aws/aws.ts';
import { CallerProcess, TransportFault, type FaultRule, type FaultSwitch } from '../../local/faults.ts';
import type { CalledService } from '../../local/carry-out.ts';
import { createLocalGitHub } from '../../local/github/github.ts';
import { seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import { fromUtf8, noBytes, utf8, type LocalRequest, type LocalResponse } from '../../local/http.ts';

interface Subject {
  readonly service: CalledService & {
    latencyMs: number;
    faults: FaultSwitch;
    beforeCall?: NonNullable<CalledService['beforeCall']>;
    afterEffect?: NonNullable<CalledService['afterEffect']>;
  };
  readonly operation: string;
  /** A write, and whether it took effect. */
  send(caller?: CallerProcess): Promise<LocalResponse>;
  happened(): boolean;
}

const PLAIN = { query: {}, headers: {}, body: noBytes };

function awsSubject(): Subject {
  const aws = createLocalAws();
  const request: LocalRequest = {
    ...PLAIN,
    method: 'POST',
    host: 'api.ecr.us-east-1.amazonaws.com',
    path: '/',
    headers: { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.CreateRepository' },
    body: utf8(JSON.stringify({ repositoryName: 'iris' })),
  };
  return {
    service: aws,
    operation: 'CreateRepository',
    send: (caller) => aws.handle(request, caller),
    happened: () => 'iris' in aws.state.repositories,
  };
}

function githubSubject(): Subject {
  const github = createLocalGitHub();
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'app-token', { permissions: { metadata: 'read', deployments: 'write' } });
  const iris = seedRepository(github.state, ['acme', 'iris'], { files: { Dockerfile: 'FROM scratch\n' } });
  const request: LocalRequest = {
    ...PLAIN,
    method: 'POST',
    host: 'api.github.com',
    path: '/repos/acme/iris/deployments',
    headers: { authorization: 'token app-token' },
    body: utf8(
      JSON.stringify({ ref: 'main', environment: 'prod', auto_merge: false, required_contexts: [] }),
    ),
  };
  return {
    service: github,
    operation: 'repos/create-deployment',
    send: (caller) => github.handle(request, caller),
    happened: () => JSON.stringify(iris).includes('"prod"'),
  };
}

/** What came back: a status, a broken connection, or nothing for ever. */
async function outcomeOf(sent: Promise<LocalResponse>): Promise<number | string> {
  // An answer needs a handful of turns of the event loop at most: no time passes in them.
  const silence = turns(20).then(() => 'silence');
  const answered = sent.then(
    ({ status }) => status,
    (error: unknown) => (error instanceof TransportFault ? error.kind : Promise.reject(error as Error)),
  );
  return Promise.race([answered, silence]);
}

async function turns(count: number): Promise<void> {
  if (count === 0) return;
  await new Promise((resolve) => setImmediate(resolve));
  await turns(count - 1);
}

describe.each([
  ['AWS', awsSubject, [500, 400, 403]],
  ['GitHub', githubSubject, [502, 429, 403]],
] as const)('%s', (_name, subjectOf, [failure, throttle, denied]) => {
  let subject: Subject;
  beforeEach(() => void (subject = subjectOf()));

  test('without a fault a call is recorded, takes effect and is answered', async () => {
    const { status } = await subject.send(new CallerProcess('first'));
    expect([status < 300, subject.happened()]).toEqual([true, true]);
    const { operation } = subject;
    expect(subject.service.calls).toMatchObject([
      { operation, number: 1, isWrite: true, process: 'first', status },
    ]);
  });

  test.each<[FaultRule['kind'], number | string, boolean, boolean]>([
    ['crash-before', 'silence', false, false],
    ['crash-after', 'silence', true, false],
    ['drop-before', 'reset', false, true],
    ['drop-after', 'reset', true, true],
    ['timeout-before', 'timeout', false, true],
    ['timeout-after', 'timeout', true, true],
    ['5xx-before', failure, false, true],
    ['5xx-after', failure, true, true],
    ['throttle', throttle, false, true],
    ['denied', denied, false, true],
  ])('%s: the caller sees %s, the effect happened: %s, the caller lives: %s', async (kind, ...expected) => {
    const caller = new CallerProcess();
    subject.service.faults.add({ kind, operation: subject.operation });
    const seen = await outcomeOf(subject.send(caller));
    expect([seen, subject.happened(), caller.alive]).toEqual(expected);
    expect(subject.service.faults.applied).toMatchObject([{ kind, number: 1 }]);
    // 0 stays where the answer was lost.
    expect(subject.service.calls[0]?.status).toBe(typeof expected[0] === 'number' ? expected[0] : 0);
  });

  test('a rule says any error in the shape of the service, with its headers', async () => {
    const says = { status: 418, code: 'Teapot', message: 'short and stout', headers: { 'x-says': 'yes' } };
    subject.service.faults.add({ kind: 'denied', says });
    const { status, headers, body } = await subject.send();
    expect([status, headers['x-says'], subject.happened()]).toEqual([418, 'yes', false]);
    expect(fromUtf8(body)).toContain('short and stout');
  });

  test('a throttle says when to come again', async () => {
    subject.service.faults.add({ kind: 'throttle', retryAfterSeconds: 7 });
    expect((await subject.send()).headers['retry-after']).toBe('7');
  });

  test('a caller that died is not heard and not recorded', async () => {
    const caller = new CallerProcess();
    caller.kill();
    expect(await outcomeOf(subject.send(caller))).toBe('silence');
    expect([subject.service.calls, subject.happened()]).toEqual([[], false]);
  });

  test('a caller that dies while it is held back has no effect', async () => {
    const caller = new CallerProcess();
    subject.service.beforeCall = async () => caller.kill();
    expect(await outcomeOf(subject.send(caller))).toBe('silence');
    expect(subject.happened()).toBe(false);
  });

  test('the observer sees an effect whose answer is lost', async () => {
    const seen: number[] = [];
    subject.service.afterEffect = ({ response }) => void seen.push(response.status);
    subject.service.faults.add({ kind: 'drop-after' });
    expect(await outcomeOf(subject.send())).toBe('reset');
    expect(seen).toEqual([expect.any(Number)]);
  });

  test('a call takes its latency, half of it before its effect', async () => {
    const { service } = subject;
    const { clock } = service;
    const began = clock.now();
    let effectAt = 0;
    service.latencyMs = 100;
    service.afterEffect = () => void (effectAt = clock.now());
    await subject.send();
    expect([effectAt - began, clock.now() - began]).toEqual([50, 100]);
  });
});

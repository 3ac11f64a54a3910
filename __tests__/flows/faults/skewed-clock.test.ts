/** A runner whose clock is off: the SDK corrects it, and what AWS refuses for another reason keeps that reason. */
import { describe, expect, test } from '@jest/globals';
import type { ServiceError } from '../../../local/faults.ts';
import { KeptClients } from '../../harness/kept-clients.ts';
import { expectFailure, expectReleased, expectVersion1Serves, refused, released } from './scene.ts';

describe('row 20: the runner’s clock is off', () => {
  const says = (ahead: number) => ({
    ...refused(
      'Signature expired: 20260101T000000Z is now earlier than 20260101T005500Z',
      'InvalidSignatureException',
      403,
    ),
    headers: { date: new Date(Date.now() + ahead).toUTCString() },
  });

  test('row 20: the SDK learns the right time from the refusal, and the call is made again', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'denied', operation: 'GetAlias', says: says(3_600_000), times: 1 });
    // What the SDK learns stays with its clients, so these are used for nothing else.
    const run = await scene.deploy({}, { clients: new KeptClients() });
    expectReleased(scene, run);
    expect(run.runner.lines.join('\n')).toContain('RequestTimeTooSkewed; trying again');
  });

  test('row 20: it stays off: fails and says so', async () => {
    const scene = await released();
    const skewed = refused(
      'The difference between the request time and the current time is too large',
      'RequestTimeTooSkewed',
      403,
    );
    scene.world.aws.faults.add({ kind: 'denied', operation: 'GetAlias', says: skewed });
    const run = await scene.deploy();
    expectFailure(run, 'clock-skew', [/clock is off/, /NTP/]);
    expectVersion1Serves(scene);
  });
});

/** Every answer of AWS has a date, and to this runner it is an hour ahead. */
function anHourAhead(error: ServiceError): ServiceError {
  return { ...error, headers: { date: new Date(Date.now() + 3_600_000).toUTCString() } };
}

test('row 20: an update in progress for two minutes is waited for, as on any other runner', async () => {
  const scene = await released();
  const { aws } = scene.world;
  const until = aws.now() + 120_000;
  aws.faults.add({
    kind: 'denied',
    operation: 'UpdateFunctionCode',
    matches: () => aws.now() < until,
    says: anHourAhead(refused('An update is in progress', 'ResourceConflictException', 409)),
  });
  // What the SDK learns stays with its clients, so these are used for nothing else.
  const run = await scene.deploy({}, { clients: new KeptClients() });
  expectReleased(scene, run);
  expect(run.runner.lines.join('\n')).not.toContain('RequestTimeTooSkewed');
});

test('row 20: expired credentials are not tried again', async () => {
  const scene = await released();
  const says = anHourAhead(refused('The security token is expired', 'ExpiredTokenException', 403));
  scene.world.aws.faults.add({ kind: 'denied', operation: 'UpdateFunctionCode', says });
  const run = await scene.deploy({}, { clients: new KeptClients() });
  expectFailure(run, 'aws-credentials', [/ExpiredTokenException/]);
  expect(scene.writes()).toEqual(['UpdateFunctionCode']);
  expectVersion1Serves(scene);
});

test('row 20: a missing repository is called missing, and not asked for again', async () => {
  const scene = await released();
  const says = anHourAhead(refused('no such repository', 'RepositoryNotFoundException'));
  scene.world.aws.faults.add({ kind: 'denied', operation: 'BatchGetImage', says });
  const run = await scene.deploy({}, { clients: new KeptClients() });
  expectFailure(run, 'missing', [/repository/]);
  expect(scene.calls().filter((name) => name === 'BatchGetImage')).toHaveLength(1);
  expectVersion1Serves(scene);
});

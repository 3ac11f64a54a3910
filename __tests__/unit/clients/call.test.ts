import { expect, test } from '@jest/globals';
import { VirtualClock } from '../../../local/clock.ts';
import { call } from '../../../src/clients/call.ts';
import { explainAwsError, type AwsError } from '../../../src/errors.ts';
import { everyWrite } from '../../harness/results.ts';

test('a runner without credentials hears that, and not of a defect', async () => {
  const missing = Object.assign(new Error('Could not load credentials from any providers'), {
    name: 'CredentialsProviderError',
  });
  const context = {
    clock: new VirtualClock(),
    random: () => 0,
    signal: new AbortController().signal,
    log: { info: () => undefined },
    permits: everyWrite,
  };
  const asked = call(context, { service: 'Lambda', operation: 'GetAlias' }, () => Promise.reject(missing));
  const error = await asked.catch((thrown: unknown) => thrown as AwsError);
  expect(error).toMatchObject({ code: 'CredentialsProviderError', effect: 'none' });
  expect(explainAwsError(error as AwsError).code).toBe('aws-credentials');
});

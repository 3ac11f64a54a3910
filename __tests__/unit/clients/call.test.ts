import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../local/clock.ts';
import { call } from '../../../src/clients/call.ts';
import { withCredentials } from '../../../src/clients/credentials.ts';
import { ecrClient } from '../../../src/clients/ecr.ts';
import { httpApi } from '../../../src/clients/http-api.ts';
import { lambdaClient } from '../../../src/clients/lambda.ts';
import { restApi } from '../../../src/clients/rest-api.ts';
import { AwsError, explainAwsError } from '../../../src/errors.ts';
import { everyWrite } from '../../harness/results.ts';

const context = () => ({
  clock: new VirtualClock(),
  random: () => 0,
  signal: new AbortController().signal,
  log: { info: () => undefined },
  permits: everyWrite,
});

test('a runner without credentials hears that, and not of a defect', async () => {
  const missing = Object.assign(new Error('Could not load credentials from any providers'), {
    name: 'CredentialsProviderError',
  });
  const asked = call(context(), { service: 'Lambda', operation: 'GetAlias' }, () => Promise.reject(missing));
  const error = await asked.catch((thrown: unknown) => thrown as AwsError);
  expect(error).toMatchObject({ code: 'CredentialsProviderError', effect: 'none' });
  expect(explainAwsError(error as AwsError).code).toBe('aws-credentials');
});

describe('AWS names the policy that refuses, and the advice fits it', () => {
  const fixOf = (detail: string) =>
    explainAwsError(
      new AwsError({
        service: 'Lambda',
        operation: 'UpdateFunctionCode',
        code: 'AccessDeniedException',
        detail: `User: arn:aws:sts::123456789012:assumed-role/release is not authorized to perform: lambda:UpdateFunctionCode on resource: iris ${detail}`,
        status: 403,
        effect: 'none',
      }),
    ).fix;

  test.each([
    [
      'with an explicit deny in a service control policy',
      /^No permission of the role.*the service control policy/,
    ],
    ['with an explicit deny in a permissions boundary', /the permissions boundary changed/],
    ['with an explicit deny in an identity-based policy', /the identity-based policy changed/],
    ['with an explicit deny in a VPC endpoint policy', /the VPC endpoint policy changed/],
    ['with an explicit deny', /the policy that denies it changed/],
    [
      'because no permissions boundary allows the lambda:UpdateFunctionCode action',
      /allowed in the permissions boundary/,
    ],
    [
      'because no session policy allows the lambda:UpdateFunctionCode action',
      /allowed in the session policy/,
    ],
    [
      'because no service control policy allows the lambda:UpdateFunctionCode action',
      /allowed in the service control/,
    ],
  ])('%s', (detail, fix) => {
    expect(fixOf(detail)).toMatch(fix);
    expect(fixOf(detail)).not.toMatch(/to the role;/);
  });

  test.each(['', 'because no identity-based policy allows the lambda:UpdateFunctionCode action'])(
    'the role lacks the permission (%s): it is added there',
    (detail) => expect(fixOf(detail)).toMatch(/^Add lambda:UpdateFunctionCode to the role/),
  );
});

describe('credentials that cannot be had are told as such, whatever fails on the way to them', () => {
  const asked = async (error: object) =>
    withCredentials(() =>
      Promise.resolve({ config: { credentials: () => Promise.reject(error as Error) } }),
    )().catch((thrown: unknown) => thrown);
  const failure = (name: string, more: object) =>
    Object.assign(new Error(`${name} happened`), { name, ...more });

  test.each([
    ['the token file is not there', failure('Error', { code: 'ENOENT' })],
    ['it may not be read', failure('Error', { code: 'EACCES' })],
    ['STS refuses the role', failure('AccessDenied', { $metadata: { httpStatusCode: 403 } })],
    ['the token is too old', failure('ExpiredTokenException', { $metadata: { httpStatusCode: 400 } })],
  ])('%s', async (_what, error) => {
    expect(await asked(error)).toMatchObject({ name: 'CredentialsProviderError' });
  });

  test.each([
    ['STS is busy', failure('ServiceUnavailable', { $metadata: { httpStatusCode: 503 } })],
    ['the network is not there yet', failure('Error', { code: 'EAI_AGAIN' })],
  ])('%s: it is tried again as any call is', async (_what, error) => {
    expect(await asked(error)).toBe(error);
  });

  test('every client of AWS looks for them first', async () => {
    const environment = {
      AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere/token',
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/x',
    };
    const before = { ...process.env };
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
    Object.assign(process.env, environment);
    try {
      const dependencies = {
        ...context(),
        aws: { region: 'eu-central-1', requestHandler: { handle: never } },
      };
      const calls = [
        lambdaClient(dependencies).getAlias('iris', 'live'),
        lambdaClient(dependencies).invoke('iris', 'live', { payload: '{}', mark: 'sample' }),
        ecrClient(dependencies).batchGetImage('iris', [{ tag: 'v1' }]),
        restApi(dependencies, { kind: 'REST', apiId: 'abc', stage: 'prod' }).getIntegrations(),
        httpApi(dependencies, { kind: 'HTTP', apiId: 'abc', stage: '$default' }).getIntegrations(),
      ];
      for (const call of await Promise.allSettled(calls)) {
        const { reason } = call as PromiseRejectedResult;
        expect(explainAwsError(reason as AwsError).message).toMatch(/no credentials for .*nowhere.token/);
      }
    } finally {
      process.env = before;
    }
  });
});

const never = () => Promise.reject(new Error('nothing is sent without credentials'));

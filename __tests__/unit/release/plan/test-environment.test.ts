import { expect, test } from '@jest/globals';
import { environmentOfTests } from '../../../../src/release/plan/test-environment.ts';

const RUNNER = {
  PATH: '/bin',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
  AWS_SESSION_TOKEN: 'c',
  AWS_SECURITY_TOKEN: 'c',
  AWS_PROFILE: 'p',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/t',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.2',
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/x',
  ACTIONS_ID_TOKEN_REQUEST_URL: 'u',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't',
  ACTIONS_RUNTIME_TOKEN: 't',
  GITHUB_TOKEN: 'ghs',
  GITHUB_OUTPUT: '/o',
  INPUT_SECRETS: 's',
  GITHUB_SHA: 'kept',
};

/** The variables of a runner that its tests still see. */
function seen(kind: 'unit' | 'integration', passCredentials: boolean): string[] {
  const env = { ...RUNNER, ...environmentOfTests(RUNNER, kind, passCredentials) };
  return Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

const PLAIN = ['AWS_EC2_METADATA_DISABLED', 'AWS_REGION', 'GITHUB_SHA', 'PATH', 'PYTHONUNBUFFERED'];

test.each([
  ['unit', false],
  ['unit', true],
  ['integration', false],
] as const)(
  '%s tests, credentials passed on %s: none are seen, nor what acts for the job',
  (kind, passCredentials) => {
    expect(seen(kind, passCredentials).toSorted()).toEqual(PLAIN);
  },
);

test('integration tests see the credentials that are passed on, and still nothing of the job', () => {
  const names = seen('integration', true);
  expect(names).toEqual(
    expect.arrayContaining(['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_CONTAINER_CREDENTIALS_FULL_URI']),
  );
  expect(names.filter((name) => /^(ACTIONS_|INPUT_|GITHUB_(TOKEN|OUTPUT)|AWS_EC2)/.test(name))).toEqual([]);
});

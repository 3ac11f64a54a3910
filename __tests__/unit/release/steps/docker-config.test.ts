import { expect, test } from '@jest/globals';
import { withLogin } from '../../../../src/release/steps/image/docker-config.ts';

const HOST = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const login = { username: 'AWS', password: 'token' };
const auth = Buffer.from('AWS:token').toString('base64');

test('the login of a build stands beside the user’s own, and is read from the file whatever store those are in', () => {
  const users = { auths: { 'docker.io': { auth: 'x' } }, credsStore: 'secretservice', proxies: {} };
  expect(withLogin(users, HOST, login)).toEqual({
    ...users,
    auths: { 'docker.io': { auth: 'x' }, [HOST]: { auth } },
    credHelpers: { [HOST]: '' },
  });
});

test.each([{ auths: { [HOST]: {} } }, { credHelpers: { [HOST]: 'ecr-login' } }])(
  'a login that the user has for the registry stays: %j',
  (users) => expect(withLogin(users, HOST, login)).toEqual(users),
);

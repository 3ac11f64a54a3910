import { describe, expect, test } from '@jest/globals';
import { explainPush } from '../../../../src/release/plan/push.ts';

const HOST = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';

function explain(lines: string | readonly string[], repository = 'team/iris', timedOut = false) {
  const tail = [
    `The push refers to repository [${HOST}/${repository}]`,
    '0123456789ab: Pushed',
    'ba9876543210: Retrying in 5 seconds',
    ...[lines].flat(),
  ];
  return explainPush({ reference: `${HOST}/${repository}:c0ffee`, repository }, { timedOut, tail });
}

describe('what ECR answered, in docker’s words', () => {
  test.each([
    [
      'tag-exists',
      'tag-exists',
      "tag invalid: The image tag 'c0ffee' already exists in the 'team/iris' repository and cannot be overwritten because the tag is immutable.",
    ],
    [
      'tag-exists',
      'tag-exists',
      "tag invalid: The image tag 'c0ffee' already exists in the 'team/iris' repository and cannot be overwritten because the repository is immutable.",
    ],
    [
      'expired',
      'registry-login',
      'denied: Your authorization token has expired. Reauthenticate and try again.',
    ],
    ['expired', 'registry-login', 'no basic auth credentials'],
    [
      'expired',
      'push-denied',
      `unexpected status from HEAD request to https://${HOST}/v2/team/iris/blobs/sha256:aa: 403 Forbidden`,
    ],
    ['expired', 'push-denied', 'error parsing HTTP 403 response body: unexpected end of JSON input: ""'],
    [
      'transient',
      'push-failed',
      `error parsing HTTP 502 response body: invalid character '<' looking for beginning of value`,
    ],
    [
      'fatal',
      'repository-missing',
      "name unknown: The repository with name 'team/iris' does not exist in the registry with id '123456789012'",
    ],
    ['fatal', 'push-kms', 'denied: KmsException: The key is disabled.'],
    [
      'fatal',
      'push-limit',
      'LimitExceededException: The operation would have exceeded a service limit for your account.',
    ],
    [
      'fatal',
      'push-denied',
      `denied: User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-central-1:123456789012:repository/team/iris`,
    ],
    ['fatal', 'disk-full', 'write /var/lib/docker/tmp/x: no space left on device'],
    ['transient', 'push-failed', 'received unexpected HTTP status: 500 Internal Server Error'],
    ['transient', 'push-failed', 'received unexpected HTTP status: 503 Service Unavailable'],
    [
      'transient',
      'push-failed',
      "LayersNotFoundException: Layers with digests '[sha256:aa]' could not be found",
    ],
    ['transient', 'push-failed', 'blob upload unknown: blob upload unknown to registry'],
    ['transient', 'push-failed', `Put "https://${HOST}/v2/": net/http: TLS handshake timeout`],
    ['transient', 'push-failed', 'toomanyrequests: Rate exceeded'],
    ['transient', 'push-failed', 'unexpected EOF'],
    ['transient', 'push-failed', 'write tcp 10.0.0.1:1->10.0.0.2:443: write: connection reset by peer'],
    ['fatal', 'push-failed', 'An image does not exist locally with the tag: x'],
  ])('%s, %s: %s', (kind, code, line) => {
    expect(explain(line)).toMatchObject({ kind, code, line });
  });
});

test('a repository’s name is no error', () => {
  const denied =
    'denied: User: x is not authorized to perform: ecr:PutImage on resource: repository/kms-denied';
  expect(explain(denied, 'kms-limit-exceeded').code).toBe('push-denied');
  expect(explain('unexpected EOF', 'denied-eof-kms').kind).toBe('transient');
  expect(explain('something new', 'denied').code).toBe('push-failed');
});

test('a refusal counts for more than the noise around it', () => {
  const denied = 'denied: User: x is not authorized to perform: ecr:PutImage';
  expect(explain(['unexpected EOF', denied, 'unexpected EOF']).code).toBe('push-denied');
});

test('the time limit counts whatever was printed', () => {
  expect(explain('unexpected EOF', 'team/iris', true)).toMatchObject({
    kind: 'fatal',
    code: 'push-timed-out',
  });
});

test('messages name the repository, and silence is said', () => {
  const missing = explain("name unknown: The repository with name 'team/iris' does not exist");
  expect(missing.what).toBe(`There is no ECR repository team/iris at ${HOST}.`);
  expect(explainPush({ reference: 'h/r:t', repository: 'r' }, { timedOut: false, tail: [] }).what).toBe(
    'docker push of h/r:t failed: docker said nothing',
  );
});

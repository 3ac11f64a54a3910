/** What of the runner's environment the model's own tests get to see. */

type Environment = Readonly<Record<string, string | undefined>>;

/** What opens an AWS account: keys, and where the SDKs find some. */
const CREDENTIALS = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
];

/** What acts in the name of this job: no test needs it. */
const JOB = [
  'ACTIONS_ID_TOKEN_REQUEST_URL',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'GITHUB_TOKEN',
  'GITHUB_OUTPUT',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STATE',
  'GITHUB_STEP_SUMMARY',
];

/**
 * What is changed in the inherited environment for a test command; `undefined` takes a variable out. Unit tests never get AWS
 * credentials, integration tests only when they are passed on; neither gets what acts in the job's name, nor this action's inputs.
 */
export function environmentOfTests(
  env: Environment,
  kind: 'unit' | 'integration',
  passCredentials: boolean,
): Environment {
  const keepsCredentials = kind === 'integration' && passCredentials;
  const inputs = Object.keys(env).filter((name) => name.startsWith('INPUT_'));
  const removed = [...JOB, ...inputs, ...(keepsCredentials ? [] : CREDENTIALS)];
  return {
    ...Object.fromEntries(removed.map((name) => [name, undefined])),
    // Where no keys are found, the SDKs ask the machine that a self-hosted runner is.
    ...(keepsCredentials ? {} : { AWS_EC2_METADATA_DISABLED: 'true' }),
    // Buffered output is lost when a time limit ends Python, and it is what says where the tests hung.
    PYTHONUNBUFFERED: '1',
  };
}

import { commandLine } from './command-line.ts';
import { quoted, readInputs, ruleOver, type Source, type ValuesOf } from './fields.ts';
import { assignments, choice, flag, integer, lines, list, pairs, text } from './kinds.ts';
import * as names from './names.ts';

/** Which function, behind which alias: what deploy and rollback share. */
export const targetFields = {
  'function-name': text({
    required: true,
    pattern: names.FUNCTION_NAME,
    expected: 'a Lambda function name or its ARN',
  }),
  alias: text({
    fallback: 'live',
    pattern: names.ALIAS_NAME,
    expected: 'an alias name (letters, digits, - and _, not only digits)',
  }),
  'aws-region': text({ pattern: names.REGION, expected: 'a region such as eu-central-1' }),
  'ecr-repository': text({
    pattern: names.REPOSITORY_NAME,
    expected: 'an ECR repository name such as team/iris',
  }),
  commit: text({ pattern: names.COMMIT, expected: 'a full commit id' }),
  environment: text({ pattern: names.ENVIRONMENT_NAME, expected: "an environment's name" }),
  config: text({ max: 1024 }),
  service: text({ pattern: names.SERVICE_NAME, expected: 'the name of a service in the configuration file' }),
  'dry-run': flag({ fallback: 'false' }),
  force: flag({ fallback: 'false' }),
  'github-token': text({ max: 1024, pattern: /^[!-~]+$/, expected: 'a token in one word', secret: true }),
} as const;

/** The API in front of the function. */
export const apiFields = {
  'rest-api-id': text({ pattern: names.API_ID, expected: 'the id of a REST API' }),
  'http-api-id': text({ pattern: names.API_ID, expected: 'the id of an HTTP API' }),
  'api-stage': text({ pattern: names.STAGE_NAME, expected: 'a stage name' }),
  'api-url': text({
    pattern: names.HTTP_URL,
    // A port beyond 65535, say.
    accepts: (url) => URL.canParse(url),
    expected: 'a URL such as https://api.example.com/predict',
  }),
} as const;

const imageFields = {
  'image-uri': text({
    pattern: names.IMAGE_URI,
    expected:
      'an image such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/iris@sha256:… (Lambda takes none from an ecr-fips host)',
  }),
  context: text({ fallback: '.' }),
  file: text({}),
  'build-args': assignments({}),
  secrets: assignments({}),
  'secret-files': assignments({}),
  labels: assignments({}),
  target: text({ pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/, expected: 'a stage of the Dockerfile' }),
  'cache-from': lines({}),
  'cache-to': lines({}),
  pull: flag({ fallback: 'false' }),
  'no-cache': flag({ fallback: 'false' }),
  network: text({ pattern: /^[a-z0-9][a-z0-9_.:-]*$/, expected: 'a docker network mode such as host' }),
  'build-timeout': integer({ fallback: '60', min: 1, max: 360, unit: 'minutes' }),
} as const;

const testFields = {
  'unit-tests': commandLine({}),
  'integration-tests': commandLine({}),
  'tests-in': choice(['runner', 'image', 'none'], { fallback: 'runner' }),
  'working-directory': text({ fallback: '.' }),
  'test-timeout': integer({ fallback: '30', min: 1, max: 360, unit: 'minutes' }),
  samples: text({ fallback: 'tests/samples.jsonl' }),
} as const;

const functionFields = {
  'memory-size': integer({ min: 128, max: 10_240, unit: 'MiB' }),
  timeout: integer({ min: 1, max: 900, unit: 'seconds' }),
  'ephemeral-storage': integer({ min: 512, max: 10_240, unit: 'MiB' }),
  tracing: choice(['Active', 'PassThrough'], {}),
  'environment-variables': pairs({
    key: names.VARIABLE_NAME,
    expected: 'letters, digits and _ with a letter first',
  }),
  'environment-mode': choice(['merge', 'replace'], { fallback: 'merge' }),
  'subnet-ids': list({}, (id) => expectId(id, /^subnet-[0-9a-f]{8,17}$/, 'a subnet id')),
  'security-group-ids': list({}, (id) => expectId(id, /^sg-[0-9a-f]{8,17}$/, 'a security group id')),
  layers: list({}, () => undefined),
  create: flag({ fallback: 'false' }),
  role: text({ pattern: names.ROLE_ARN, expected: 'the ARN of an IAM role' }),
  architecture: choice(['x86_64', 'arm64'], {}),
} as const;

const releaseFields = {
  'api-repair': flag({ fallback: 'false' }),
  'require-rollback-target': flag({ fallback: 'false' }),
  'pin-previous': flag({ fallback: 'false' }),
} as const;

export const deployFields = {
  ...targetFields,
  ...imageFields,
  ...testFields,
  ...functionFields,
  ...apiFields,
  ...releaseFields,
} as const;

export type DeployInputs = ValuesOf<typeof deployFields>;

const apiRule = ruleOver<ValuesOf<typeof apiFields>>();

/** What is wrong with the API inputs together. */
export const apiRules = [
  apiRule(['restApiId', 'httpApiId'], (v) =>
    v.restApiId && v.httpApiId
      ? 'rest-api-id and http-api-id cannot both be given; a release goes to one API'
      : undefined,
  ),
  apiRule(['restApiId', 'httpApiId', 'apiStage'], (v) => {
    // Which of two APIs stays, and so which stage is right, is not known yet.
    if (v.restApiId && v.httpApiId) return undefined;
    if (v.restApiId && !v.apiStage) return 'api-stage is required with rest-api-id';
    if (v.restApiId && v.apiStage === '$default') return 'api-stage: $default exists for HTTP APIs only';
    if (v.apiStage && !v.restApiId && !v.httpApiId) return 'api-stage needs rest-api-id or http-api-id';
    return undefined;
  }),
] as const;

const rule = ruleOver<DeployInputs>();

const rules = [
  rule(['ecrRepository', 'imageUri'], (v) =>
    v.ecrRepository || v.imageUri
      ? undefined
      : 'ecr-repository is required (or image-uri, for an image built elsewhere)',
  ),
  rule(['imageUri', 'testsIn'], (v) =>
    v.imageUri && v.testsIn === 'image'
      ? 'tests-in: image needs a build, and image-uri brings a finished image; leave one out'
      : undefined,
  ),
  rule(['create', 'role'], (v) =>
    v.create && !v.role
      ? 'role is required with create: true, because Lambda needs one for a new function'
      : undefined,
  ),
  rule(['layers'], (v) =>
    v.layers && v.layers.length > 0
      ? 'layers cannot be used with container images; copy their content into the image'
      : undefined,
  ),
  rule(['environmentVariables'], (v) => reservedVariable(v.environmentVariables)),
  ...apiRules,
];

/** @throws UserError `invalid-inputs` with every mistake at once. */
export function readDeployInputs(source: Source): DeployInputs {
  return readInputs(deployFields, source, rules);
}

/** Lambda refuses these names in a function's environment. */
const RESERVED =
  /^(AWS_(REGION|DEFAULT_REGION|EXECUTION_ENV|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN|LAMBDA_(FUNCTION_NAME|FUNCTION_VERSION|FUNCTION_MEMORY_SIZE|INITIALIZATION_TYPE|LOG_GROUP_NAME|LOG_STREAM_NAME|RUNTIME_API))|_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

function reservedVariable(variables: Readonly<Record<string, string>> | undefined): string | undefined {
  const reserved = Object.keys(variables ?? {}).find((name) => RESERVED.test(name));
  return reserved === undefined
    ? undefined
    : `environment-variables sets ${reserved}, which Lambda keeps for itself`;
}

function expectId(id: string, pattern: RegExp, expected: string): string | undefined {
  return pattern.test(id) ? undefined : `must list ${expected} each, not ${quoted(id)}`;
}

import { commandLine } from './command-line.ts';
import { quoted, readInputs, ruleOver, type Source, type ValuesOf } from './fields.ts';
import { functionFields, functionRules } from './function-fields.ts';
import { attestationField, gateField } from './gate-fields.ts';
import { assignments, choice, flag, integer, lines, text } from './kinds.ts';
import * as names from './names.ts';
import { regionMistake, regionOf } from './region.ts';

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
  environment: text({
    pattern: names.ENVIRONMENT_NAME,
    expected: "an environment's name",
    misplaced: (given) =>
      /^\s*\{|^\s*[A-Za-z_]\w*=/.test(given)
        ? 'is the name of an environment here; for variables of the function use environment-variables, one NAME=value a line'
        : undefined,
  }),
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
  cache: choice(['inline', 'none'], { fallback: 'inline' }),
  'cache-from': lines({}),
  'cache-to': lines({}),
  pull: flag({ fallback: 'false' }),
  'no-cache': flag({ fallback: 'false' }),
  network: text({ pattern: /^[a-z0-9][a-z0-9_.:-]*$/, expected: 'a docker network mode such as host' }),
  'allow-dirty': flag({ fallback: 'false' }),
  'build-timeout': integer({ fallback: '60', min: 1, max: 360, unit: 'minutes' }),
} as const;

const testFields = {
  'unit-tests': commandLine({}),
  'integration-tests': commandLine({}),
  'integration-tests-credentials': flag({ fallback: 'false' }),
  'tests-in': choice(['runner', 'image', 'none'], { fallback: 'runner' }),
  'test-files': lines({}, (path) =>
    /^\s*(?:[/-]|(?:.*\/)?\.\.(?:\/|$))/.test(path)
      ? `must list paths below working-directory, not ${quoted(path)}`
      : undefined,
  ),
  'working-directory': text({ fallback: '.' }),
  'test-timeout': integer({ fallback: '30', min: 1, max: 360, unit: 'minutes' }),
  samples: text({ fallback: 'tests/samples.jsonl' }),
} as const;

const releaseFields = {
  gate: gateField,
  attestation: attestationField,
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

const targetRule = ruleOver<ValuesOf<typeof targetFields>>();

/** What is wrong with where a run is told to work. */
export const targetRules = (env: Source['env']) => [
  targetRule(['functionName', 'awsRegion'], (v) => regionMistake(v, env)),
];

const rule = ruleOver<DeployInputs>();

/** Inputs that only a build reads. */
const ofBuild = Object.keys(imageFields).filter((name) => name !== 'image-uri');

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
  rule(['imageUri'], (v, isInput) => {
    // In a file they may be there for the environment that builds.
    const given = v.imageUri && isInput('image-uri') ? ofBuild.filter(isInput) : [];
    return given.length > 0
      ? `${given.join(', ')} cannot have an effect beside image-uri, which brings a finished image; leave one or the other out`
      : undefined;
  }),
  rule(['unitTests', 'integrationTests'], (v, isInput) =>
    isInput('test-timeout') && !v.unitTests && !v.integrationTests
      ? 'test-timeout has no effect without unit-tests or integration-tests'
      : undefined,
  ),
  rule(['integrationTestsCredentials', 'integrationTests', 'testsIn'], (v, isInput) =>
    isInput('integration-tests-credentials') &&
    v.integrationTestsCredentials &&
    !(v.integrationTests && v.testsIn === 'runner')
      ? 'integration-tests-credentials has no effect without integration-tests and tests-in: runner'
      : undefined,
  ),
  rule(['testFiles', 'testsIn'], (v, isInput) =>
    isInput('test-files') && v.testsIn !== 'image'
      ? 'test-files has no effect without tests-in: image'
      : undefined,
  ),
  rule(['restApiId', 'httpApiId', 'apiUrl', 'apiRepair'], (v) => {
    if (v.restApiId || v.httpApiId) return undefined;
    if (v.apiUrl)
      return 'api-url needs rest-api-id or http-api-id, because it is checked as the address of that API';
    return v.apiRepair ? 'api-repair needs rest-api-id or http-api-id' : undefined;
  }),
  ...functionRules,
  ...apiRules,
];

/** @throws UserError `invalid-inputs` with every mistake at once. */
export function readDeployInputs(source: Source): DeployInputs {
  const read = readInputs(deployFields, source, releaseRules(source.env));
  return { ...read, awsRegion: regionOf(read, source.env) };
}

/** The rules over a deploy's inputs, for a table that has more. */
export const releaseRules = (env: Source['env']) => [...rules, ...targetRules(env)];

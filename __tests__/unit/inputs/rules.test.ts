/** What is wrong with several inputs together is said beside what is wrong with single ones. */
import { expect, test } from '@jest/globals';
import { readAttachInputs } from '../../../src/inputs/attach-inputs.ts';
import { readDeployInputs } from '../../../src/inputs/deploy-inputs.ts';
import { InvalidInputs, type Source } from '../../../src/inputs/fields.ts';
import { readRollbackInputs } from '../../../src/inputs/rollback-inputs.ts';
import { IRIS } from '../../harness/fixtures.ts';

type Texts = Readonly<Record<string, string>>;

const source = (texts: Texts): Source => ({ text: (name) => texts[name] });

function mistakesOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidInputs) return error.mistakes;
    throw error;
  }
  return [];
}

const WRONG = { 'memory-size': 'lots', timeout: '9999' };
const MEMORY = 'memory-size must be a whole number from 128 to 10240 (MiB), not "lots"';
const TIMEOUT = 'timeout must be a whole number from 1 to 900 (seconds), not "9999"';
const ROLE = 'role is required with create: true, because Lambda needs one for a new function';
const TWO_APIS = 'rest-api-id and http-api-id cannot both be given; a release goes to one API';
const IMAGE = `127.0.0.1:4510/iris@sha256:${'a'.repeat(64)}`;

test.each<[string, Texts, readonly unknown[]]>([
  [
    'two numbers, both APIs and no role',
    { ...IRIS, ...WRONG, 'rest-api-id': 'a1', 'http-api-id': 'b2', create: 'true' },
    [MEMORY, TIMEOUT, ROLE, TWO_APIS],
  ],
  [
    'nothing says where images are',
    { 'function-name': 'iris', ...WRONG },
    [MEMORY, TIMEOUT, 'ecr-repository is required (or image-uri, for an image built elsewhere)'],
  ],
  [
    'an image that cannot be read may have said it',
    { 'function-name': 'iris', 'image-uri': 'iris' },
    [expect.stringMatching(/^image-uri must be/)],
  ],
  [
    'a build for a finished image',
    { ...IRIS, timeout: '0', 'image-uri': IMAGE, 'tests-in': 'image' },
    [
      expect.stringMatching(/^timeout must/),
      'tests-in: image needs a build, and image-uri brings a finished image; leave one out',
    ],
  ],
  [
    'a role that cannot be read',
    { ...IRIS, create: 'true', role: 'me/too' },
    [expect.stringMatching(/^role must be/)],
  ],
  [
    'layers and a name that Lambda keeps',
    { ...IRIS, timeout: '0', layers: 'a', 'environment-variables': 'AWS_REGION=x' },
    [
      expect.stringMatching(/^timeout must/),
      'environment-variables sets AWS_REGION, which Lambda keeps for itself',
      'layers cannot be used with container images; copy their content into the image',
    ],
  ],
  [
    'a stage without an API',
    { ...IRIS, timeout: '0', 'api-stage': 'prod' },
    [expect.stringMatching(/^timeout must/), 'api-stage needs rest-api-id or http-api-id'],
  ],
  [
    'a stage of an API that cannot be read',
    { ...IRIS, 'http-api-id': 'B-2', 'api-stage': 'prod' },
    [expect.stringMatching(/^http-api-id must/)],
  ],
  [
    'a URL with a port that there is not',
    { ...IRIS, 'api-url': 'https://a:99999/' },
    ['api-url must be a URL such as https://api.example.com/predict, not "https://a:99999/"'],
  ],
])('of a deploy: %s', (_, texts, expected) => {
  expect(mistakesOf(() => readDeployInputs(source(texts)))).toEqual(expected);
});

test.each<[string, Texts, readonly unknown[]]>([
  ['no version', { alias: '7', to: 'version' }, ['version is required with to: version']],
  ['no digest', { alias: '7', to: 'digest' }, ['digest is required with to: digest']],
  ['no commit', { alias: '7', to: 'commit' }, ['to-commit is required with to: commit']],
  ['another target', { alias: '7', version: '4' }, ['to: previous does not use version; say to: version']],
  [
    'a stage for $default',
    { alias: '7', 'rest-api-id': 'a1', 'api-stage': '$default' },
    ['api-stage: $default exists for HTTP APIs only'],
  ],
  ['no stage', { alias: '7', 'rest-api-id': 'a1' }, ['api-stage is required with rest-api-id']],
  [
    'a version that cannot be read',
    { alias: '7', to: 'version', version: 'four' },
    [expect.stringMatching(/^version must be/)],
  ],
])('of a rollback: %s', (_, texts, expected) => {
  const alias = expect.stringMatching(/^alias must be an alias name/);
  expect(mistakesOf(() => readRollbackInputs(source({ ...IRIS, ...texts })))).toEqual([alias, ...expected]);
});

test('of attach: nothing says where the workflows find this project', () => {
  const texts = { organization: 'acme', token: 't', wave: '0' };
  expect(mistakesOf(() => readAttachInputs(source(texts), {}))).toEqual([
    expect.stringMatching(/^wave must be/),
    expect.stringMatching(/^source is required here/),
  ]);
  expect(mistakesOf(() => readAttachInputs(source({ ...texts, source: 'x' }), {}))).toEqual([
    expect.stringMatching(/^source must be/),
    expect.stringMatching(/^wave must be/),
  ]);
});

import { describe, expect, test } from '@jest/globals';
import { planDeploy } from '../../../../src/release/plan/deploy.ts';
import type { DeploySituation, DeployWish } from '../../../../src/release/plan/deploy-wish.ts';
import { childFor, readImageConfig, readManifest } from '../../../../src/release/plan/image.ts';
import { refuseOtherPlace } from '../../../../src/release/plan/place.ts';
import { guards } from '../../../../src/release/record/guards.ts';
import { homeOf, renderRecord } from '../../../../src/release/record/record.ts';
import { listOf } from '../../../../src/run/plan.ts';
import { readRelease } from '../../../../src/release/record/release.ts';
import type { FunctionVersion } from '../../../../src/types.ts';
import { digest } from '../../../harness/fixtures.ts';
import { CONFIGURATION, RECORD } from '../../../harness/records.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:iris';
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const manifest = JSON.stringify({ config: { digest: digest('c') }, layers: [{ size: 7 }, {}] });
const run = {
  runId: '101',
  attempt: '1',
  commit: 'b'.repeat(40),
  actor: '',
  event: 'push',
  repository: '',
  runUrl: '',
  home: 'github.com/acme/iris',
};

const LIVE: FunctionVersion = {
  arn: `${ARN}:1`,
  version: '1',
  packageType: 'Image',
  digest: digest('a'),
  resolvedImageUri: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/iris@${digest('a')}`,
  description: '',
  state: 'Active',
  stateReason: '',
  lastUpdateStatus: 'Successful',
  lastUpdateReason: '',
  architecture: 'x86_64',
  role: '',
  layers: [],
  lastModified: '',
  configuration: CONFIGURATION,
};

const description = renderRecord({ ...RECORD, live: '1', previous: undefined });
const alias = { arn: `${ARN}:live`, name: 'live', version: '1', weights: {}, description, revisionId: 'r' };
const recorded = readRelease(alias, guards.trustRecord);

const WISH: DeployWish = {
  functionName: 'iris',
  aliasName: 'live',
  repository: 'iris',
  imageName: 'iris:b',
  imageGiven: false,
  create: false,
  role: undefined,
  architecture: undefined,
  api: undefined,
  environmentMode: 'merge',
};
const NOW: DeploySituation = {
  release: recorded,
  live: LIVE,
  latest: undefined,
  image: { digest: digest('b'), mediaType: OCI, manifest },
  repositoryExists: true,
};
const NOTHING: Partial<DeploySituation> = {
  release: { kind: 'none' },
  live: undefined,
  image: undefined,
  repositoryExists: false,
};

function planned(wish: Partial<DeployWish> = {}, now: Partial<DeploySituation> = {}, seq = 101n) {
  const writer = { op: `${seq}.1.f00d`, seq, home: homeOf(run), force: false };
  return planDeploy({ wish: { ...WISH, ...wish }, now: { ...NOW, ...now }, run, writer }, guards);
}
/** `~` reads only, `?` under a condition. */
const verbs = (...given: Parameters<typeof planned>) => {
  const plan = planned(...given);
  if (plan.kind === 'superseded') return plan.kind;
  const steps = listOf(plan.steps).map((step) => {
    const reads = step.writes.length + (step.mayWrite ?? []).length > 0 ? '' : '~';
    return `${reads}${step.when === undefined ? '' : '?'}${step.does.split(' ')[0]}`;
  });
  return plan.kind === 'noop' ? ['noop', ...steps] : steps;
};

const REST = { name: 'REST API x, stage prod', apiId: 'x', repairs: false };
const BESIDE = {
  stage: { variables: {} },
  integrations: [],
  proven: false,
} as unknown as DeploySituation['api'];
const SERVES: Partial<DeploySituation> = { image: { digest: digest('a'), mediaType: OCI, manifest } };

test.each<[string, Parameters<typeof planned>, string[] | string]>([
  ['an image that is in ECR', [], ['~use', '?update', '~check', '~prove', 'shift', '~check', '?shift']],
  [
    'one to be built',
    [{}, { image: undefined }],
    ['build', 'push', 'update', '~check', '~prove', 'shift', '~check', '?shift'],
  ],
  [
    'more memory, after the tests',
    [{ memorySize: 1024, tests: 'the unit tests' }],
    ['run', '~use', '?update', '~check', '~prove', 'shift', '~check', '?shift'],
  ],
  [
    'an API',
    [{ api: REST }, { api: BESIDE }],
    ['~use', '?update', '~check', '~prove', '~send', 'shift', 'let', '~check', '~check', '?shift', '?let'],
  ],
  [
    'an API that may be mended, a pin and a deployment',
    [{ api: { ...REST, repairs: true }, pinPrevious: true, shownIn: 'prod' }, { api: BESIDE }],
    [
      ...[
        '~use',
        '?update',
        '~check',
        '~prove',
        '~send',
        'shift',
        '?allow',
        'let',
        '~check',
        '~check',
        '?shift',
        '?let',
      ],
      ...['point', 'show'],
    ],
  ],
  [
    'everything new',
    [{ create: true }, NOTHING],
    ['build', 'create', 'push', 'create', 'update', '~check', '~prove', 'create', '~check', '?shift'],
  ],
  [
    'weights left behind',
    [{}, { release: readRelease({ ...alias, weights: { '9': 0.1 } }, guards.trustRecord) }],
    ['?shift', '~use', '?update', '~check', '~prove', '?shift', '~check', '?shift'],
  ],
  ['what serves', [{}, SERVES], ['noop']],
  [
    'what serves, behind an API that does not say so',
    [{ api: REST }, { ...SERVES, api: BESIDE }],
    ['noop', 'let'],
  ],
  ['an older run', [{}, {}, 99n], 'superseded'],
  ['an older run of what serves', [{}, SERVES, 99n], ['noop']],
])('the plan for %s', (...[, given, steps]) => {
  expect(verbs(...given)).toEqual(steps);
});

test.each<[string, Partial<DeployWish>, Partial<DeploySituation>, string]>([
  ['nothing is there', {}, NOTHING, 'missing'],
  [
    'the named image is not there',
    { imageGiven: true, imageName: 'r/iris:x' },
    { image: undefined },
    'image-missing',
  ],
  ['a zip function', {}, { live: { ...LIVE, packageType: 'Zip' } }, 'zip-function'],
  ['another architecture', { architecture: 'arm64' }, {}, 'architecture'],
  [
    'an alias on $LATEST',
    {},
    { release: { kind: 'unmanaged', alias: { ...alias, version: '$LATEST' } } },
    'alias-on-latest',
  ],
  ['a newer record', {}, { release: { kind: 'newer', alias, format: 'mr3' } }, 'record-newer'],
  [
    'an alias that another home took over',
    {},
    {
      release: readRelease(
        {
          ...alias,
          description: renderRecord({
            ...RECORD,
            live: '1',
            previous: undefined,
            home: '0123abcd',
            homeBefore: homeOf(run),
          }),
        },
        guards.trustRecord,
      ),
    },
    'taken-over',
  ],
  [
    'another region’s function',
    { functionName: ARN.replace('eu-central-1', 'us-east-1') },
    {},
    'wrong-place',
  ],
])('refused: %s', (...[, wish, now, code]) => {
  expect(() => planned(wish, now)).toThrow(expect.objectContaining({ code }));
});

test('drift is a warning that says what becomes the previous release', () => {
  const release = readRelease({ ...alias, version: '3' }, guards.trustRecord);
  const plan = planned({}, { release, live: { ...LIVE, version: '3' } });
  expect(plan).toMatchObject({
    kind: 'release',
    base: '3',
    warnings: [expect.stringMatching(/drifted.*version 3\) becomes/)],
  });
});

test.each([
  ['iris', undefined, undefined, true],
  [ARN, undefined, `${ARN}:live`, true],
  [ARN, undefined, undefined, true],
  [ARN.replace('1234', '9999'), undefined, `${ARN}:live`, false],
  ['iris', '123456789012.dkr.ecr.eu-central-1.amazonaws.com/iris:x', `${ARN}:live`, true],
  ['iris', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris:x', `${ARN}:live`, false],
  ['iris', '127.0.0.1:4510/iris:x', `${ARN}:live`, true],
  [ARN, '123456789012.dkr.ecr.us-east-1.amazonaws.com/iris:x', undefined, false],
])('%s, %s, found %s: fine is %s', (...[functionName, imageUri, found, fine]) => {
  const check = () => refuseOtherPlace({ functionName, imageUri }, found);
  if (fine) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'wrong-place' }));
});

describe('manifests', () => {
  const index = JSON.stringify({
    manifests: [
      { digest: digest('1'), platform: { os: 'unknown', architecture: 'unknown' } },
      { digest: digest('2'), platform: { os: 'linux', architecture: 'arm64' } },
      { digest: digest('3'), platform: { os: 'windows', architecture: 'amd64' } },
      { digest: digest('4'), platform: { os: 'linux', architecture: 'amd64' } },
    ],
  });

  test('an image: where its configuration is, and how much it weighs', () => {
    expect(readManifest('iris', OCI, manifest)).toEqual({
      kind: 'image',
      configDigest: digest('c'),
      compressedBytes: 7,
    });
  });

  test.each(['x86_64', 'arm64'] as const)('an index: the linux child for %s', (architecture) => {
    const read = readManifest('iris', INDEX, index);
    if (read.kind !== 'index') throw new Error('no index');
    expect(childFor('iris', read, architecture)).toBe(digest(architecture === 'arm64' ? '2' : '4'));
    expect(() => childFor('iris', { kind: 'index', children: [] }, architecture)).toThrow(
      /it has no linux image/,
    );
  });

  test.each([
    [OCI, '{', /not JSON/],
    [OCI, '{}', /not a container image/],
    ['application/vnd.cncf.helm.config.v1+json', '{"config":{"digest":"sha256:x"}}', /not a container image/],
    ['', '{"layers":[]}', /media type unknown/],
  ])('%s %s is refused', (...[mediaType, text, message]) => {
    expect(() => readManifest('iris', mediaType, text)).toThrow(message);
  });

  test('the configuration: architecture and label, both of which may be missing', () => {
    const label = { 'org.opencontainers.image.revision': 'abc' };
    expect(
      readImageConfig('iris', JSON.stringify({ architecture: 'arm64', config: { Labels: label } })),
    ).toEqual({
      architecture: 'arm64',
      revision: 'abc',
    });
    expect(readImageConfig('iris', '{"config":{"Labels":null}}')).toEqual({
      architecture: '',
      revision: undefined,
    });
  });
});

/** For every input: a right value of it, and the cheapest real way on which a value leaves this program. */
import { readInside } from '../../src/clients/workspace.ts';
import type { DeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { readIdentity } from '../../src/inputs/identity.ts';
import type { RollbackInputs } from '../../src/inputs/rollback-inputs.ts';
import { rollbackQuestion } from '../../src/release/plan/rollback-question.ts';
import { wentBack } from '../../src/release/rollback-phases.ts';
import { showDeployment } from '../../src/release/steps/show-deployment.ts';
import { checkApi } from '../../src/release/steps/api/check-api.ts';
import { image } from './hostile-build-probes.ts';
import { functions, tests } from './hostile-function-probes.ts';
import type { Outside } from './hostile-outside.ts';
import { attestation, gate } from './hostile-section-probes.ts';
import {
  closed,
  COMMIT,
  DIGEST,
  imageAsked,
  RUN,
  SAMPLE,
  samples,
  samplesRead,
  type Probe,
  type Shared,
} from './hostile-probe.ts';

async function shownOnGitHub(outside: Outside, environment: string | undefined, token: string | undefined) {
  outside.fetched.length = 0;
  const release = { version: '1', digest: undefined, commit: COMMIT };
  const alias = { functionName: 'iris', aliasName: 'live' };
  const shown = { run: RUN, environment: environment ?? '', token: token ?? '', alias, release };
  await showDeployment(outside.tools, shown);
  return outside.fetched[0];
}

const stageOf = (outside: Outside, { restApiId, httpApiId, apiStage: stage = '$default' }: Shared) =>
  outside.sentBy(({ apiGateway }) =>
    (restApiId === undefined
      ? apiGateway({ kind: 'HTTP', apiId: httpApiId ?? '', stage })
      : apiGateway({ kind: 'REST', apiId: restApiId, stage })
    ).getStage(),
  );

const shared: Readonly<Record<string, Probe<Shared>>> = {
  ...attestation,
  'function-name': {
    valid: ['iris', 'iris-model_2', 'arn:aws:lambda:eu-central-1:123456789012:function:iris'],
    arrives: async (outside, { functionName, alias }) =>
      (await outside.sentBy(({ lambda }) => lambda.getAlias(functionName, alias))).segments[2],
  },
  alias: {
    valid: ['live', 'prod-1_a'],
    arrives: async (outside, { functionName, alias }) =>
      (await outside.sentBy(({ lambda }) => lambda.getAlias(functionName, alias))).segments[4],
  },
  'aws-region': {
    valid: ['eu-central-1', 'us-gov-west-1'],
    arrives: async (outside, { awsRegion = '' }) =>
      (await outside.sentBy(() => outside.inRegion(awsRegion).lambda.getAlias('iris', 'live'))).host.split(
        '.',
      )[1],
  },
  'ecr-repository': {
    valid: ['iris', 'team/iris-model.v2'],
    arrives: async (outside, { ecrRepository = '' }) =>
      (await outside.sentBy(({ ecr }) => ecr.batchGetImage(ecrRepository, [{ tag: COMMIT }]))).body[
        'repositoryName'
      ],
  },
  commit: {
    valid: [COMMIT, DIGEST.slice(7)],
    arrives: (outside, { commit }) =>
      imageAsked(outside, { tag: readIdentity({ GITHUB_RUN_ID: '7' }, commit).commit }, 'imageTag'),
  },
  environment: {
    valid: ['production', 'Staging EU (2)'],
    arrives: async (outside, { environment }) =>
      (await shownOnGitHub(outside, environment, 'token'))?.body['environment'],
  },
  config: {
    valid: ['config/model.yml', 'a b.yml'],
    file: () => 'alias: live\n',
    meant: () => 'marked',
    arrives: (outside, { config: path = '' }) =>
      outside.withFile(path, 'marked', () =>
        readInside({ workspace: outside.workspace, path, input: 'config' }, true),
      ),
  },
  service: {
    valid: ['iris', 'fraud-2'],
    file: (text) =>
      `services:\n  ${/^\w[\w-]{0,63}$/.test(text.trim()) ? JSON.stringify(text.trim()) : 'iris'}:\n    alias: chosen\n`,
    meant: () => 'chosen',
    arrives: (_, { alias }) => alias,
  },
  'dry-run': closed('dryRun', 'true', 'false'),
  force: closed('force', 'true', 'false'),
  'github-token': {
    valid: ['ghs_0123456789abcdefghijABCDEFGHIJ012345', 'github_pat_11AA_bb'],
    secret: true,
    arrives: async (outside, { githubToken }) =>
      (await shownOnGitHub(outside, 'production', githubToken))?.headers
        .get('authorization')
        ?.replace(/^(token|bearer) /, ''),
  },
  'rest-api-id': {
    valid: ['a1b2c3d4e5'],
    beside: { 'api-stage': 'prod' },
    arrives: async (outside, inputs) => (await stageOf(outside, inputs)).segments[1],
  },
  'http-api-id': {
    valid: ['a1b2c3d4e5'],
    arrives: async (outside, inputs) => (await stageOf(outside, inputs)).segments[2],
  },
  'api-stage': {
    valid: ['prod', '$default'],
    beside: { 'http-api-id': 'a1b2c3d4e5' },
    arrives: async (outside, inputs) => (await stageOf(outside, inputs)).segments[4],
  },
  'api-url': {
    valid: ['https://api.example.com/predict', 'http://localhost:8080/'],
    beside: { 'http-api-id': 'a1b2c3d4e5' },
    arrives: async (outside, { apiUrl }) => {
      outside.fetched.length = 0;
      const address = { kind: 'HTTP', apiId: 'a1b2c3d4e5', stage: '$default' } as const;
      const door = { baseUrl: '', exactUrl: apiUrl, routes: [], hidden: [] } as const;
      const version = { functionName: 'iris', version: '1', before: undefined } as const;
      await checkApi(outside.tools, { ...door, ...version, address, connected: [] }, [SAMPLE]);
      return outside.fetched[0]?.url;
    },
  },
};

/** What a rollback asks for, as the call that finds it. */
async function asked(outside: Outside, inputs: RollbackInputs): Promise<unknown> {
  const { wish } = rollbackQuestion(inputs, RUN);
  switch (wish.to) {
    case 'previous':
      return 'previous';
    case 'version':
      return (await outside.sentBy(({ lambda }) => lambda.getFunction('iris', wish.version))).query[
        'Qualifier'
      ];
    case 'digest':
      return imageAsked(outside, { digest: wish.digest }, 'imageDigest');
    case 'commit':
      return imageAsked(outside, { tag: wish.commit }, 'imageTag');
    case 'prefix':
      return wish.prefix;
    case 'tag':
      return imageAsked(outside, { tag: wish.tag }, 'imageTag');
  }
}

const wishes: Readonly<Record<string, Probe<RollbackInputs>>> = {
  to: { valid: ['previous', '41', DIGEST, COMMIT, COMMIT.slice(0, 12), 'v1.4.0'], arrives: asked },
  version: { valid: ['41', '7'], beside: { to: 'version' }, arrives: asked },
  digest: { valid: [DIGEST], beside: { to: 'digest' }, arrives: asked },
  'to-commit': { valid: [COMMIT], beside: { to: 'commit' }, arrives: asked },
  'released-by': closed('releasedBy', 'anyone', 'this-run', 'auto'),
  reason: {
    valid: ['answers are wrong since 9:00', 'p99 > 2 s'],
    meant: (text) => text.trim(),
    arrives: (_, { reason }) =>
      wentBack(undefined, { version: '1', digest: undefined, commit: undefined }, reason)
        .split(': ')
        .slice(1)
        .join(': '),
  },
  samples,
  'working-directory': {
    valid: ['.', 'models/iris', 'a b'],
    meant: (text, outside) => [outside.isKept(`${text.trim()}/tests/samples.jsonl`) ? 'typical' : 'marked'],
    ...samplesRead,
  },
};

export const deployProbes: Readonly<Record<string, Probe<DeployInputs>>> = {
  ...shared,
  ...gate,
  ...image,
  ...tests,
  ...functions,
};
export const rollbackProbes: Readonly<Record<string, Probe<RollbackInputs>>> = { ...shared, ...wishes };

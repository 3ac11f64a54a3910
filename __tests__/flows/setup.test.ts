/** The set-up over a local AWS and a local GitHub, to its end, and what a release may do after it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { allows, asksOf, grantsIn, type Ask } from '../harness/iam-policy.ts';
import { ALL_WRITES, openSetup, PROVIDER, STACK, type SetupScene } from '../harness/setup-scene.ts';
import { commit } from '../harness/world.ts';

let scene: SetupScene;
beforeEach(async () => {
  scene = await openSetup();
});
afterEach(() => scene.line.close());

const setup: SetupScene['setup'] = (...more) => scene.setup(...more);
const aws = () => scene.line.world.aws;
const writes = () => scene.writes();

const releaseRole = () => {
  const role = Object.values(aws().state.roles).find(({ name }) => name.startsWith('model-release-'));
  if (role === undefined) throw new Error('no release role');
  return role;
};

describe('without --apply', () => {
  test('the plan is shown, and nothing is written', async () => {
    const { exitCode, out } = await setup();
    expect(exitCode).toBe(0);
    expect(out).toContain('Account 123456789012, region eu-central-1, as arn:aws:sts::123456789012');
    expect(out).toMatch(/add +Release +AWS::IAM::Role/);
    expect(out).toContain('Create the environment prod of acme/iris, open to the branch main only');
    expect(out).toContain('Let the branch main into the environment prod of acme/iris');
    expect(writes()).toEqual([]);
  });

  test('the plan is one JSON object with --json', async () => {
    const { json } = await setup('--json');
    const { changes, applied } = json<{
      changes: readonly { action: string; logicalId: string }[];
      applied: boolean;
    }>();
    expect(applied).toBe(false);
    expect(changes).toEqual([
      { action: 'add', logicalId: 'Provider', type: 'AWS::IAM::OIDCProvider' },
      { action: 'add', logicalId: 'Execution', type: 'AWS::IAM::Role' },
      { action: 'add', logicalId: 'Release', type: 'AWS::IAM::Role' },
      { action: 'add', logicalId: 'Images', type: 'AWS::ECR::Repository' },
    ]);
  });
});

describe('with --apply', () => {
  test('makes all of it, and a second run has nothing to do', async () => {
    aws().state.settings.stackMs = 60_000;
    aws().state.settings.changeSetMs = 3000;
    const first = await setup('--apply');
    expect({ exitCode: first.exitCode, err: first.err }).toEqual({
      exitCode: 0,
      err: expect.stringContaining('CREATE_COMPLETE'),
    });
    expect(writes()).toEqual(ALL_WRITES);
    expect(Object.keys(aws().state.oidcProviders)).toEqual([PROVIDER]);
    expect(aws().state.repositories['iris']).toMatchObject({
      imageTagMutability: 'IMMUTABLE',
      policyText: expect.stringContaining('lambda.amazonaws.com'),
      lifecyclePolicyText: expect.stringContaining('untagged'),
    });
    expect(aws().state.roles['iris-execution']?.managed).toEqual([
      'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    ]);
    const [environment] = scene.repository.environments;
    expect(environment?.branchPolicies?.map(({ name }) => name)).toEqual(['main']);
    expect(environment?.variables?.map(({ name, value }) => [name, value])).toEqual([
      ['AWS_ROLE_ARN', releaseRole().arn],
      ['AWS_REGION', 'eu-central-1'],
    ]);
    expect(first.out).toContain('role: iris-execution');
    const second = await setup('--apply');
    expect({ exitCode: second.exitCode, done: writes().length }).toEqual({
      exitCode: 0,
      done: ALL_WRITES.length,
    });
    expect(second.out).toContain('Everything is there: nothing to do.');
  });

  test('the release role trusts the repository by its number, in this environment only', async () => {
    await setup('--apply');
    const { Statement } = JSON.parse(releaseRole().trust) as {
      Statement: readonly { Condition: { StringEquals: object }; Principal: object }[];
    };
    const key = (name: string) => `token.actions.githubusercontent.com:${name}`;
    expect(Statement[0]?.Principal).toEqual({ Federated: PROVIDER });
    expect(Statement[0]?.Condition.StringEquals).toMatchObject({
      [key('aud')]: 'sts.amazonaws.com',
      [key('environment')]: 'prod',
      [key('repository_id')]: String(scene.repository.databaseId),
    });
  });

  test('what it makes is what a first release, the next one and a rollback need', async () => {
    const { exitCode, out } = await setup('--apply', '--api');
    expect(exitCode).toBe(0);
    const [api] = Object.values(aws().state.httpApis);
    const url = `https://${api?.id}.execute-api.eu-central-1.amazonaws.com`;
    expect(out).toContain(`  http-api-id: ${api?.id}\n  api-url: ${url}\n`);
    const grants = Object.values(releaseRole().policies).flatMap((text) => grantsIn('stack', text));
    const refused: Ask[] = [];
    aws().allows = (_, asked) => {
      const asks = asksOf(asked, '123456789012', 'eu-central-1');
      const missing = asks.filter((ask) => !grants.some((grant) => allows(grant, ask)));
      refused.push(...missing);
      return missing.length === 0;
    };
    for (const n of [1, 2])
      scene.line.world.image(commit(n), { program: () => ({ statusCode: 200, body: '{"ok":true}' }) });
    const inputs = {
      'function-name': 'iris',
      'ecr-repository': 'iris',
      create: 'true',
      role: 'iris-execution',
      'http-api-id': api?.id ?? '',
      samples: 'none',
    };
    for (const n of [1, 2]) {
      const { result } = await scene.line.world.deploy(inputs, { commit: commit(n) });
      expect({ outcome: result.outcome, error: result.error }).toEqual({ outcome: 'ok', error: undefined });
    }
    const { create: _create, role: _role, samples: _samples, ...target } = inputs;
    const { result } = await scene.line.world.rollback(target, { event: 'workflow_dispatch' });
    expect({ outcome: result.outcome, error: result.error }).toEqual({
      outcome: 'rolled-back',
      error: undefined,
    });
    expect(refused).toEqual([]);
    expect(aws().state.functions['iris']?.latest.settings.Role).toBe(
      aws().state.roles['iris-execution']?.arn,
    );
    expect(JSON.stringify(result.warnings)).not.toMatch(/lifecycle/);
  });

  test('a second environment shares provider, repository and execution role', async () => {
    await setup('--apply');
    const { exitCode, out } = await scene.line.type(
      ['setup', '--environment', 'dev', '--repository', 'acme/iris', '--apply'],
      { env: { GH_TOKEN: 'token' }, github: scene.github },
    );
    expect({ exitCode, stacks: Object.keys(aws().state.stacks) }).toEqual({
      exitCode: 0,
      stacks: [STACK, 'model-release-acme-iris-dev'],
    });
    expect(out).not.toMatch(/add +(Provider|Images|Execution)/);
    expect(Object.keys(aws().state.roles)).toHaveLength(3);
    expect((await setup('--apply')).out).toContain('nothing to do');
  });

  test('another alias changes what needs it, and nothing else', async () => {
    await setup('--apply', '--api');
    const { out, exitCode } = await setup('--apply', '--alias', 'prod');
    expect(exitCode).toBe(0);
    expect(out.match(/^ +(add|change|remove) .*$/gm)).toEqual([
      '  change     ApiIntegration  AWS::ApiGatewayV2::Integration',
    ]);
  });

  test('reviewers, wait timer and the values of others stay', async () => {
    scene.repository.environments.push({
      databaseId: 90,
      name: 'prod',
      createdAt: 0,
      waitTimer: 5,
      preventSelfReview: true,
      reviewers: [{ type: 'User', id: 7 }],
      variables: [
        { name: 'AWS_REGION', value: 'us-east-1', created_at: '', updated_at: '' },
        { name: 'OTHER', value: 'x', created_at: '', updated_at: '' },
      ],
    });
    expect((await setup('--apply')).exitCode).toBe(0);
    expect(scene.repository.environments[0]).toMatchObject({
      waitTimer: 5,
      preventSelfReview: true,
      reviewers: [{ type: 'User', id: 7 }],
      branchPolicy: { custom_branch_policies: true },
    });
    expect(scene.repository.environments[0]?.variables?.map(({ name, value }) => [name, value])).toEqual([
      ['AWS_REGION', 'eu-central-1'],
      ['OTHER', 'x'],
      ['AWS_ROLE_ARN', releaseRole().arn],
    ]);
  });

  test('an environment that takes protected branches only stays so', async () => {
    const branchPolicy = { protected_branches: true, custom_branch_policies: false };
    scene.repository.environments.push({ databaseId: 90, name: 'prod', createdAt: 0, branchPolicy });
    expect((await setup('--apply')).exitCode).toBe(0);
    expect(scene.repository.environments[0]).toMatchObject({ branchPolicy });
    expect((await setup('--apply')).out).toContain('nothing to do');
  });

  test('without a token AWS is set up, and what GitHub needs is printed', async () => {
    const missing = await scene.withoutToken('--apply');
    expect({ exitCode: missing.exitCode, err: missing.err }).toEqual({
      exitCode: 2,
      err: expect.stringContaining('repository-id and owner-id are required'),
    });
    const { exitCode, out } = await scene.withoutToken(
      '--apply',
      '--repository-id',
      '22',
      '--owner-id',
      '11',
    );
    expect(exitCode).toBe(0);
    expect(out).toContain(
      `gh variable set AWS_ROLE_ARN --repo acme/iris --env 'prod' --body '${releaseRole().arn}'`,
    );
    expect(scene.github.calls).toEqual([]);
  });
});

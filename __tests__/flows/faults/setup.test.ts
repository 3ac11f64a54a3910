/** What goes wrong with a set-up, and what whoever runs it has to be allowed. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Needed } from '../../../local/aws/routes.ts';
import { allows, asksOf, grantsOf, type Ask, type Grant } from '../../harness/iam-policy.ts';
import { ALL_WRITES, openSetup, PROVIDER, STACK, type SetupScene } from '../../harness/setup-scene.ts';

let scene: SetupScene;
beforeEach(async () => {
  scene = await openSetup();
});
afterEach(() => scene.line.close());

const setup: SetupScene['setup'] = (...more) => scene.setup(...more);
const aws = () => scene.line.world.aws;
const writes = () => scene.writes();
const stack = () => aws().state.stacks[STACK];

describe('what goes wrong', () => {
  test('a provider that the account has already is left as it is', async () => {
    aws().state.oidcProviders[PROVIDER] = { arn: PROVIDER, url: '', clientIds: [] };
    expect((await setup('--apply')).exitCode).toBe(0);
    expect(stack()?.parameters['OidcProvider']).toBe('exists');
    expect((await setup('--apply')).out).toContain('nothing to do');
  });

  test('a refused permission undoes the stack; what failed is told, and the next run says how to go on', async () => {
    aws().allowsAction = (_, { action }) => action !== 'ecr:PutLifecyclePolicy';
    const { exitCode, err } = await setup('--apply');
    expect(exitCode).toBe(1);
    expect(err).toMatch(
      /setup-stack-failed.*ROLLBACK_COMPLETE.*Images \(AWS::ECR::Repository\).*ecr:PutLifecyclePolicy.*delete-stack --region eu-central-1 --stack-name model-release-acme-iris-prod/,
    );
    expect(aws().state.repositories).toEqual({});
    const again = await setup('--apply');
    expect(again.err).toMatch(/cannot be changed, because it is in ROLLBACK_COMPLETE.*delete-stack/);
    delete aws().state.stacks[STACK];
    delete aws().allowsAction;
    expect((await setup('--apply')).exitCode).toBe(0);
  });

  test('a call that AWS refuses is told with its permission', async () => {
    aws().faults.add({ kind: 'denied', operation: 'CreateChangeSet', times: null });
    const { exitCode, err } = await setup('--apply');
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: expect.stringContaining('cloudformation:CreateChangeSet'),
    });
    expect(aws().state.roles).toEqual({});
  });

  test('a token without rights fails before anything is made', async () => {
    scene.github.state.tokens['token'] = { kind: 'user', login: 'ada', permissions: {}, repositories: 'all' };
    const { exitCode, err } = await setup('--apply');
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: expect.stringMatching(/setup-github.*Administration, Environments and Actions/),
    });
    expect(writes()).toEqual([]);
  });

  test('subjects by a template of its own are refused before anything is made', async () => {
    scene.repository.oidcSub = { use_default: false, include_claim_keys: ['repo'] };
    const { exitCode, err } = await setup('--apply');
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringContaining('setup-oidc-subject') });
    expect(writes()).toEqual([]);
  });

  test("another repository's stack of this name is left alone", async () => {
    await setup('--apply');
    scene.repository.databaseId = 999;
    expect((await setup('--apply')).err).toContain('setup-stack-foreign');
    expect(writes()).toEqual(ALL_WRITES);
  });

  test.each(['CreateChangeSet', 'ExecuteChangeSet', 'DescribeStacks'])(
    'the answer to %s is lost, and the set-up ends well',
    async (operation) => {
      aws().faults.add({ kind: 'drop-after', operation });
      expect((await setup('--apply')).exitCode).toBe(0);
      expect((await setup('--apply')).out).toContain('nothing to do');
      expect(Object.keys(aws().state.roles)).toHaveLength(2);
    },
  );

  test.each([...new Set(ALL_WRITES.slice(2))])(
    'the answer to %s is lost, and the set-up ends well',
    async (operation) => {
      scene.github.faults.add({ kind: '5xx-after', operation });
      expect((await setup('--apply')).exitCode).toBe(0);
      expect((await setup('--apply')).out).toContain('nothing to do');
      expect(scene.repository.environments[0]?.variables).toHaveLength(2);
    },
  );

  test('a change set that holds more than the plan said is not carried out', async () => {
    await setup('--apply', '--api');
    // Somebody changes the stack between the plan and its change set.
    aws().beforeCall = async ({ operation }) => {
      const integration = stack()?.resources['ApiIntegration'];
      if (operation === 'CreateChangeSet' && integration !== undefined) integration.properties = {};
      const execution = stack()?.resources['Execution'];
      if (operation === 'CreateChangeSet' && execution !== undefined) execution.properties = {};
    };
    const { exitCode, err } = await setup('--apply', '--alias', 'prod');
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: expect.stringMatching(/setup-plan-changed.*would also modify Execution/),
    });
    expect(writes().slice(-2)).toEqual(expect.not.arrayContaining(['ExecuteChangeSet']));
  });

  test('a stack that does not name its release role leaves the variable as it is', async () => {
    await setup('--apply');
    const made = stack();
    if (made === undefined) throw new Error('there is no stack');
    made.outputs = {};
    const variables = () => writes().filter((write) => write.includes('variable')).length;
    const before = variables();
    const { exitCode, err } = await setup('--apply');
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: expect.stringContaining('does not name its release role'),
    });
    expect(variables()).toBe(before);
  });

  test('a stack that somebody is changing is left to them', async () => {
    await setup('--apply');
    const found = stack();
    if (found !== undefined) found.status = 'UPDATE_IN_PROGRESS';
    const { exitCode, err } = await setup('--apply', '--alias', 'prod');
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringContaining('setup-stack-busy') });
    expect(writes()).toEqual(ALL_WRITES);
  });

  test('a stack that does not get done is not waited for without end', async () => {
    aws().state.settings.stackMs = 24 * 3_600_000;
    const { exitCode, err } = await setup('--apply');
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: expect.stringMatching(/timed-out.*Look at the stack in the AWS console/),
    });
  });

  test('several services have no set-up of one function', async () => {
    await scene.line.checkouts.write({
      'iris/.model-release.yml':
        'ecr-repository: iris\nservices:\n  a:\n    function-name: a\n  b:\n    function-name: b\n',
    });
    expect((await setup()).exitCode).toBe(2);
  });
});

describe('iam/setup-policy.json', () => {
  const values = {
    Region: 'eu-central-1',
    Account: '123456789012',
    Repository: 'iris',
    Role: 'iris-execution',
  };
  const grants = grantsOf('iam/setup-policy.json', values);

  test('allows every call of a set-up and of its undoing, and nothing that none of them needs', async () => {
    const used = new Set<Grant>();
    const refused: Ask[] = [];
    const may = (ask: Ask | Needed) => {
      const fits = grants.filter((grant) => allows(grant, ask));
      for (const grant of fits) used.add(grant);
      if (fits.length === 0) refused.push(ask);
      return fits.length > 0;
    };
    aws().allows = (_, asked) => asksOf(asked, values.Account, values.Region).every(may);
    let isDenied = true;
    aws().allowsAction = (_, needed) => may(needed) && !(isDenied && needed.resource.endsWith('/stages'));
    // The last resource fails, and all the others are undone.
    expect((await setup('--apply', '--api')).exitCode).toBe(1);
    isDenied = false;
    delete aws().state.stacks[STACK];
    expect((await setup('--apply', '--api')).exitCode).toBe(0);
    const { resources = {}, template = '' } = stack() ?? {};
    // As an earlier version of the template made them.
    for (const resource of Object.values(resources))
      resource.properties = { ...resource.properties, Earlier: 'x' };
    if (stack() !== undefined)
      Object.assign(stack() as object, {
        template: template.replaceAll('"Properties":{', '"Properties":{"Earlier":"x",'),
      });
    expect((await setup('--apply')).exitCode).toBe(0);
    // What the stack is remembered by differs, and what it has does not: there is no change set to carry out.
    if (stack() !== undefined)
      Object.assign(stack() as object, {
        template: template.replaceAll('"Properties":{', '"Properties":{"Other":"x",'),
      });
    expect((await setup('--apply')).exitCode).toBe(0);
    expect(stack()?.changeSets).toEqual(expect.not.objectContaining({ status: 'FAILED' }));
    expect(refused).toEqual([]);
    const parts = (part: (grant: Grant) => string) => {
      const needed = new Set([...used].map(part));
      return [...new Set(grants.map(part))].filter((one) => !needed.has(one));
    };
    expect(parts(({ sid, action }) => `${sid} ${action}`)).toEqual([]);
    expect(parts(({ sid, resource }) => `${sid} ${resource}`)).toEqual([]);
  });
});

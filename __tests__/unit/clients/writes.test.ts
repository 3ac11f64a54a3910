/** Nothing is written without a permit, and through the transports of a dry run nothing is written at all. */
import { describe, expect, test } from '@jest/globals';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { GetAliasCommand, InvokeCommand, LambdaClient, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { AwsError, UserError } from '../../../src/errors.ts';
import { buildTools } from '../../../src/clients/tools.ts';
import { needsPermit, OpenSteps, readOnlyHandler } from '../../../src/clients/writes.ts';
import { requestHandlerFor } from '../../../local/transports/in-process.ts';
import { shellOf } from '../../harness/shell.ts';
import { ACCOUNT, createWorld } from '../../harness/world.ts';

const announced = (...writes: string[]) => ({ does: 'do it', writes });

describe('permits', () => {
  test('are open while the step that announced the write is carried out, and no longer', async () => {
    const steps = new OpenSteps();
    const write = () => steps.check('lambda:UpdateAlias');
    expect(write).toThrow(expect.objectContaining({ code: 'not-announced' }));
    await steps.during(announced('lambda:UpdateAlias'), () => Promise.resolve(write()));
    expect(write).toThrow(/no step of the plan announced it/);
  });

  test('hold for just what was announced', async () => {
    const steps = new OpenSteps();
    const other = steps.during(announced('lambda:PublishVersion'), () =>
      Promise.resolve(steps.check('lambda:UpdateAlias')),
    );
    await expect(other).rejects.toMatchObject({ code: 'not-announced' });
  });

  test('close when the step fails', async () => {
    const steps = new OpenSteps();
    await steps
      .during(announced('lambda:UpdateAlias'), () => Promise.reject(new Error('no')))
      .catch(() => undefined);
    expect(() => steps.check('lambda:UpdateAlias')).toThrow();
  });

  test.each(['lambda:UpdateAlias', 'ecr:PutImage', 'apigateway:UpdateStage', 'lambda:SomethingNew'])(
    '%s needs one',
    (operation) => expect(needsPermit(operation)).toBe(true),
  );
  test.each(['lambda:GetAlias', 'ecr:BatchGetImage', 'apigateway:GetStage'])('%s needs none', (operation) =>
    expect(needsPermit(operation)).toBe(false),
  );
});

describe('what the writes of a run came to', () => {
  const lost = new AwsError({
    service: 'Lambda',
    operation: 'x',
    code: 'TimeoutError',
    detail: '',
    status: 0,
    effect: 'unknown',
  });
  const no = new AwsError({
    service: 'Lambda',
    operation: 'x',
    code: 'Conflict',
    detail: '',
    status: 409,
    effect: 'none',
  });
  const sends = async (steps: OpenSteps, write: string, answers: readonly (Error | undefined)[]) => {
    for (const answer of answers)
      await steps
        .during({ does: `do ${write}`, writes: [write] }, () =>
          steps.send(write, () => (answer === undefined ? Promise.resolve() : Promise.reject(answer))),
        )
        .catch(() => undefined);
    return steps.written().map(({ effect }) => effect);
  };

  test.each<[string, { write: string; answers: (Error | undefined)[]; effects: string[] }]>([
    ['an answer', { write: 'lambda:UpdateAlias', answers: [undefined], effects: ['done'] }],
    ['a refusal', { write: 'lambda:UpdateAlias', answers: [no], effects: [] }],
    ['a lost answer', { write: 'apigateway:UpdateStage', answers: [lost], effects: ['unknown'] }],
    [
      'a lost answer, then one',
      { write: 'apigateway:UpdateStage', answers: [lost, undefined], effects: ['done'] },
    ],
    [
      'an answer, then a lost one',
      { write: 'apigateway:UpdateIntegration', answers: [undefined, lost], effects: ['done'] },
    ],
    [
      'a lost answer, then a refusal',
      { write: 'lambda:AddPermission', answers: [lost, no], effects: ['unknown'] },
    ],
    [
      'a refusal of ours before it was sent',
      { write: 'lambda:UpdateAlias', answers: [new UserError('x', { what: 'No.' })], effects: [] },
    ],
    [
      'a defect in the middle',
      { write: 'lambda:CreateAlias', answers: [new TypeError('x')], effects: ['unknown'] },
    ],
    [
      'a version that nobody is served by',
      { write: 'lambda:PublishVersion', answers: [undefined], effects: [] },
    ],
  ])('%s', async (_, { write, answers, effects }) => {
    expect(await sends(new OpenSteps(), write, answers)).toEqual(effects);
  });

  test('one that is still under way is not known', async () => {
    const steps = new OpenSteps();
    const write = 'lambda:UpdateAlias';
    void steps.during(announced(write), () => steps.send(write, () => new Promise(() => undefined)));
    expect(steps.written()).toEqual([{ does: 'do it', effect: 'unknown' }]);
  });

  test('a lost answer that a read settles is known', async () => {
    const steps = new OpenSteps();
    await sends(steps, 'lambda:UpdateAlias', [lost, no]);
    steps.confirm('lambda:UpdateAlias');
    expect(steps.written()).toEqual([{ does: 'do lambda:UpdateAlias', effect: 'done' }]);
  });

  test('without a step nothing is sent', async () => {
    const steps = new OpenSteps();
    await expect(steps.send('lambda:UpdateAlias', () => Promise.resolve())).rejects.toMatchObject({
      code: 'not-announced',
    });
    expect(steps.written()).toEqual([]);
  });
});

describe('the transport of a dry run', () => {
  const { aws } = createWorld();
  const handler = readOnlyHandler(requestHandlerFor(aws));
  const lambda = new LambdaClient({ ...ACCOUNT, requestHandler: handler, maxAttempts: 1 });
  const ecr = new ECRClient({ ...ACCOUNT, requestHandler: handler, maxAttempts: 1 });
  const iris = { FunctionName: 'iris', Name: 'live' };

  test('lets reads through, in each form that a service has', async () => {
    await expect(lambda.send(new GetAliasCommand(iris))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(
      ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['iris'] })),
    ).rejects.toMatchObject({
      name: 'RepositoryNotFoundException',
    });
  });

  test('lets no write and no invocation through', async () => {
    const sent = aws.calls.length;
    for (const write of [
      lambda.send(new UpdateAliasCommand({ ...iris, FunctionVersion: '1' })),
      lambda.send(new InvokeCommand({ FunctionName: 'iris' })),
      ecr.send(new CreateRepositoryCommand({ repositoryName: 'iris' })),
    ])
      await expect(write).rejects.toMatchObject({ code: 'dry-run-write' });
    expect(aws.calls).toHaveLength(sent);
  });
});

describe('programs', () => {
  function toolsWith(permits: OpenSteps) {
    const started: string[] = [];
    const shell = shellOf(({ file, args }) => {
      started.push([file, ...args].join(' '));
      return Promise.reject(new Error('it was started'));
    });
    const tools = buildTools({
      aws: {},
      clock: { now: () => 0, sleep: () => Promise.resolve() },
      random: () => 0,
      shell,
      log: { info: () => undefined, warning: () => undefined },
      signal: new AbortController().signal,
      permits,
      readOnly: true,
      secret: () => Promise.resolve(),
      env: {},
    });
    return { tools, started };
  }

  test('docker push is not started without a step that announced it', async () => {
    const permits = new OpenSteps();
    const { tools, started } = toolsWith(permits);
    const push = () =>
      tools.shell.run({ file: 'docker', args: ['push', 'iris'], writes: 'docker:push', timeoutMs: 1 });
    await expect(push()).rejects.toMatchObject({ code: 'not-announced' });
    expect(started).toEqual([]);
    await expect(permits.during(announced('docker:push'), push)).rejects.toThrow('it was started');
  });

  test('a question to docker needs no step', async () => {
    const { tools, started } = toolsWith(new OpenSteps());
    await tools.shell.ask({ file: 'docker', args: ['version'], writes: undefined }).catch(() => undefined);
    expect(started).toEqual(['docker version']);
  });
});

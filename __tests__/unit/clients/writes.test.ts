/** Nothing is written without a permit, and through the transports of a dry run nothing is written at all. */
import { describe, expect, test } from '@jest/globals';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { GetAliasCommand, InvokeCommand, LambdaClient, UpdateAliasCommand } from '@aws-sdk/client-lambda';
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

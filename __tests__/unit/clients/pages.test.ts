/** A list ends: at its last page, at a page that was read before, at too many pages, or when the time is up. */
import { describe, expect, test } from '@jest/globals';
import { createLocalAws } from '../../../local/aws/aws.ts';
import { seedRestApi } from '../../../local/aws/api-seeds.ts';
import { seedFunction, seedImage } from '../../../local/aws/seeds.ts';
import { VirtualClock } from '../../../local/clock.ts';
import { fromUtf8, utf8 } from '../../../local/http.ts';
import { requestHandlerFor, type RequestAnswerer } from '../../../local/transports/in-process.ts';
import { buildTools, type Tools } from '../../../src/clients/tools.ts';
import { allPages } from '../../../src/clients/pages.ts';
import { explainAwsError, type AwsError } from '../../../src/errors.ts';
import { noPermits } from '../../../src/clients/writes.ts';
import { shellOf } from '../../harness/shell.ts';
import { ACCOUNT } from '../../harness/world.ts';

const endless = (why: string) => new Error(why);

describe('a list', () => {
  test('is read to its last page', async () => {
    const pages: Readonly<Record<string, readonly [number[], string?]>> = {
      first: [[1, 2], 'b'],
      b: [[], 'c'],
      c: [[3]],
    };
    const read = (token = 'first') => {
      const [entries = [], next] = pages[token] ?? [];
      return Promise.resolve([entries, next] as const);
    };
    expect(await allPages({ endless }, read)).toEqual([1, 2, 3]);
  });

  test.each([
    ['itself', ['a', 'a'], 'page 2 leads to one that was read before'],
    ['one of its pages', ['a', 'b', 'c', 'b'], 'page 4 leads to one that was read before'],
  ])('that leads to %s is an error', async (_, tokens, why) => {
    let at = 0;
    const read = () => Promise.resolve([[], tokens[at++ % tokens.length]] as const);
    await expect(allPages({ endless }, read)).rejects.toThrow(why);
  });

  test('of more than 1,000 pages is an error', async () => {
    let page = 0;
    const read = () => Promise.resolve([[], String((page += 1))] as const);
    await expect(allPages({ endless }, read)).rejects.toThrow('there are more than 1000 pages');
    expect(page).toBe(1000);
  });

  test('whose pages take more than five minutes together is an error', async () => {
    const clock = new VirtualClock();
    let page = 0;
    const read = async () => {
      await clock.sleep(59_000);
      return [[], String((page += 1))] as const;
    };
    await expect(allPages({ clock, endless }, read)).rejects.toThrow('6 pages took more than 5 minutes');
  });
});

/** The clients over a local AWS that names one and the same next page in every answer. */
function circling(): Tools {
  const aws = createLocalAws({ clock: new VirtualClock() });
  const image = seedImage(aws, { repository: 'iris', tag: 'one', program: () => 1 });
  seedFunction(aws, { name: 'iris', versions: [{ image }], alias: { name: 'live', version: '1' } });
  const { id: restApiId } = seedRestApi(aws, { functionName: 'iris', alias: 'live' });
  expect(restApiId).toBe('r000000001');
  const answers: RequestAnswerer = {
    handle: async ({ query: { Marker, position, ...query }, ...request }) => {
      void [Marker, position];
      const body = fromUtf8(request.body).replace(/,?"nextToken":"again"/, '');
      const response = await aws.handle({ ...request, query, body: utf8(body) });
      const shown = JSON.parse(fromUtf8(response.body)) as Record<string, unknown>;
      const again = { nextToken: 'again', NextMarker: 'again', position: 'again' };
      return { ...response, body: utf8(JSON.stringify({ ...shown, ...again })) };
    },
  };
  return buildTools({
    aws: { ...ACCOUNT, requestHandler: requestHandlerFor(answers) },
    clock: aws.clock,
    random: () => 0.5,
    shell: shellOf(() => {
      throw new Error('no program may run here');
    }),
    log: { info: () => undefined, warning: () => undefined },
    signal: new AbortController().signal,
    permits: noPermits,
    readOnly: true,
    secret: async () => undefined,
    env: {},
  });
}

test.each<[string, (tools: Tools) => Promise<unknown>]>([
  ['Lambda ListVersionsByFunction', ({ lambda }) => lambda.listVersions('iris')],
  ['ECR DescribeImages', ({ ecr }) => ecr.describeImages('iris')],
  [
    'APIGateway GetResources',
    ({ apiGateway }) => apiGateway({ kind: 'REST', apiId: 'r000000001', stage: 'prod' }).getIntegrations(),
  ],
])('%s whose pages lead in a circle ends, and says so', async (call, list) => {
  const error = await list(circling()).catch((thrown: unknown) => thrown as AwsError);
  expect(error).toMatchObject({ code: 'ListWithoutEnd', isTransient: false });
  expect(explainAwsError(error as AwsError)).toMatchObject({
    code: 'aws-unavailable',
    what: `The list that AWS gives for ${call} does not end: page 2 leads to one that was read before.`,
  });
});

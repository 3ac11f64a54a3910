import { describe, expect, test } from '@jest/globals';
import { buildApiRequest, routeMet, type ApiDoor } from '../../../src/checks/api-request.ts';
import { routeOf, type ApiRoute } from '../../../src/checks/api-routes.ts';
import { sampleOf } from './sample.ts';

const route = (label: string, more: Partial<ApiRoute> = {}): ApiRoute => {
  const [method = '', path = ''] = label.split(' ');
  return { method, path, callsFunction: true, authorization: 'none', ...more };
};

const door = (change: Partial<ApiDoor> = {}): ApiDoor => ({
  baseUrl: 'https://api/prod/',
  exactUrl: undefined,
  routes: [],
  ...change,
});

/** What is sent, or why nothing is. */
function built(fields: Readonly<Record<string, unknown>>, change: Partial<ApiDoor> = {}) {
  const { sample: _, ...request } = buildApiRequest(door(change), sampleOf(fields));
  return request;
}

/** One line: method, URL and body, or the reason. */
function line(fields: Readonly<Record<string, unknown>>, change: Partial<ApiDoor> = {}): string {
  const request = built(fields, change);
  if ('notChecked' in request) return request.notChecked;
  const body = typeof request.body === 'object' ? `bytes ${[...request.body].join()}` : (request.body ?? '-');
  return `${request.method} ${request.url} ${body}`;
}

const v1 = (change: object = {}) => ({ httpMethod: 'POST', path: '/predict', body: '{"x":1}', ...change });
const v2 = (change: object = {}, context: object = {}) => ({
  version: '2.0',
  rawPath: '/predict',
  requestContext: { http: { method: 'GET', path: '/predict' }, stage: '$default', ...context },
  ...change,
});

describe('an event is replayed whole', () => {
  test.each<[string, object, string]>([
    ['format 1.0', v1(), 'POST https://api/prod/predict {"x":1}'],
    ['format 2.0', v2(), 'GET https://api/prod/predict -'],
    ['no body', v1({ httpMethod: 'GET', body: null }), 'GET https://api/prod/predict -'],
    [
      'every value of the query',
      v1({
        queryStringParameters: { i: '2', q: 'z' },
        multiValueQueryStringParameters: { i: ['1', '2'], q: ['ä b&'] },
      }),
      'POST https://api/prod/predict?i=1&i=2&q=%C3%A4%20b%26 {"x":1}',
    ],
    [
      'a query of single values',
      v1({ queryStringParameters: { i: '2' } }),
      'POST https://api/prod/predict?i=2 {"x":1}',
    ],
    ['a raw query', v2({ rawQueryString: 'i=1&i=2&x=%20' }), 'GET https://api/prod/predict?i=1&i=2&x=%20 -'],
    ['a path with blanks', v1({ path: '/a b/ä%2F?' }), 'POST https://api/prod/a%20b/%C3%A4%2F%3F {"x":1}'],
    [
      'the stage in the path of format 2.0',
      v2({ rawPath: '/dev/predict' }, { stage: 'dev' }),
      'GET https://api/prod/predict -',
    ],
    [
      'a path that begins like the stage',
      v2({ rawPath: '/development' }, { stage: 'dev' }),
      'GET https://api/prod/development -',
    ],
    [
      'the stage in the path of an HTTP API, format 1.0',
      v1({ path: '/dev/predict', requestContext: { stage: 'dev', path: '/dev/predict' } }),
      'POST https://api/prod/predict {"x":1}',
    ],
    [
      'a REST path that is named like its stage',
      v1({ path: '/dev/predict', requestContext: { stage: 'dev', path: '/dev/dev/predict' } }),
      'POST https://api/prod/dev/predict {"x":1}',
    ],
    [
      'bytes in Base64',
      v1({ body: 'AP8=', isBase64Encoded: true }),
      'POST https://api/prod/predict bytes 0,255',
    ],
    ['a body with GET', v1({ httpMethod: 'GET' }), 'HTTP sends no body with GET, and the event has one'],
    ['a connection', v1({ httpMethod: 'CONNECT' }), 'CONNECT is for connections and not for models'],
  ])('%s', (_name, input, expected) => {
    expect(line({ input })).toBe(expected);
  });

  test('a body keeps its digits', () => {
    const body = '{"id": 12345678901234567890, "p": 1.10}';
    expect(built({ input: v1({ body }) })).toMatchObject({ body });
  });

  test('headers go along, but for those of a connection and those that the way writes itself', () => {
    const headers = {
      'Content-Type': 'text/csv',
      Accept: 'application/x-npy',
      'X-Model': 'b',
      Authorization: 'Bearer t',
      Host: 'old.example.com',
      'Content-Length': '7',
      'Accept-Encoding': 'gzip',
      Connection: 'keep-alive, X-Hop',
      'X-Hop': '1',
      'Transfer-Encoding': 'chunked',
      'X-Forwarded-For': '192.0.2.1',
      'X-Amzn-Trace-Id': 'Root=1',
      Via: '1.1 x',
      'CloudFront-Viewer-Country': 'DE',
    };
    const kept = {
      'content-type': 'text/csv',
      accept: 'application/x-npy',
      'x-model': 'b',
      authorization: 'Bearer t',
    };
    expect(built({ input: v1({ headers }) })).toMatchObject({ headers: kept });
    expect(Object.keys((built({ input: v1({ headers }) }) as { headers: object }).headers)).toHaveLength(4);
  });

  test('a header with several values is one header, and cookies are a header', () => {
    const input = v1({ headers: { 'X-A': '2' }, multiValueHeaders: { 'X-A': ['1', '2'] } });
    expect(built({ input })).toMatchObject({ headers: { 'x-a': '1, 2' } });
    expect(built({ input: v2({ cookies: ['a=1', 'b=2'] }) })).toMatchObject({
      headers: { cookie: 'a=1; b=2' },
    });
  });

  test.each([
    [v1(), 'application/json'],
    [v1({ body: 'AA==', isBase64Encoded: true }), 'application/octet-stream'],
    [v1({ headers: { 'content-type': 'text/plain' } }), 'text/plain'],
    [v2(), undefined],
  ])('%j has the content type %s', (input, type) => {
    const { headers } = built({ input }) as { headers: Record<string, string> };
    expect(headers['content-type']).toBe(type);
  });
});

describe('a plain sample', () => {
  const several = /^several routes call the function \(\/predict, \/feedback\); name it in the sample/;
  const none = /^no POST route without path parameters calls the function; name it/;

  test.each<[string, object, Partial<ApiDoor>, string | RegExp]>([
    ['to api-url', {}, { exactUrl: 'https://me/p?k=1' }, 'POST https://me/p?k=1 {"x":1}'],
    [
      'to the only route',
      {},
      { routes: [route('GET /x'), route('POST /predict')] },
      'POST https://api/prod/predict {"x":1}',
    ],
    [
      'to ANY',
      {},
      { routes: [route('ANY /predict'), route('ANY /{proxy+}')] },
      'POST https://api/prod/predict {"x":1}',
    ],
    [
      'POST and ANY of one path',
      {},
      { routes: [route('ANY /p'), route('POST /p')] },
      'POST https://api/prod/p {"x":1}',
    ],
    ['not with two routes', {}, { routes: [route('POST /predict'), route('POST /feedback')] }, several],
    ['not to a route with a parameter', {}, { routes: [route('ANY /{proxy+}')] }, none],
    ['not to $default', {}, { routes: [route('ANY $default')] }, none],
    [
      'not to what calls something else',
      {},
      { routes: [route('POST /predict', { callsFunction: false })] },
      none,
    ],
    [
      'not where nothing is known',
      {},
      { routes: undefined },
      /^the routes of the API are not known; name it/,
    ],
    [
      'to the route that it names',
      { route: 'PUT /feedback?a=1' },
      { routes: [route('POST /predict'), route('POST /feedback')] },
      'PUT https://api/prod/feedback?a=1 {"x":1}',
    ],
    [
      'its route, below api-url',
      { route: 'POST /p' },
      { exactUrl: 'https://me/v1/' },
      'POST https://me/v1/p {"x":1}',
    ],
    [
      'its route, which api-url ends with',
      { route: 'POST /p' },
      { exactUrl: 'https://me/v1/p' },
      'POST https://me/v1/p {"x":1}',
    ],
    [
      'its route, which is not where api-url leads',
      { route: 'POST /feedback' },
      { exactUrl: 'https://me/p' },
      'api-url leads to /p, and the sample is for /feedback',
    ],
  ])('%s', (...[, fields, change, expected]) => {
    expect(line({ input: { x: 1 }, ...fields }, change)).toEqual(
      typeof expected === 'string' ? expected : (expect.stringMatching(expected) as unknown),
    );
  });

  test('is sent as it is written, and a text of another type without its quotes', () => {
    const where = { exactUrl: 'https://me/p' };
    expect(built({ input: 'a,1\n' }, where)).toMatchObject({
      body: '"a,1\\n"',
      headers: { 'content-type': 'application/json' },
    });
    expect(built({ input: 'a,1\n', 'content-type': 'text/csv', accept: 'text/csv' }, where)).toMatchObject({
      body: 'a,1\n',
      headers: { 'content-type': 'text/csv', accept: 'text/csv' },
    });
    const type = 'application/vnd.acme+json; charset=utf-8';
    expect(built({ input: 'a', 'content-type': type }, where)).toMatchObject({
      body: '"a"',
      headers: { 'content-type': type },
    });
  });
});

test.each([
  ['https://me/predict', v1({ queryStringParameters: { i: '1' } }), 'POST https://me/predict?i=1 {"x":1}'],
  [
    'https://me/predict?k=1',
    v1({ queryStringParameters: { i: '1' } }),
    'POST https://me/predict?k=1&i=1 {"x":1}',
  ],
  ['https://me/base/predict', v1(), 'POST https://me/base/predict {"x":1}'],
  ['https://me/base/', v1(), 'POST https://me/base/predict {"x":1}'],
  ['https://me', v1(), 'POST https://me/predict {"x":1}'],
  ['https://me/p', v1(), 'api-url leads to /p, and the sample is for /predict'],
])('an event and the api-url %s', (exactUrl, input, expected) => {
  expect(line({ input }, { exactUrl })).toBe(expected);
});

describe('the route that a request meets', () => {
  const routes = [
    'ANY $default',
    'ANY /{proxy+}',
    'ANY /models/{id}',
    'POST /models/{id}',
    'POST /models/iris',
    'GET /models/{id}/versions/{n}',
    'ANY /',
  ].map((label) => route(label));

  test.each([
    ['POST /models/iris', 'POST /models/iris'],
    ['POST /models/other', 'POST /models/{id}'],
    ['GET /models/iris', 'ANY /models/{id}'],
    ['GET /models/iris/', 'ANY /models/{id}'],
    ['GET /models/iris/versions/3', 'GET /models/{id}/versions/{n}'],
    ['PUT /models/iris/versions/3', 'ANY /{proxy+}'],
    ['GET /', 'ANY /'],
  ])('%s meets %s', (request, expected) => {
    const [method = '', path = ''] = request.split(' ');
    const met = routeOf(routes, { method, path });
    expect(`${met?.method} ${met?.path}`).toBe(expected);
  });

  test('$default takes the rest, and without it nothing does', () => {
    expect(routeOf([route('ANY $default')], { method: 'GET', path: '/a/b' })?.path).toBe('$default');
    expect(routeOf([route('ANY /a'), route('POST /a/b')], { method: 'GET', path: '/a/b' })).toBeUndefined();
    expect(routeOf([route('ANY /{proxy+}')], { method: 'GET', path: '/' })).toBeUndefined();
  });
});

test.each([
  ['https://api/prod/predict?k=1', 'POST /predict'],
  ['https://api/prod', 'POST /'],
  ['https://api/prod/other', 'none'],
  ['https://api/production/predict', 'unknown'],
  ['https://my.example.com/predict', 'unknown'],
])('a plain sample to the api-url %s meets the route %s', (exactUrl, expected) => {
  const where = door({ exactUrl, routes: [route('POST /predict'), route('POST /')] });
  const check = buildApiRequest(where, sampleOf({ input: { x: 1 } }));
  if ('notChecked' in check) throw new Error(check.notChecked);
  const met = routeMet(where, check);
  expect(typeof met === 'string' ? met : `${met.method} ${met.path}`).toBe(expected);
});

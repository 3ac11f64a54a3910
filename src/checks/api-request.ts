/** The HTTP request that a sample describes. Where a part of it is not known it is not guessed: the sample is not checked. */
import type { HttpRequest } from '../clients/http.ts';
import { routeOf, type ApiRoute } from './api-routes.ts';
import { eventOf, type EventRequest } from './sample-event.ts';
import { isJsonType } from './sample-fields.ts';
import type { Sample } from './samples.ts';

/** Where an API is, and what is known about it. */
export interface ApiDoor {
  /** The stage's own address; a slash at its end makes no difference. */
  readonly baseUrl: string;
  /** The input `api-url`: the address of the model itself, or, with a slash at its end, of its API. */
  readonly exactUrl: string | undefined;
  /** Undefined where the API's routes could not be read. */
  readonly routes: readonly ApiRoute[] | undefined;
}

/** A request over HTTP, and the sample that it checks. */
export interface ApiCheck extends Omit<HttpRequest, 'timeoutMs'> {
  readonly sample: Sample;
  readonly method: string;
  /**
   * Without the stage and without the query: what the API's routes are compared with. Undefined where `api-url` names a domain of its
   * own, which may lead to any path.
   */
  readonly path: string | undefined;
}

/** Completes "sample x was not checked through the API: ". */
export type NotSent = { readonly sample: Sample; readonly notChecked: string };

/** The same sample as Invoke gets it, over HTTP. */
export function buildApiRequest(door: ApiDoor, sample: Sample): ApiCheck | NotSent {
  const event = eventOf(sample.input);
  const request = event === undefined ? plainRequest(door, sample) : eventRequest(door, event);
  return 'notChecked' in request ? { sample, notChecked: request.notChecked } : { sample, ...request };
}

type Built = Omit<ApiCheck, 'sample'> | { readonly notChecked: string };

/** An event is replayed whole. */
function eventRequest(door: ApiDoor, event: EventRequest): Built {
  const place = addressOf(door, event.path);
  if ('notChecked' in place) return place;
  const hasBody = event.body !== undefined && event.body.length > 0;
  if (hasBody && (event.method === 'GET' || event.method === 'HEAD'))
    return { notChecked: `HTTP sends no body with ${event.method}, and the event has one` };
  if (event.method === 'TRACE' || event.method === 'CONNECT')
    return { notChecked: `${event.method} is for connections and not for models` };
  const headers = headersOf(event);
  return {
    url: withQuery(place.url, event.query),
    method: event.method,
    path: event.path,
    headers: hasBody && headers['content-type'] === undefined ? withType(headers, event.body) : headers,
    ...(hasBody && event.body !== undefined ? { body: event.body } : {}),
  };
}

/** Many clients leave it out, and HTTP would then call everything text. */
function withType(headers: Readonly<Record<string, string>>, body: EventRequest['body']) {
  const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
  return { ...headers, 'content-type': type };
}

/** Belong to one connection (RFC 9110), or are written by HTTP itself and by the way to the function. */
const NOT_REPLAYED =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|expect|accept-encoding|via|forwarded|x-forwarded-.*|x-amzn-trace-id|x-amz-cf-id|cloudfront-.*)$/;

/** Repeated headers become one, as HTTP has it: cookies with a semicolon, everything else with a comma. */
function headersOf(event: EventRequest): Readonly<Record<string, string>> {
  const named = event.headers
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.split(',').map((name) => name.trim().toLowerCase()));
  const headers = new Map<string, string>();
  for (const [name, value] of event.headers) {
    if (NOT_REPLAYED.test(name) || named.includes(name)) continue;
    const before = headers.get(name);
    const between = name === 'cookie' ? '; ' : ', ';
    headers.set(name, before === undefined ? value : `${before}${between}${value}`);
  }
  return Object.fromEntries(headers);
}

function plainRequest(door: ApiDoor, sample: Sample): Built {
  const type = sample.contentType ?? 'application/json';
  const request = {
    headers: { 'content-type': type, ...(sample.accept === undefined ? {} : { accept: sample.accept }) },
    // A text of another type, such as CSV, is the body itself; everything else is sent as it is written.
    body: isJsonType(type) ? sample.input : String(JSON.parse(sample.input)),
  };
  if (sample.route === undefined && door.exactUrl !== undefined) {
    return { url: door.exactUrl, method: 'POST', path: pathBelow(door.baseUrl, door.exactUrl), ...request };
  }
  const route = sample.route ?? onlyRoute(door.routes);
  if ('notChecked' in route) return route;
  const [path = '', query = ''] = splitOnce(route.path, '?');
  const place = addressOf(door, path);
  if ('notChecked' in place) return place;
  return { url: withQuery(place.url, query), method: route.method, path, ...request };
}

/** The only path that a plain sample can be meant for. */
function onlyRoute(routes: readonly ApiRoute[] | undefined) {
  const say = 'name it in the sample, such as "route": "POST /predict", or give api-url';
  if (routes === undefined) return { notChecked: `the routes of the API are not known; ${say}` };
  const possible = routes.filter(
    ({ method, path, callsFunction }) =>
      callsFunction && (method === 'POST' || method === 'ANY') && /^\/[^{}]*$/.test(path),
  );
  const paths = [...new Set(possible.map(({ path }) => path))];
  const [path] = paths;
  if (path === undefined)
    return { notChecked: `no POST route without path parameters calls the function; ${say}` };
  if (paths.length === 1) return { method: 'POST', path };
  const listed = paths.slice(0, 5).join(', ');
  return {
    notChecked: `several routes call the function (${listed}${paths.length > 5 ? ', …' : ''}); ${say}`,
  };
}

/** The URL of a path of the API. `api-url` is one address, unless a slash at its end says that paths follow. */
function addressOf(door: ApiDoor, path: string): { readonly url: string } | { readonly notChecked: string } {
  const { exactUrl, baseUrl } = door;
  if (exactUrl === undefined) return { url: `${baseUrl.replace(/\/+$/, '')}${path}` };
  const { pathname } = new URL(exactUrl);
  if (pathname.endsWith(path)) return { url: exactUrl };
  const [address = exactUrl] = splitOnce(exactUrl, '?');
  if (pathname.endsWith('/')) return { url: `${address.replace(/\/+$/, '')}${path}` };
  return { notChecked: `api-url leads to ${pathname}, and the sample is for ${path}` };
}

/** What the address says already, such as a key, stays in front. */
function withQuery(url: string, query: string): string {
  if (query === '') return url;
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

function splitOnce(text: string, at: string): readonly string[] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + at.length)];
}

function pathBelow(baseUrl: string, url: string): string | undefined {
  const base = baseUrl.replace(/\/+$/, '');
  const { origin, pathname } = new URL(url);
  const address = `${origin}${pathname}`;
  if (address === base) return '/';
  return address.startsWith(`${base}/`) ? address.slice(base.length) : undefined;
}

/** The route that a request meets, as `checkApiAnswer` wants it. */
export function routeMet({ routes }: ApiDoor, { method, path }: ApiCheck): ApiRoute | 'none' | 'unknown' {
  if (routes === undefined || path === undefined) return 'unknown';
  return routeOf(routes, { method, path }) ?? 'none';
}

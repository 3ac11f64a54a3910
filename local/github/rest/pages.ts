import type { LocalResponse } from '../../http.ts';
import { jsonResponse, queryValue } from '../../http.ts';
import type { RestContext } from './route.ts';

/** One page of a list, with GitHub's `link` header. */
export function page<T>(
  context: RestContext,
  items: readonly T[],
  view: (item: T) => unknown,
): LocalResponse {
  const size = Math.min(100, Math.max(1, Number(queryValue(context.request, 'per_page') ?? 30)));
  const number = Math.max(1, Number(queryValue(context.request, 'page') ?? 1));
  const last = Math.max(1, Math.ceil(items.length / size));
  const url = (to: number) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(context.request.query)) {
      if (name !== 'page') query.set(name, String(value));
    }
    query.set('page', String(to));
    return `<https://${context.request.host}${context.request.path}?${query}>`;
  };
  const links = [
    ...(number < last ? [`${url(number + 1)}; rel="next"`, `${url(last)}; rel="last"`] : []),
    ...(number > 1 ? [`${url(number - 1)}; rel="prev"`, `${url(1)}; rel="first"`] : []),
  ];
  const slice = items.slice((number - 1) * size, number * size);
  return jsonResponse(200, slice.map(view), links.length > 0 ? { link: links.join(', ') } : {});
}

/** Lists that come in pages, read to their end and no further. */
import { AwsError } from '../errors.ts';
import type { Clock } from './clock.ts';

/** Many times what a service allows: 100,000 images come in 100 pages. */
const MOST_PAGES = 1_000;
const LIST_BUDGET_MS = 5 * 60_000;

export interface PageBounds {
  /** Where there is one, the list may take five minutes. */
  readonly clock?: Clock;
  /** Thrown for a list that does not end, with the reason as a clause. */
  readonly endless: (why: string) => Error;
}

/**
 * All entries of a list. `read` gives one page and what leads to the next one, by what led to it.
 * @throws what `endless` makes of a page that leads to one that was read, of too many pages, and of too long a time.
 */
export async function allPages<T>(
  { clock, endless }: PageBounds,
  read: (
    token: string | undefined,
  ) => Promise<readonly [entries: readonly T[], next: string | null | undefined]>,
): Promise<readonly T[]> {
  const entries: T[] = [];
  const started = clock?.now() ?? 0;
  const tokens = new Set<string>();
  for (let token: string | undefined; ; tokens.add(token)) {
    const [page, next] = await read(token);
    entries.push(...page);
    if (!next) return entries;
    const pages = tokens.size + 1;
    if (tokens.has(next)) throw endless(`page ${pages} leads to one that was read before`);
    if (pages === MOST_PAGES) throw endless(`there are more than ${MOST_PAGES} pages`);
    if ((clock?.now() ?? 0) - started > LIST_BUDGET_MS)
      throw endless(`${pages} pages took more than ${LIST_BUDGET_MS / 60_000} minutes`);
    token = next;
  }
}

/** The bounds of a list of AWS, whose error names the call. */
export function awsBounds(clock: Clock, call: { service: string; operation: string }): PageBounds {
  const known = { ...call, code: 'ListWithoutEnd', status: 200, effect: 'none' } as const;
  return { clock, endless: (detail) => new AwsError({ ...known, detail }) };
}

import { GitHubError } from './errors.ts';

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** The connection's field, for error messages, and the requested page. */
export interface Asked {
  readonly field: string;
  readonly page: PageArguments;
}

const PAGE_LIMIT = 100;

/** A page of `items` in the shape of every connection of the schema; nodes are made for the page only. */
export function connection<T>(items: readonly T[], { page, field }: Asked, node: (item: T) => unknown) {
  const { start, end } = bounds(items.length, page, field);
  const slice = items.slice(start, end);
  return {
    totalCount: items.length,
    nodes: () => slice.map(node),
    edges: () => slice.map((item, index) => ({ cursor: cursorOf(start + index), node: node(item) })),
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: slice.length > 0 ? cursorOf(start) : null,
      endCursor: slice.length > 0 ? cursorOf(end - 1) : null,
    },
  };
}

function bounds(total: number, page: PageArguments, field: string): { start: number; end: number } {
  const size = page.first ?? page.last;
  if (size === null || size === undefined) {
    throw new GitHubError(
      'MISSING_PAGINATION_BOUNDARIES',
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${field}\` connection.`,
    );
  }
  if (size > PAGE_LIMIT) {
    throw new GitHubError(
      'EXCESSIVE_PAGINATION',
      `Requesting ${size} records on the \`${field}\` connection exceeds the \`first\` limit of 100 records.`,
    );
  }
  const from = page.after ? positionOf(page.after) + 1 : 0;
  const to = page.before ? positionOf(page.before) : total;
  if (page.first !== null && page.first !== undefined) return { start: from, end: Math.min(to, from + size) };
  return { start: Math.max(from, to - size), end: to };
}

function cursorOf(position: number): string {
  return Buffer.from(`cursor:${position}`).toString('base64');
}

function positionOf(cursor: string): number {
  const position = Number(Buffer.from(cursor, 'base64').toString().replace('cursor:', ''));
  if (!Number.isInteger(position))
    throw new GitHubError('INVALID_CURSOR_ARGUMENTS', `\`${cursor}\` is no valid cursor.`);
  return position;
}

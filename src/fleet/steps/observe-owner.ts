import type { GitHubClient } from '../../clients/github.ts';
import { GitHubFailure } from '../../clients/github-failure.ts';
import { allPages } from '../../clients/pages.ts';
import { UserError } from '../../errors.ts';
import type { ObservedRepository } from '../plan/observed.ts';
import type { RepositoryNode, RepositoryQuery, TextsNode } from './repository-query.ts';
import {
  observedRepository,
  repositoryFragment,
  REPOSITORY_VARIABLES,
  repositoryVariables,
  textsDocument,
  textsIn,
} from './repository-query.ts';

/** All repositories of an organization or user. */
export interface ObservedOwner {
  /** Whose token it is: `octocat`, `an-app[bot]`, `github-actions[bot]`. */
  readonly viewer: string;
  readonly repositories: readonly ObservedRepository[];
  /** Repositories GitHub would not show completely, with its reason. */
  readonly unreadable: readonly string[];
}

const PAGE_SIZES = [100, 50, 20, 5] as const;

interface Page {
  readonly viewer: { readonly login: string };
  readonly repositoryOwner: {
    readonly repositories: {
      readonly totalCount: number;
      readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
      readonly nodes: readonly (RepositoryNode | null)[];
    };
  } | null;
}

/**
 * Looks at all repositories of an organization (or user): one request per hundred, with everything in it that planning and
 * writing need. Pages shrink when GitHub cannot answer a full one in time.
 */
export async function observeOwner(
  github: GitHubClient,
  { owner, query }: { readonly owner: string; readonly query: RepositoryQuery },
  progress: (line: string) => void,
): Promise<ObservedOwner> {
  const document = `query ($owner: String!, $first: Int!, $after: String, ${REPOSITORY_VARIABLES}) {
    viewer { login }
    repositoryOwner(login: $owner) {
      repositories(first: $first, after: $after, ownerAffiliations: [OWNER], orderBy: {field: CREATED_AT, direction: ASC}) {
        totalCount pageInfo { endCursor hasNextPage } nodes { ...attach }
      }
    }
  } ${repositoryFragment(query)}`;
  let viewer = '';
  let looked = 0;
  const endless = (why: string) =>
    explained(new GitHubFailure({ status: 0, message: `the list does not end: ${why}` }));
  const shown = await allPages({ endless }, async (after) => {
    const page: Page = await readPage(github, document, {
      owner,
      after: after ?? null,
      ...repositoryVariables(query),
    });
    if (page.repositoryOwner === null) throw unknownOwner(owner);
    const { nodes: found, pageInfo, totalCount } = page.repositoryOwner.repositories;
    viewer = page.viewer.login;
    looked += found.length;
    progress(`looked at ${looked} of ${totalCount} repositories`);
    const observed = found.map((node) => node && observedRepository(node, query));
    return [observed, pageInfo.hasNextPage ? pageInfo.endCursor : undefined];
  });
  return {
    viewer,
    repositories: shown.filter((repository) => repository !== null),
    unreadable: shown.filter((one) => one === null).map(() => 'a repository that GitHub did not show'),
  };
}

/** Looks again at a few repositories, by their ids: after a lost answer, the only way to know what happened. */
export async function observeAgain(
  github: GitHubClient,
  ids: readonly string[],
  query: RepositoryQuery,
): Promise<ReadonlyMap<string, ObservedRepository>> {
  const document = `query ($ids: [ID!]!, ${REPOSITORY_VARIABLES}) {
    nodes(ids: $ids) { ...attach }
  } ${repositoryFragment(query)}`;
  const found = new Map<string, ObservedRepository>();
  for (let start = 0; start < ids.length; start += PAGE_SIZES[0]) {
    const page = ids.slice(start, start + PAGE_SIZES[0]);
    const { nodes } = await tolerant<{ nodes: readonly (RepositoryNode | null)[] }>(
      github.query(document, { ids: page, ...repositoryVariables(query) }),
    );
    for (const node of nodes) if (node !== null) found.set(node.id, observedRepository(node, query));
  }
  return found;
}

/** Reads files of the default branches: repository's id → path → text. Absent and binary ones have none. */
export async function readTexts(
  github: GitHubClient,
  ids: readonly string[],
  paths: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const document = textsDocument(paths);
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (let start = 0; start < ids.length; start += PAGE_SIZES[0]) {
    const page = ids.slice(start, start + PAGE_SIZES[0]);
    const { nodes } = await tolerant<{ nodes: readonly (TextsNode | null)[] }>(
      github.query(document, { ids: page }),
    ).catch((error: unknown) => {
      throw explained(error);
    });
    for (const node of nodes) if (node !== null) found.set(node.id, textsIn(node, paths));
  }
  return found;
}

async function readPage(
  github: GitHubClient,
  document: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Page> {
  for (const first of PAGE_SIZES) {
    try {
      return await tolerant<Page>(github.query(document, { ...variables, first }));
    } catch (error) {
      const isTooMuch =
        error instanceof GitHubFailure &&
        (error.status >= 500 || error.faults.some(({ type }) => /RESOURCE_LIMIT|TIMEOUT/.test(type ?? '')));
      if (!isTooMuch || first === PAGE_SIZES.at(-1)) throw explained(error);
    }
  }
  throw new Error('unreachable: the last page size either answers or throws');
}

/** One repository behind a policy of its own must not hide the other 99: GitHub answers with errors and the rest of the data. */
async function tolerant<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const isPartial =
      error instanceof GitHubFailure &&
      error.cause instanceof Object &&
      error.faults.every(({ type, path }) => type !== 'RATE_LIMITED' && (path?.length ?? 0) > 1);
    if (isPartial) return error.cause as T;
    throw error;
  }
}

function explained<T>(error: T): T | UserError {
  if (!(error instanceof GitHubFailure)) return error;
  return new UserError(
    'github-read',
    {
      what: `GitHub could not be asked about the repositories: ${error.message}`,
      fix: 'Check that the token may read them (metadata, contents and pull requests), then run it again.',
    },
    { cause: error },
  );
}

function unknownOwner(owner: string): UserError {
  return new UserError('attach-organization', {
    what: `GitHub knows no organization or user named "${owner}", or the token may not see it.`,
    fix: 'Check the input organization, and that the GitHub App is installed there.',
  });
}

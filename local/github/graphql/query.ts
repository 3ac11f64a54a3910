import { may } from '../access.ts';
import { commitOf } from '../git-objects.ts';
import { budgetOf } from '../limits.ts';
import type { Owner, Repository } from '../state.ts';
import { fullName } from '../state.ts';
import type { PageArguments } from './connection.ts';
import { connection } from './connection.ts';
import { notFound } from './errors.ts';
import type { PullRequestArguments } from './git-views.ts';
import { objectView, pullRequests, refView, resolveExpression } from './git-views.ts';
import type { World } from './world.ts';
import { instant, repositoryById, visibleRepositories, WEB } from './world.ts';

/** The fields of `Query` that are answered here. Whatever else the schema has is refused loudly, never answered with null. */
export function queryRoot(world: World) {
  const { state, caller, cost } = world;
  const owner = ({ login }: { login: string }) => ownerView(world, state.owners[login]);
  return {
    viewer: () => ({ __typename: 'User', login: caller.grant.login, id: `U_${caller.grant.login}` }),
    repositoryOwner: owner,
    organization: ({ login }: { login: string }) => {
      if (state.owners[login]?.type !== 'Organization') {
        throw notFound(`Could not resolve to an Organization with the login of '${login}'.`);
      }
      return owner({ login });
    },
    repository: ({ owner: login, name }: { owner: string; name: string }) => {
      const found = visible(world, state.repositories[`${login}/${name}`]);
      if (!found) throw notFound(`Could not resolve to a Repository with the name '${login}/${name}'.`);
      return repositoryView(world, found);
    },
    node: ({ id }: { id: string }) => node(world, id),
    nodes: ({ ids }: { ids: string[] }) => ids.map((id) => node(world, id)),
    rateLimit: () => {
      const budget = budgetOf(world);
      return {
        cost: cost.points,
        nodeCount: cost.nodes,
        limit: budget.limit,
        used: budget.graphql,
        remaining: budget.limit - budget.graphql,
        resetAt: instant(budget.resetAt),
      };
    },
  };
}

function visible(world: World, repository: Repository | undefined): Repository | undefined {
  return repository && repositoryById(world, repository.id);
}

function node(world: World, id: string): unknown {
  const repository = repositoryById(world, id);
  if (repository === undefined) throw notFound(`Could not resolve to a node with the global id of '${id}'`);
  return repositoryView(world, repository);
}

interface RepositoryArguments extends PageArguments {
  readonly isArchived?: boolean | null;
  readonly isFork?: boolean | null;
  readonly orderBy?: { field: string; direction: 'ASC' | 'DESC' } | null;
}

function ownerView(world: World, owner: Owner | undefined): unknown {
  if (owner === undefined) return null;
  return {
    __typename: owner.type,
    id: `O_${owner.id}`,
    login: owner.login,
    url: `${WEB}/${owner.login}`,
    repositories: (args: RepositoryArguments) => {
      const found = visibleRepositories(world, owner).filter(
        (repository) =>
          (args.isArchived ?? repository.isArchived) === repository.isArchived &&
          (args.isFork ?? repository.isFork) === repository.isFork,
      );
      if (args.orderBy) found.sort(repositoryOrder(args.orderBy));
      return connection(found, { page: args, field: 'repositories' }, (repository) =>
        repositoryView(world, repository),
      );
    },
    repository: ({ name }: { name: string }) => {
      const found = visible(world, world.state.repositories[`${owner.login}/${name}`]);
      return found ? repositoryView(world, found) : null;
    },
  };
}

function repositoryOrder({ field, direction }: { field: string; direction: 'ASC' | 'DESC' }) {
  const key = (repository: Repository): number | string =>
    field === 'NAME' ? repository.name : field === 'PUSHED_AT' ? repository.pushedAt : repository.createdAt;
  const sign = direction === 'ASC' ? 1 : -1;
  return (a: Repository, b: Repository) => {
    const [left, right] = [key(a), key(b)];
    if (left !== right) return left < right ? -sign : sign;
    return sign * (a.databaseId - b.databaseId);
  };
}

function repositoryView(world: World, repository: Repository): unknown {
  const head = `refs/heads/${repository.defaultBranch}`;
  const isEmpty = Object.keys(repository.git.refs).length === 0;
  return {
    __typename: 'Repository',
    id: repository.id,
    databaseId: repository.databaseId,
    name: repository.name,
    nameWithOwner: fullName(repository),
    description: repository.description,
    url: `${WEB}/${fullName(repository)}`,
    createdAt: instant(repository.createdAt),
    pushedAt: isEmpty ? null : instant(repository.pushedAt),
    visibility: repository.visibility,
    isPrivate: repository.visibility !== 'PUBLIC',
    isArchived: repository.isArchived,
    isFork: repository.isFork,
    isTemplate: repository.isTemplate,
    isDisabled: repository.isDisabled,
    isLocked: repository.lockReason !== null,
    lockReason: repository.lockReason,
    isEmpty,
    viewerPermission: viewerPermission(world, repository),
    defaultBranchRef: () => refView(world, repository, head),
    object: ({ expression, oid }: { expression?: string; oid?: string }) => {
      const found = oid ?? resolveExpression(repository, expression ?? 'HEAD');
      return found === undefined ? null : objectView(repository, found);
    },
    ref: ({ qualifiedName }: { qualifiedName: string }) => {
      const name = qualifiedName.startsWith('refs/') ? qualifiedName : `refs/heads/${qualifiedName}`;
      return refView(world, repository, name);
    },
    refs: (args: RefArguments) =>
      connection(refNames(repository, args), { page: args, field: 'refs' }, (ref) =>
        refView(world, repository, ref),
      ),
    pullRequests: (args: PullRequestArguments) => pullRequests(world, repository.pullRequests, args),
    repositoryTopics: (args: PageArguments) =>
      connection(repository.topics, { page: args, field: 'repositoryTopics' }, (name) => ({
        topic: { name },
      })),
  };
}

interface RefArguments extends PageArguments {
  readonly refPrefix: string;
  readonly query?: string | null;
  readonly orderBy?: { field: string; direction: string } | null;
}

function refNames({ git }: Repository, { refPrefix, query, orderBy }: RefArguments): string[] {
  const names = Object.keys(git.refs)
    .filter((ref) => ref.startsWith(refPrefix) && ref.includes(query ?? ''))
    .sort();
  if (orderBy?.field === 'TAG_COMMIT_DATE') {
    const date = (ref: string) => commitOf(git, git.refs[ref] ?? '').committer.at;
    names.sort((a, b) => date(a) - date(b));
  }
  return orderBy?.direction === 'DESC' ? names.reverse() : names;
}

function viewerPermission(world: World, repository: Repository): string | null {
  const { caller, state } = world;
  if (caller.grant.kind !== 'user' && !state.settings.appsSeeViewerPermission) return null;
  return may(caller, { permission: 'contents', access: 'write' }, repository) ? 'WRITE' : 'READ';
}

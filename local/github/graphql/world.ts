import type { Caller } from '../access.ts';
import type { GitHubState, Owner, Repository } from '../state.ts';
import { canSee } from '../access.ts';
import type { Cost } from './cost.ts';

/** Everything a resolver may look at, for one request. */
export interface World {
  readonly state: GitHubState;
  readonly caller: Caller;
  readonly now: number;
  readonly cost: Cost;
  /** Called before each mutation field; throws when the request is cut there. */
  readonly beforeMutation: () => void;
}

export const WEB = 'https://github.com';

export function instant(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

export function visibleRepositories(world: World, owner: Owner): Repository[] {
  return Object.values(world.state.repositories).filter(
    (repository) => repository.owner === owner.login && canSee(world.caller, repository),
  );
}

export function repositoryById(world: World, id: string): Repository | undefined {
  const found = Object.values(world.state.repositories).find((repository) => repository.id === id);
  return found !== undefined && canSee(world.caller, found) ? found : undefined;
}

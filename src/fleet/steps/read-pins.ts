import type { GitHubClient } from '../../clients/github.ts';
import { planRepositories, type FleetOptions } from '../plan/fleet-plan.ts';
import type { ObservedRepository } from '../plan/observed.ts';
import { unpinnedId } from '../plan/pins.ts';
import type { Wanted } from '../plan/wanted.ts';
import { readTexts } from './observe-owner.ts';

interface Seen {
  readonly wanted: Wanted;
  readonly repositories: readonly ObservedRepository[];
  readonly asked: FleetOptions;
}

/**
 * The repositories with what their files are without pins. Only a file that looks edited is read: one request for a hundred
 * repositories that have one.
 */
export async function readPins(
  github: GitHubClient,
  { wanted, repositories, asked }: Seen,
): Promise<readonly ObservedRepository[]> {
  const looksEdited = planRepositories(wanted, repositories, asked).flatMap(({ repository, plan }) =>
    'changes' in plan && plan.changes.some(({ state }) => state === 'edited') ? [repository.id] : [],
  );
  if (looksEdited.length === 0) return repositories;
  const paths = wanted.files.map(({ path }) => path);
  const texts = await readTexts(github, looksEdited, paths);
  return repositories.map((repository) => {
    const there = texts.get(repository.id);
    if (there === undefined) return repository;
    const unpinned = wanted.files.flatMap(({ path, bytes }) => {
      const text = there.get(path);
      return text === undefined ? [] : [[path, unpinnedId(text, bytes)] as const];
    });
    return { ...repository, unpinned: new Map(unpinned) };
  });
}

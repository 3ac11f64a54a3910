import { join } from 'node:path';
import type { GitHubClient } from '../../clients/github.ts';
import type { AttachInputs } from '../../inputs/attach-inputs.ts';
import { plural } from '../../words.ts';
import { planRepositories, type PlannedRepository } from '../plan/fleet-plan.ts';
import type { ObservedRepository } from '../plan/observed.ts';
import type { RepositoryRow } from '../plan/rows.ts';
import { isSelected, namesOf, nothingSelected, type Selection } from '../plan/select.ts';
import { STANDARD_STRUCTURE } from '../plan/structure.ts';
import type { Wanted } from '../plan/wanted.ts';
import type { FleetTools } from '../tools.ts';
import { observeAgain, observeOwner } from './observe-owner.ts';
import { readPins } from './read-pins.ts';
import type { RepositoryQuery } from './repository-query.ts';
import { readWantedFiles } from './wanted-files.ts';
import { repositoriesWithProperty } from './with-property.ts';

/** The selected repositories as GitHub shows them now, and what they shall hold. */
export interface ObservedFleet {
  readonly wanted: Wanted;
  readonly query: RepositoryQuery;
  readonly viewer: string;
  readonly repositories: readonly ObservedRepository[];
  /** Rows for names that were given and that no repository has. */
  readonly absent: readonly RepositoryRow[];
  readonly notSelected: number;
  readonly unreadable: number;
}

/** What a repository that serves a model on Lambda has, unless `with-files` says otherwise. */
const MODEL_FILES = ['Dockerfile', 'lambda_function.py'];

/** Looks at the whole organization and keeps what is meant: one request per hundred repositories. */
export async function observeFleet(
  { github, log, home }: FleetTools,
  inputs: AttachInputs,
): Promise<ObservedFleet> {
  const wanted = await readWantedFiles(inputs.files ?? join(home, 'workflows'), inputs);
  const isStructure = inputs.mode === 'check-structure';
  const selection: Selection = {
    patterns: inputs.repositories ?? [],
    topic: inputs.topic,
    withProperty: await withPropertyOf(inputs, github),
    // Asking for the structure of a repository only when it is there already would find nothing missing.
    withFiles: inputs.withFiles ?? (isStructure ? [] : MODEL_FILES),
  };
  const structure = isStructure ? STANDARD_STRUCTURE.map(({ path }) => path) : [];
  const query: RepositoryQuery = {
    files: wanted.files.map(({ path }) => path),
    structure: [...new Set([...selection.withFiles, ...structure])],
    withTopics: inputs.topic !== undefined,
    branch: inputs.branch,
    wantedBranch: `${inputs.branch}/${wanted.digest}`,
  };
  const owner = await observeOwner(github, { owner: inputs.organization, query }, log.info);
  const selected = owner.repositories.filter((repository) => isSelected(selection, repository));
  if (selected.length === 0) throw nothingSelected(inputs, selection, owner.repositories.length);
  const repositories = isStructure
    ? selected
    : await readPins(github, { wanted, repositories: selected, asked: inputs });
  return {
    wanted,
    query,
    viewer: owner.viewer,
    repositories,
    absent: absentRows(inputs, owner.repositories),
    notSelected: owner.repositories.length - repositories.length,
    unreadable: owner.unreadable.length,
  };
}

export function fleetInWords({ repositories, notSelected }: ObservedFleet): string {
  return `${repositories.length} of ${plural(repositories.length + notSelected, 'repository', 'repositories')} selected`;
}

/** A name without `*` means one repository: where there is none, somebody mistyped it. */
function absentRows(
  { organization, repositories: patterns = [] }: AttachInputs,
  all: readonly ObservedRepository[],
): readonly RepositoryRow[] {
  const there = new Set(all.map(({ name }) => name.slice(name.indexOf('/') + 1).toLowerCase()));
  return namesOf(patterns)
    .filter((name) => !there.has(name.toLowerCase()))
    .map((name) => ({
      name: `${organization}/${name}`,
      url: '',
      outcome: 'failed',
      reason: 'no such repository, or the token may not see it',
      changes: [],
    }));
}

/** Looks at a few repositories again and plans them anew. */
export async function planAgain(
  { github }: FleetTools,
  { fleet, inputs }: { readonly fleet: ObservedFleet; readonly inputs: AttachInputs },
  ids: readonly string[],
): Promise<readonly PlannedRepository[]> {
  const found = await observeAgain(github, ids, fleet.query);
  const asked = { ...inputs, known: fleet.repositories };
  const { wanted } = fleet;
  const repositories = await readPins(github, { wanted, repositories: [...found.values()], asked });
  return planRepositories(wanted, repositories, asked);
}

async function withPropertyOf(
  { organization, property }: AttachInputs,
  github: GitHubClient,
): Promise<ReadonlySet<string> | undefined> {
  if (property === undefined) return undefined;
  const cut = property.indexOf('=');
  const [name, value] = [property.slice(0, cut), property.slice(cut + 1)];
  return repositoriesWithProperty(github, organization, { name, value });
}

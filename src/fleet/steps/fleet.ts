import { join } from 'node:path';
import type { GitHubClient } from '../../clients/github.ts';
import type { AttachInputs } from '../../inputs/attach-inputs.ts';
import type { ObservedRepository } from '../plan/observed.ts';
import type { Selection } from '../plan/select.ts';
import { isSelected } from '../plan/select.ts';
import type { Wanted } from '../plan/wanted.ts';
import { STANDARD_STRUCTURE } from '../plan/structure.ts';
import { observeOwner } from './observe.ts';
import type { Question } from './repository-query.ts';
import { readWantedFiles } from './wanted-files.ts';
import { repositoriesWithProperty } from './with-property.ts';

/** The selected repositories as GitHub shows them now, and what they shall hold. */
export interface Fleet {
  readonly wanted: Wanted;
  readonly question: Question;
  readonly viewer: string;
  readonly repositories: readonly ObservedRepository[];
  readonly notSelected: number;
  readonly unreadable: number;
}

/** What a repository that serves a model on Lambda has, unless `with-files` says otherwise. */
const MODEL_FILES = ['Dockerfile', 'lambda_function.py'];

/** Looks at the whole organization and keeps what is meant: one request per hundred repositories. */
export async function observeFleet(
  inputs: AttachInputs,
  { github, progress }: { readonly github: GitHubClient; readonly progress: (line: string) => void },
  home: string,
): Promise<Fleet> {
  const wanted = await readWantedFiles(inputs.files ?? join(home, 'workflows'), inputs);
  const withProperty = await withPropertyOf(inputs, github);
  const selection: Selection = {
    patterns: inputs.repositories ?? [],
    topic: inputs.topic,
    withProperty,
    // Asking for the structure of a repository only when it is there already would find nothing missing.
    withFiles: inputs.withFiles ?? (inputs.mode === 'check-structure' ? [] : MODEL_FILES),
  };
  const structure = inputs.mode === 'check-structure' ? STANDARD_STRUCTURE.map(({ path }) => path) : [];
  const question: Question = {
    files: wanted.files.map(({ path }) => path),
    structure: [...new Set([...selection.withFiles, ...structure])],
    withTopics: inputs.topic !== undefined,
    branch: inputs.branch,
    wantedBranch: `${inputs.branch}/${wanted.digest}`,
  };
  const observation = await observeOwner(github, { owner: inputs.organization, question }, progress);
  const repositories = observation.repositories.filter((repository) => isSelected(selection, repository));
  progress(`${repositories.length} of ${observation.repositories.length} repositories are selected`);
  return {
    wanted,
    question,
    viewer: observation.viewer,
    repositories,
    notSelected: observation.repositories.length - repositories.length,
    unreadable: observation.unreadable.length,
  };
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

/** What the report says of the fleet besides its rows. */
export function aboutFleet(
  { viewer, wanted, notSelected, unreadable }: Fleet,
  { organization, mode, dryRun }: AttachInputs,
) {
  const files = wanted.files.map(({ path }) => path);
  return { organization, mode, dryRun, viewer, files, digest: wanted.digest, notSelected, unreadable };
}

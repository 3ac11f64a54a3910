/** Pages of GitHub, or of a server of one's own. Undefined outside GitHub. */
import type { Commit, RunIdentity } from '../types.ts';

export function repositoryPage(run: RunIdentity | undefined): string | undefined {
  return /^(https?:\/\/[^/]+\/.+)\/actions\/runs\//.exec(run?.runUrl ?? '')?.[1];
}

export function commitPage(run: RunIdentity | undefined, commit: Commit | undefined): string | undefined {
  const repository = repositoryPage(run);
  return repository === undefined || commit === undefined ? undefined : `${repository}/commit/${commit}`;
}

/** What came between two commits; undefined where they are one, or one is not known. */
export function comparePage(
  run: RunIdentity | undefined,
  from: Commit | undefined,
  to: Commit | undefined,
): string | undefined {
  const repository = repositoryPage(run);
  if (repository === undefined || from === undefined || to === undefined || from === to) return undefined;
  return `${repository}/compare/${from}...${to}`;
}

/** @param docs the folder of this action's documentation. */
export function codePage(docs: string | undefined, code: string): string | undefined {
  // A defect is in no table.
  return docs === undefined || code === 'defect' ? undefined : `${docs}/troubleshooting.md#${code}`;
}

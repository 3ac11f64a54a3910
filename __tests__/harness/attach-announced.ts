/** What attach wrote against what it announced: one write for each step, in the order of the list. */
import type { GitHubState } from '../../local/github/state.ts';
import { fullName } from '../../local/github/state.ts';
import type { AttachResult } from '../../src/fleet/result.ts';

/** A document of mutations as it was sent. */
export interface SentWrite {
  /** `OWNER/NAME` of what it changes. */
  readonly repository: string;
  /** What the log said before it was sent. */
  readonly announced: readonly string[];
}

interface Mutations {
  readonly query: string;
  readonly variables: {
    readonly ref?: { readonly repositoryId: string };
    readonly commit?: { readonly branch: { readonly repositoryNameWithOwner: string } };
    readonly pull?: { readonly repositoryId: string };
  };
}

/** A `fetch` that tells of each document of mutations; one that a limit refused did not happen, and is sent again. */
export function watchingWrites(
  network: typeof fetch,
  { repositories }: GitHubState,
  sent: (write: SentWrite) => void,
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { query, variables } = JSON.parse((await request.clone().text()) || '{}') as Partial<Mutations>;
    if (query?.startsWith('mutation') !== true || variables === undefined) return network(request);
    const id = variables.ref?.repositoryId ?? variables.pull?.repositoryId;
    const found = Object.values(repositories).find((one) => one.id === id);
    const repository = found
      ? fullName(found)
      : (variables.commit?.branch.repositoryNameWithOwner ?? 'an unknown repository');
    const told = { repository, announced: [] };
    try {
      const response = await network(request);
      const isLimit =
        /^(403|429)$/.test(String(response.status)) && /rate limit/.test(await response.clone().text());
      if (!isLimit) sent(told);
      return response;
    } catch (error) {
      sent(told);
      throw error;
    }
  };
}

const STEP = /^\d+\. (open|update) (?:a )?pull request (?:#\d+ )?in (\S+)/;
const AGAIN = /^\d+\. look at those of this wave again.*, only if/;

/** @throws Error naming the first write that no step announced, or the first step that was passed over. */
export function expectAnnounced(
  writes: readonly SentWrite[],
  { rows, plan }: Pick<AttachResult, 'rows' | 'plan'>,
): void {
  const [first] = writes;
  const list = (first?.announced ?? []).filter((line) => STEP.test(line) || AGAIN.test(line));
  const wave = new Set<string>();
  let at = 0;
  for (const { repository } of writes) {
    const again = list.findIndex((line, index) => index >= at && AGAIN.test(line));
    if (nameIn(list[at]) === repository) {
      wave.add(repository);
      at += 1;
    } else if (again === at && wave.has(repository)) wave.delete(repository);
    else {
      // The next wave begins: its first step follows the one that looks again.
      if (again !== at || nameIn(list[at + 1]) !== repository) throw notAnnounced(repository, list[at]);
      wave.clear();
      wave.add(repository);
      at += 2;
    }
  }
  const left = list.slice(at).find((line) => STEP.test(line));
  const isCut = rows.some(({ outcome }) => outcome === 'remaining');
  if (left !== undefined && !isCut) throw new Error(`announced and not carried out: ${left}`);
  if (first !== undefined && list.length !== plan.length)
    throw new Error(`${plan.length} steps, of which ${list.length} were printed before the first write`);
}

function nameIn(line = ''): string | undefined {
  return STEP.exec(line)?.[2];
}

function notAnnounced(repository: string, next: string | undefined): Error {
  return new Error(`a write to ${repository} was not announced; the next step was: ${next ?? 'none'}`);
}

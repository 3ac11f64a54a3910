import type { GraphQLFault } from '../../clients/github-failure.ts';
import type { GitHubClient } from '../../clients/github.ts';
import type { Write } from '../plan/plan.ts';
import { TRAILER } from '../plan/plan.ts';

/** What the pull request and its commit say. */
export interface Wording {
  readonly title: string;
  readonly body: string;
  /** The digest of the wanted content, kept in the commit's message. */
  readonly digest: string;
}

export type WriteResult =
  | { readonly outcome: 'written'; readonly pull?: { readonly number: number; readonly url: string } }
  /** GitHub said no, in its own words. */
  | { readonly outcome: 'refused'; readonly faults: readonly GraphQLFault[] }
  /** The answer was lost: only looking again tells. */
  | { readonly outcome: 'unknown'; readonly reason: string };

interface Answer {
  readonly pull?: { readonly pullRequest: { readonly number: number; readonly url: string } | null } | null;
}

/**
 * Sends one document with what this repository lacks of {createRef, createCommitOnBranch, createPullRequest}. The commit is
 * GitHub's own, so it is signed. It names the commit it expects below it: a repository that moved since is refused, not
 * overwritten.
 */
export async function openPullRequest(
  github: GitHubClient,
  write: Write,
  wording: Wording,
): Promise<WriteResult> {
  const { document, variables, mutations } = documentFor(write, wording);
  const result = await github.mutate<Answer>(document, variables, mutations);
  if (result.outcome === 'unknown') return result;
  if (result.outcome === 'refused') return { outcome: 'refused', faults: result.faults };
  const pull = result.data.pull?.pullRequest;
  return pull ? { outcome: 'written', pull } : { outcome: 'written' };
}

function documentFor(write: Write, wording: Wording) {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const fields: string[] = [];
  if (write.createAt !== undefined) {
    declared.push('$ref: CreateRefInput!');
    fields.push('ref: createRef(input: $ref) { clientMutationId }');
    variables['ref'] = {
      repositoryId: write.repositoryId,
      name: `refs/heads/${write.branch}`,
      oid: write.createAt,
    };
  }
  if (write.commit !== undefined) {
    declared.push('$commit: CreateCommitOnBranchInput!');
    fields.push('commit: createCommitOnBranch(input: $commit) { clientMutationId }');
    variables['commit'] = {
      branch: { repositoryNameWithOwner: write.repository, branchName: write.branch },
      expectedHeadOid: write.commit.onto,
      message: { headline: wording.title, body: `${TRAILER}: ${wording.digest}` },
      fileChanges: {
        additions: write.commit.files.map(({ path, bytes }) => ({
          path,
          contents: Buffer.from(bytes).toString('base64'),
        })),
      },
    };
  }
  if (write.pullInto !== undefined) {
    declared.push('$pull: CreatePullRequestInput!');
    fields.push('pull: createPullRequest(input: $pull) { pullRequest { number url } }');
    variables['pull'] = {
      repositoryId: write.repositoryId,
      baseRefName: write.pullInto,
      headRefName: write.branch,
      title: wording.title,
      body: wording.body,
    };
  }
  const document = `mutation (${declared.join(', ')}) { ${fields.join(' ')} }`;
  return { document, variables, mutations: fields.length };
}

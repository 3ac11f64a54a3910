import type { GraphQLFault } from '../../clients/github-failure.ts';
import type { GitHubClient } from '../../clients/github.ts';
import type { Proposal } from '../plan/plan.ts';
import type { ProposalText } from '../plan/pull-request-text.ts';
import { TRAILER } from '../plan/plan.ts';

export type Proposed =
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
  proposal: Proposal,
  text: ProposalText,
): Promise<Proposed> {
  const { document, variables, mutations } = documentFor(proposal, text);
  const result = await github.mutate<Answer>(document, variables, mutations);
  if (result.outcome === 'unknown') return result;
  if (result.outcome === 'refused') return { outcome: 'refused', faults: result.faults };
  const pull = result.data.pull?.pullRequest;
  return pull ? { outcome: 'written', pull } : { outcome: 'written' };
}

function documentFor(proposal: Proposal, text: ProposalText) {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const fields: string[] = [];
  if (proposal.createAt !== undefined) {
    declared.push('$ref: CreateRefInput!');
    fields.push('ref: createRef(input: $ref) { clientMutationId }');
    variables['ref'] = {
      repositoryId: proposal.repositoryId,
      name: `refs/heads/${proposal.branch}`,
      oid: proposal.createAt,
    };
  }
  if (proposal.commit !== undefined) {
    declared.push('$commit: CreateCommitOnBranchInput!');
    fields.push('commit: createCommitOnBranch(input: $commit) { clientMutationId }');
    variables['commit'] = {
      branch: { repositoryNameWithOwner: proposal.repository, branchName: proposal.branch },
      expectedHeadOid: proposal.commit.onto,
      message: { headline: text.title, body: `${TRAILER}: ${text.digest}` },
      fileChanges: {
        additions: proposal.commit.files.map(({ path, bytes }) => ({
          path,
          contents: Buffer.from(bytes).toString('base64'),
        })),
      },
    };
  }
  if (proposal.pullInto !== undefined) {
    declared.push('$pull: CreatePullRequestInput!');
    fields.push('pull: createPullRequest(input: $pull) { pullRequest { number url } }');
    variables['pull'] = {
      repositoryId: proposal.repositoryId,
      baseRefName: proposal.pullInto,
      headRefName: proposal.branch,
      title: text.title,
      body: text.body,
    };
  }
  const document = `mutation (${declared.join(', ')}) { ${fields.join(' ')} }`;
  return { document, variables, mutations: fields.length };
}

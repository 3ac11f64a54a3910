/** Comments on a pull request, and the way from a commit to its pull request. */
import { describe, expect, test } from '@jest/globals';
import { createLocalGitHub } from '../../local/github/github.ts';
import {
  mergePullRequest,
  pushFiles,
  seedOwner,
  seedPullRequest,
  seedRepository,
  seedToken,
} from '../../local/github/seeds.ts';
import { octokitFor } from './octokit.ts';

const at = { owner: 'acme', repo: 'iris' };

describe('comments on a pull request', () => {
  const create = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const update = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';

  function asked(permission: 'read' | 'write') {
    const github = createLocalGitHub();
    seedOwner(github.state, 'acme');
    const repository = seedRepository(github.state, ['acme', 'iris'], { files: { a: '0' } });
    pushFiles(repository, 'change', { files: { a: '1' } });
    const pull = seedPullRequest(github.state, repository, { headRefName: 'change' });
    const permissions = { contents: 'read', pull_requests: permission } as const;
    seedToken(github.state, 'job', { kind: 'actions', login: 'github-actions[bot]', permissions });
    return { pull, octokit: octokitFor(github, 'job'), repository };
  }

  test('are created and updated with pull-requests: write, and have the job as their author', async () => {
    const { pull, octokit } = asked('write');
    const { data } = await octokit.request(create, { ...at, issue_number: pull.number, body: 'one' });
    await octokit.request(update, { ...at, comment_id: data.id, body: 'two' });
    expect(data.user).toMatchObject({ login: 'github-actions[bot]', type: 'Bot' });
    expect(pull.comments).toMatchObject([{ body: 'two', author: 'github-actions[bot]' }]);
  });

  test("a fork's token reads them and writes none: 403", async () => {
    const { pull, octokit } = asked('read');
    const list = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
    expect((await octokit.request(list, { ...at, issue_number: pull.number })).data).toEqual([]);
    const write = octokit.request(create, { ...at, issue_number: pull.number, body: 'one' });
    await expect(write).rejects.toMatchObject({ status: 403 });
  });

  test('a locked conversation is 403, an unknown one 404, a text over 65,536 characters 422', async () => {
    const { pull, octokit } = asked('write');
    const send = (issue_number: number, body: string) =>
      octokit.request(create, { ...at, issue_number, body });
    await send(pull.number, 'x'.repeat(65_536));
    await expect(send(pull.number, 'x'.repeat(65_537))).rejects.toMatchObject({ status: 422 });
    await expect(send(99, 'x')).rejects.toMatchObject({ status: 404 });
    pull.isLocked = true;
    await expect(send(pull.number, 'x')).rejects.toMatchObject({ status: 403 });
  });

  test('the commit of a merge leads to its pull request, and another commit of the branch to none', async () => {
    const { pull, octokit, repository } = asked('write');
    const before = repository.git.refs['refs/heads/main'] ?? '';
    mergePullRequest(repository, pull);
    const list = async (commit_sha: string) => {
      const route = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls';
      const { data } = await octokit.request(route, { ...at, commit_sha });
      return data.map(({ number, merge_commit_sha }) => [number, merge_commit_sha]);
    };
    const merge = repository.git.refs['refs/heads/main'] ?? '';
    expect(await list(merge)).toEqual([[pull.number, merge]]);
    expect(await list(before)).toEqual([]);
  });
});

import { expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { textAt } from '../../local/github/git-objects.ts';
import type { LocalGitHub } from '../../local/github/github.ts';
import { createLocalGitHub } from '../../local/github/github.ts';
import { pushFiles, seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import type { BranchRule, Grant, Repository } from '../../local/github/state.ts';
import { octokitFor } from './octokit.ts';

const PATH = '.github/workflows/ci_cd.yml';
const ATTACH = `mutation ($ref: CreateRefInput!, $commit: CreateCommitOnBranchInput!, $pull: CreatePullRequestInput!) {
  createRef(input: $ref) { ref { name } }
  createCommitOnBranch(input: $commit) { commit { oid signature { isValid wasSignedByGitHub } } }
  createPullRequest(input: $pull) { pullRequest { number url } }
}`;

function oneRepository(grant: Partial<Grant> = {}): { github: LocalGitHub; repository: Repository } {
  const github = createLocalGitHub();
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'app-token', grant);
  const repository = seedRepository(github.state, ['acme', 'iris'], {
    files: { Dockerfile: 'FROM scratch\n' },
  });
  return { github, repository };
}

function attachVariables(repository: Repository, path = PATH) {
  const branch = 'model-release/attach';
  const oid = repository.git.refs['refs/heads/main'];
  const repositoryId = repository.id;
  return {
    ref: { repositoryId, name: `refs/heads/${branch}`, oid },
    commit: {
      branch: { repositoryNameWithOwner: 'acme/iris', branchName: branch },
      expectedHeadOid: oid,
      message: { headline: 'Attach' },
      fileChanges: { additions: [{ path, contents: Buffer.from('name: ci\n').toString('base64') }] },
    },
    pull: { repositoryId, baseRefName: 'main', headRefName: branch, title: 'Attach', body: '' },
  };
}

interface Errors {
  readonly errors: readonly { type: string; message: string; path: string[] }[];
}

async function errorsOf(call: Promise<unknown>): Promise<Errors['errors']> {
  try {
    await call;
  } catch (error) {
    return (error as Errors).errors;
  }
  return [];
}

test('a file is found by its path on HEAD under the blob id that git computes', async () => {
  const { github } = oneRepository();
  const bytes = 'FROM scratch\n';
  const id = createHash('sha1').update(`blob ${bytes.length}\0${bytes}`).digest('hex');
  const answer = await octokitFor(github).graphql<object>(
    `{ repository(owner: "acme", name: "iris") { a: object(expression: "HEAD:Dockerfile") { oid } b: object(expression: "HEAD:nothing") { oid } } }`,
  );
  expect(answer).toEqual({ repository: { a: { oid: id }, b: null } });
});

test('one document creates branch, signed commit and pull request', async () => {
  const { github, repository } = oneRepository();
  const answer = await octokitFor(github).graphql<Record<string, object>>(
    ATTACH,
    attachVariables(repository),
  );
  expect(answer).toMatchObject({
    createCommitOnBranch: { commit: { signature: { isValid: true, wasSignedByGitHub: true } } },
    createPullRequest: { pullRequest: { number: 1, url: 'https://github.com/acme/iris/pull/1' } },
  });
  const tip = repository.git.refs['refs/heads/model-release/attach'] ?? '';
  expect(textAt(repository.git, tip, PATH)).toBe('name: ci\n');
  expect(textAt(repository.git, tip, 'Dockerfile')).toBe('FROM scratch\n');
});

test('the mutations of a document stand alone: sent twice, each is refused in its own words and nothing doubles', async () => {
  const { github, repository } = oneRepository();
  const variables = attachVariables(repository);
  await octokitFor(github).graphql(ATTACH, variables);
  const errors = await errorsOf(octokitFor(github).graphql(ATTACH, variables));
  expect(errors.map(({ type, path }) => [type, path[0]])).toEqual([
    ['UNPROCESSABLE', 'createRef'],
    ['STALE_DATA', 'createCommitOnBranch'],
    ['UNPROCESSABLE', 'createPullRequest'],
  ]);
  expect(repository.pullRequests).toHaveLength(1);
});

test.each([
  ['an app without workflows: write', { kind: 'app' }, /without `workflows` permission/],
  [
    'GITHUB_TOKEN, whatever it was given',
    { kind: 'actions', login: 'github-actions[bot]' },
    /`workflows` permission/,
  ],
  ['a personal token without the workflow scope', { kind: 'user', login: 'ada' }, /without `workflow` scope/],
] as const)('%s is refused workflow files and may write others', async (_, who, words) => {
  const workflows = who.kind === 'actions' ? { workflows: 'write' as const } : {};
  const permissions = { contents: 'write', pull_requests: 'write', ...workflows } as const;
  const { github, repository } = oneRepository({ ...who, permissions });
  const errors = await errorsOf(octokitFor(github).graphql(ATTACH, attachVariables(repository)));
  expect(errors[0]).toMatchObject({ type: 'FORBIDDEN', path: ['createCommitOnBranch'] });
  expect(errors[0]?.message).toMatch(words);
  const again = oneRepository({ ...who, permissions });
  await octokitFor(again.github).graphql(ATTACH, attachVariables(again.repository, 'README.md'));
  expect(again.repository.pullRequests).toHaveLength(1);
});

test('rulesets hold: restricted creation of branches, restricted paths, pull requests only', async () => {
  const cases: [BranchRule, string][] = [
    [{ pattern: 'model-release/**', restrictCreation: true }, 'creations being restricted'],
    [{ pattern: '-', restrictedPaths: ['.github/**'] }, 'File path is restricted'],
    [{ pattern: 'model-release/**', requirePullRequest: true }, 'through a pull request'],
  ];
  for (const [rule, words] of cases) {
    const { github, repository } = oneRepository();
    repository.rules.push(rule);
    const errors = await errorsOf(octokitFor(github).graphql(ATTACH, attachVariables(repository)));
    expect(errors[0]?.message).toContain(words);
  }
});

test('archived repositories and repositories outside the installation are read-only; private ones do not exist', async () => {
  const { github, repository } = oneRepository();
  repository.isArchived = true;
  expect(
    (await errorsOf(octokitFor(github).graphql(ATTACH, attachVariables(repository))))[0]?.message,
  ).toMatch(/archived/);
  const other = oneRepository({ repositories: [] });
  expect(
    (await errorsOf(octokitFor(other.github).graphql(ATTACH, attachVariables(other.repository))))[0]?.type,
  ).toBe('NOT_FOUND');
  other.repository.visibility = 'PUBLIC';
  expect(
    (await errorsOf(octokitFor(other.github).graphql(ATTACH, attachVariables(other.repository))))[0]?.message,
  ).toBe('Resource not accessible by integration');
});

test('pages: a connection needs a bound of at most 100, and cursors lead through all of it once', async () => {
  const { github } = oneRepository();
  for (let n = 0; n < 249; n += 1) seedRepository(github.state, ['acme', `m${n}`]);
  const query = `query ($after: String, $first: Int!) { repositoryOwner(login: "acme") { repositories(first: $first, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) { totalCount pageInfo { endCursor hasNextPage } nodes { name } } } rateLimit { cost nodeCount } }`;
  type Page = {
    repositoryOwner: {
      repositories: { nodes: { name: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
    };
  };
  const names: string[] = [];
  let after: string | null = null;
  for (let more = true; more;) {
    const page: Page = await octokitFor(github).graphql<Page>(query, { first: 100, after });
    const { nodes, pageInfo } = page.repositoryOwner.repositories;
    names.push(...nodes.map(({ name }) => name));
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  expect(new Set(names).size).toBe(250);
  expect(names).toHaveLength(250);
  expect(github.calls).toHaveLength(3);
  expect((await errorsOf(octokitFor(github).graphql(query, { first: 101 })))[0]?.type).toBe(
    'EXCESSIVE_PAGINATION',
  );
  const unbounded = `{ repositoryOwner(login: "acme") { repositories { totalCount } } }`;
  expect((await errorsOf(octokitFor(github).graphql(unbounded)))[0]?.type).toBe(
    'MISSING_PAGINATION_BOUNDARIES',
  );
});

test("a document is checked against GitHub's own schema, and a field the local GitHub lacks is refused, never null", async () => {
  const { github } = oneRepository();
  const wrong = await errorsOf(
    octokitFor(github).graphql('{ repository(owner: "acme", name: "iris") { nonsense } }'),
  );
  expect(wrong[0]?.message).toContain('Cannot query field "nonsense"');
  const lacking = await errorsOf(
    octokitFor(github).graphql('{ repository(owner: "acme", name: "iris") { forkCount } }'),
  );
  expect(lacking[0]?.message).toContain('does not know Repository.forkCount');
});

test('cost is a point per hundred connection requests, and half a million nodes are the end', async () => {
  const { github } = oneRepository();
  const deep = (n: number) =>
    `{ repositoryOwner(login: "acme") { repositories(first: 100) { nodes { refs(refPrefix: "refs/heads/", first: ${n}) { nodes { associatedPullRequests(first: 100) { totalCount } } } } } } rateLimit { cost nodeCount } }`;
  // 1 + 100 + 100 × 5 requests; 100 + 500 + 50,000 nodes.
  expect(await octokitFor(github).graphql(deep(5))).toMatchObject({
    rateLimit: { cost: 6, nodeCount: 50_600 },
  });
  expect((await errorsOf(octokitFor(github).graphql(deep(100))))[0]?.type).toBe('MAX_NODE_LIMIT_EXCEEDED');
});

test('a pull request needs commits of its own', async () => {
  const { github, repository } = oneRepository();
  pushFiles(repository, 'topic', { files: { a: 'a' } });
  const { pull } = attachVariables(repository);
  const document = `mutation ($pull: CreatePullRequestInput!) { createPullRequest(input: $pull) { pullRequest { number } } }`;
  repository.git.refs['refs/heads/model-release/attach'] = repository.git.refs['refs/heads/main'] ?? '';
  expect((await errorsOf(octokitFor(github).graphql(document, { pull })))[0]?.message).toMatch(
    /^No commits between/,
  );
  await octokitFor(github).graphql(document, { pull: { ...pull, headRefName: 'topic' } });
  expect(repository.pullRequests).toHaveLength(1);
});

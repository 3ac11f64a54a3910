/** What GitHub's REST API does, beside the form of its answers. */
import { expect, test } from '@jest/globals';
import { commitOf } from '../../local/github/git-objects.ts';
import { pushFiles, seedRepository, seedToken } from '../../local/github/seeds.ts';
import { octokitFor } from './octokit.ts';
import { BUNDLE, DIGEST, at, inProd, world } from './rest-world.ts';

test('a success retires the deployments before it in the same environment', async () => {
  const { octokit, repository } = world();
  for (const environment of ['prod', 'test', 'prod']) {
    const { data } = await octokit.request('POST /repos/{owner}/{repo}/deployments', {
      ...at,
      ref: 'main',
      environment,
    });
    const deployment_id = (data as { id: number }).id;
    await octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      ...at,
      deployment_id,
      state: 'success',
    });
  }
  expect(repository.deployments.map(({ statuses }) => statuses.at(-1)?.state)).toEqual([
    'inactive',
    'success',
    'success',
  ]);
});

test('what one may not see is 404, what one may not do is 403', async () => {
  const { octokit, github } = world();
  seedRepository(github.state, ['acme', 'other'], { files: { a: 'a' } });
  const grant = github.state.tokens['app-token'];
  if (grant) Object.assign(grant, { repositories: ['acme/iris'], permissions: { contents: 'read' } });
  const hidden = octokit.request('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'other' });
  await expect(hidden).rejects.toMatchObject({ status: 404 });
  const write = octokit.request('POST /repos/{owner}/{repo}/deployments', { ...at, ref: 'main' });
  await expect(write).rejects.toMatchObject({ status: 403 });
});

test('lists come in pages with a link to the next', async () => {
  const { octokit, github } = world();
  for (let n = 0; n < 149; n += 1)
    seedRepository(github.state, ['acme', `m${n}`], { properties: { tier: 'a' } });
  const list = (page: number, repository_query?: string) =>
    octokit.request('GET /orgs/{org}/properties/values', {
      org: 'acme',
      per_page: 100,
      page,
      ...(repository_query ? { repository_query } : {}),
    });
  const first = await list(1);
  expect(first.data).toHaveLength(100);
  expect(first.headers.link).toContain('rel="next"');
  const second = await list(2);
  expect(second.data).toHaveLength(50);
  expect(second.headers.link).not.toContain('rel="next"');
  expect((await list(1, 'props.model-release:yes')).data).toMatchObject([{ repository_name: 'iris' }]);
});

test('a comparison of two commits says which one comes after the other', async () => {
  const { github, octokit, repository } = world();
  const first = repository.git.refs['refs/heads/main'] ?? '';
  const second = pushFiles(repository, 'main', { files: { a: '1' } });
  const third = pushFiles(repository, 'main', { files: { a: '2' } });
  repository.git.refs['refs/heads/side'] = first;
  const side = pushFiles(repository, 'side', { files: { b: '1' } });
  const compare = async (basehead: string, page = {}) => {
    const route = 'GET /repos/{owner}/{repo}/compare/{basehead}';
    const { data } = await octokit.request(route, { ...at, basehead, ...page });
    const { status, ahead_by, behind_by, merge_base_commit, commits } = data;
    return [status, ahead_by, behind_by, merge_base_commit.sha, commits.map(({ sha }) => sha)];
  };
  expect(await compare(`${first}...${third}`)).toEqual(['ahead', 2, 0, first, [second, third]]);
  expect(await compare(`${first}...${third}`, { per_page: 1 })).toEqual(['ahead', 2, 0, first, [second]]);
  expect(await compare(`${first}...${third}`, { per_page: 1, page: 2 })).toEqual([
    'ahead',
    2,
    0,
    first,
    [third],
  ]);
  expect(await compare(`${third}...${first}`)).toEqual(['behind', 0, 2, first, []]);
  expect(await compare(`${third}...${side}`)).toEqual(['diverged', 1, 2, first, [side]]);
  expect(await compare(`main...${third}`)).toEqual(['identical', 0, 0, third, []]);

  const elsewhere = seedRepository(github.state, ['acme', 'other'], { files: { c: '1' } });
  const foreign = elsewhere.git.refs['refs/heads/main'] ?? '';
  const tree = commitOf(repository.git, first).tree;
  for (const bad of [
    `${first}...${foreign}`,
    `${first}...${tree}`,
    first,
    `${first}...`,
    `${first}..${third}`,
  ])
    await expect(compare(bad)).rejects.toMatchObject({ status: 404 });
  seedToken(github.state, 'no-contents', { permissions: { deployments: 'write' } });
  const blind = octokitFor(github, 'no-contents');
  await expect(
    blind.request('GET /repos/{owner}/{repo}/compare/{basehead}', { ...at, basehead: `${first}...${third}` }),
  ).rejects.toMatchObject({ status: 403 });
});

test('a PUT of an environment replaces its settings, and wants one of two kinds of branch policies', async () => {
  const { octokit, repository } = world();
  const put = (settings: object) =>
    octokit.request('PUT /repos/{owner}/{repo}/environments/{environment_name}', { ...inProd, ...settings });
  await put({ wait_timer: 5, reviewers: [{ type: 'User', id: 7 }] });
  await put({});
  expect(repository.environments[0]).toMatchObject({ waitTimer: 0, reviewers: [], branchPolicy: null });
  for (const both of [true, false]) {
    const deployment_branch_policy = { protected_branches: both, custom_branch_policies: both };
    await expect(put({ deployment_branch_policy })).rejects.toMatchObject({ status: 422 });
  }
});

test('a branch policy that is there is answered 303, a variable 409, and one that is not there 404', async () => {
  const { octokit } = world();
  const path = '/repos/{owner}/{repo}/environments/{environment_name}';
  const variable = { ...inProd, name: 'A', value: '1' };
  await octokit.request(`PUT ${path}`, {
    ...inProd,
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  await expect(octokit.request(`PATCH ${path}/variables/{name}`, variable)).rejects.toMatchObject({
    status: 404,
  });
  await octokit.request(`POST ${path}/variables`, variable);
  await expect(octokit.request(`POST ${path}/variables`, variable)).rejects.toMatchObject({ status: 409 });
  const policy = { ...inProd, name: 'main' };
  await octokit.request(`POST ${path}/deployment-branch-policies`, policy);
  // Without a Location nothing is followed.
  expect((await octokit.request(`POST ${path}/deployment-branch-policies`, policy)).status).toBe(303);
});

test('an attestation is found by its digest and its type, and nothing found is 404', async () => {
  const { octokit, repository } = world();
  await octokit.request('POST /repos/{owner}/{repo}/attestations', { ...at, bundle: BUNDLE });
  const list = async (digest: string, type?: string) => {
    const asked = { ...at, subject_digest: digest, ...(type === undefined ? {} : { predicate_type: type }) };
    const { status, data } = await octokit
      .request('GET /repos/{owner}/{repo}/attestations/{subject_digest}', asked)
      .catch((error: { status: number }) => ({ status: error.status, data: { attestations: [] } }));
    return [status, data.attestations?.length];
  };
  expect(await list(DIGEST)).toEqual([200, 1]);
  expect(await list(DIGEST, 'provenance')).toEqual([200, 1]);
  expect(await list(DIGEST, 'https://slsa.dev/provenance/v1')).toEqual([200, 1]);
  expect(await list(DIGEST, 'sbom')).toEqual([404, 0]);
  expect(await list(`sha256:${'b'.repeat(64)}`)).toEqual([404, 0]);
  expect(repository.attestations).toHaveLength(1);
});

test('an attestation needs a statement, and a token that may write one', async () => {
  const { octokit, github } = world();
  const create = (by: typeof octokit, bundle: object) =>
    by
      .request('POST /repos/{owner}/{repo}/attestations', { ...at, bundle })
      .catch((error: { status: number }) => error);
  expect(await create(octokit, {})).toMatchObject({ status: 422 });
  seedToken(github.state, 'reader', { permissions: { contents: 'read', attestations: 'read' } });
  expect(await create(octokitFor(github, 'reader'), BUNDLE)).toMatchObject({ status: 403 });
});

test('a newer version of the API leaves bundles out and says where they lie', async () => {
  const { octokit, github } = world();
  github.state.settings.inlineBundles = false;
  await octokit.request('POST /repos/{owner}/{repo}/attestations', { ...at, bundle: BUNDLE });
  const asked = { ...at, subject_digest: DIGEST };
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/attestations/{subject_digest}', asked);
  expect(data.attestations?.[0]?.bundle).toBeUndefined();
  expect(data.attestations?.[0]?.bundle_url).toContain('.json.sn?');
});

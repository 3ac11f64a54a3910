import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { restRoutes } from '../../local/github/rest/router.ts';
import { pushFiles, seedPullRequest } from '../../local/github/seeds.ts';
import { BUNDLE, DIGEST, at, inProd, world } from './rest-world.ts';

const fixture = JSON.parse(readFileSync(new URL('openapi/schemas.json', import.meta.url), 'utf8')) as {
  operations: Record<string, { status: number; schema: object }>;
  components: object;
};

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ $id: 'github', components: fixture.components });

/** What is wrong with an answer in the eyes of GitHub's OpenAPI description. */
function complaints(operation: string, body: unknown): string {
  const schema = JSON.parse(
    JSON.stringify(fixture.operations[operation]?.schema).replaceAll('"#/', '"github#/'),
  ) as object;
  const validate = ajv.compile(schema);
  return validate(body) ? '' : ajv.errorsText(validate.errors);
}

test("every REST answer fits GitHub's OpenAPI description", async () => {
  const { github, octokit, repository } = world();
  const sha = repository.git.refs['refs/heads/main'] ?? '';
  // In an order in which each finds what it needs: the deployment and the issue are the first of their kinds.
  const deployment_id = 4;
  const requests: Record<string, () => Promise<{ status: number; data: unknown }>> = {
    'repos/create-attestation': () =>
      octokit.request('POST /repos/{owner}/{repo}/attestations', { ...at, bundle: BUNDLE }),
    'repos/list-attestations': () =>
      octokit.request('GET /repos/{owner}/{repo}/attestations/{subject_digest}', {
        ...at,
        subject_digest: DIGEST,
      }),
    'repos/create-deployment': () =>
      octokit.request('POST /repos/{owner}/{repo}/deployments', {
        ...at,
        ref: sha,
        environment: 'prod',
        auto_merge: false,
        required_contexts: [],
        payload: { version: '7' },
      }),
    'repos/create-deployment-status': () =>
      octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
        ...at,
        deployment_id,
        state: 'success',
        environment_url: 'https://example.com',
      }),
    'repos/list-deployments': () => octokit.request('GET /repos/{owner}/{repo}/deployments', at),
    'repos/list-deployment-statuses': () =>
      octokit.request('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
        ...at,
        deployment_id,
      }),
    'repos/get-all-environments': () => octokit.request('GET /repos/{owner}/{repo}/environments', at),
    'repos/create-or-update-environment': () =>
      octokit.request('PUT /repos/{owner}/{repo}/environments/{environment_name}', {
        ...inProd,
        wait_timer: 5,
        deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
      }),
    'repos/get-environment': () =>
      octokit.request('GET /repos/{owner}/{repo}/environments/{environment_name}', inProd),
    'repos/create-deployment-branch-policy': () =>
      octokit.request(
        'POST /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies',
        { ...inProd, name: 'main' },
      ),
    'repos/list-deployment-branch-policies': () =>
      octokit.request(
        'GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies',
        inProd,
      ),
    'actions/create-environment-variable': () =>
      octokit.request('POST /repos/{owner}/{repo}/environments/{environment_name}/variables', {
        ...inProd,
        name: 'A',
        value: '1',
      }),
    'actions/update-environment-variable': () =>
      octokit.request('PATCH /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}', {
        ...inProd,
        name: 'A',
        value: '2',
      }),
    'actions/get-environment-variable': () =>
      octokit.request('GET /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}', {
        ...inProd,
        name: 'A',
      }),
    'actions/get-custom-oidc-sub-claim-for-repo': () =>
      octokit.request('GET /repos/{owner}/{repo}/actions/oidc/customization/sub', at),
    'issues/create': () =>
      octokit.request('POST /repos/{owner}/{repo}/issues', { ...at, title: 'Drift', labels: ['drift'] }),
    'issues/create-comment': () =>
      octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...at,
        issue_number: 1,
        body: 'still',
      }),
    'issues/list-comments': () =>
      octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...at, issue_number: 1 }),
    'issues/update-comment': async () => {
      const comment_id = repository.issues[0]?.comments[0]?.id ?? 0;
      const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
      return octokit.request(route, { ...at, comment_id, body: 'still' });
    },
    'repos/list-pull-requests-associated-with-commit': () => {
      const commit_sha = pushFiles(repository, 'change', { files: { a: '1' } });
      seedPullRequest(github.state, repository, { headRefName: 'change' });
      return octokit.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', { ...at, commit_sha });
    },
    'issues/update': () =>
      octokit.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
        ...at,
        issue_number: 1,
        body: 'x',
      }),
    'issues/list-for-repo': () =>
      octokit.request('GET /repos/{owner}/{repo}/issues', { ...at, labels: 'drift' }),
    'repos/get': () => octokit.request('GET /repos/{owner}/{repo}', at),
    'repos/get-content': () =>
      octokit.request('GET /repos/{owner}/{repo}/contents/{path}', { ...at, path: 'README.md' }),
    'git/get-ref': () =>
      octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at, ref: 'heads/main' }),
    'git/create-ref': () =>
      octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...at, ref: 'refs/tags/v1', sha }),
    'repos/compare-commits-with-basehead': () =>
      octokit.request('GET /repos/{owner}/{repo}/compare/{basehead}', { ...at, basehead: `main...${sha}` }),
    'orgs/custom-properties-for-repos-get-organization-values': () =>
      octokit.request('GET /orgs/{org}/properties/values', { org: 'acme', per_page: 100 }),
    'rate-limit/get': () => octokit.request('GET /rate_limit'),
  };
  expect(Object.keys(requests).sort()).toEqual(restRoutes.map(({ operation }) => operation).sort());
  const answers: Record<string, unknown> = {};
  for (const [operation, send] of Object.entries(requests)) {
    const { status, data } = await send();
    answers[operation] = { status, complaints: complaints(operation, data) };
  }
  expect(answers).toEqual(
    Object.fromEntries(
      restRoutes.map(({ operation }) => [
        operation,
        { status: fixture.operations[operation]?.status, complaints: '' },
      ]),
    ),
  );
});

test('an answer that lacks a field would be found', async () => {
  const { octokit } = world();
  const { data } = await octokit.request('GET /repos/{owner}/{repo}', at);
  const { default_branch: _, ...rest } = data;
  expect(complaints('repos/get', rest)).toContain('default_branch');
});

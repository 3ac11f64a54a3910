import { expect, test } from '@jest/globals';
import { VirtualClock } from '../../local/clock.ts';
import { CallerProcess } from '../../local/faults.ts';
import { fetchFor } from '../../local/github/fetch.ts';
import { createLocalGitHub } from '../../local/github/github.ts';
import { seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import { emptyGitHub } from '../../local/github/state.ts';
import { octokitFor } from './octokit.ts';

function limited(settings: Parameters<typeof emptyGitHub>[0] = {}) {
  const clock = new VirtualClock();
  const github = createLocalGitHub({ state: emptyGitHub(settings), clock });
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'app-token', { permissions: { issues: 'write', contents: 'read' } });
  seedRepository(github.state, ['acme', 'iris'], { files: { 'README.md': 'iris' } });
  const octokit = octokitFor(github);
  const openIssue = () =>
    octokit.request('POST /repos/{owner}/{repo}/issues', { owner: 'acme', repo: 'iris', title: 'x' }).then(
      ({ status }) => ({ status, retryAfter: undefined }),
      (error: { status: number; response?: { headers: Record<string, string> } }) => ({
        status: error.status,
        retryAfter: error.response?.headers['retry-after'],
      }),
    );
  return { github, clock, octokit, openIssue };
}

test('the 81st content creation of a minute is refused with retry-after, and so is everything until then', async () => {
  const { clock, octokit, openIssue } = limited();
  for (let n = 0; n < 80; n += 1) expect(await openIssue()).toMatchObject({ status: 201 });
  expect(await openIssue()).toEqual({ status: 403, retryAfter: '60' });
  await expect(octokit.graphql('{ viewer { login } }')).rejects.toMatchObject({ status: 403 });
  clock.advance(60_000);
  expect(await openIssue()).toMatchObject({ status: 201 });
});

test('the 501st content creation of an hour is refused, however slowly they came', async () => {
  const { clock, openIssue } = limited();
  for (let n = 0; n < 500; n += 1) {
    clock.advance(5_000);
    expect(await openIssue()).toMatchObject({ status: 201 });
  }
  expect(await openIssue()).toMatchObject({ status: 403 });
  // The first ones leave the window after an hour.
  clock.advance(1_200_000);
  expect(await openIssue()).toMatchObject({ status: 201 });
});

test('reads have a minute limit of their own: 900 REST points', async () => {
  const { octokit } = limited();
  const read = () => octokit.request('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'iris' });
  for (let n = 0; n < 900; n += 1) await read();
  await expect(read()).rejects.toMatchObject({ status: 403 });
});

test('the primary limit: REST says 403 with the reset time, GraphQL a 200 with RATE_LIMITED', async () => {
  const { octokit, openIssue } = limited({ primaryPerHour: { app: 2, actions: 1, user: 2 } });
  await openIssue();
  await openIssue();
  expect(await openIssue()).toEqual({ status: 403, retryAfter: undefined });
  await octokit.graphql('{ viewer { login } }');
  await octokit.graphql('{ viewer { login } }');
  await expect(octokit.graphql('{ viewer { login } }')).rejects.toMatchObject({
    errors: [{ type: 'RATE_LIMITED' }],
    headers: { 'x-ratelimit-remaining': '0' },
  });
});

test('a token that is unknown or has run out is answered 401', async () => {
  const { github, clock } = limited();
  await expect(octokitFor(github, 'other').graphql('{ viewer { login } }')).rejects.toMatchObject({
    status: 401,
  });
  const grant = github.state.tokens['app-token'];
  if (grant) grant.expiresAt = clock.now();
  await expect(octokitFor(github).graphql('{ viewer { login } }')).rejects.toMatchObject({ status: 401 });
});

test('faults: the effect of a request whose answer was lost stays, and a dead process hears nothing', async () => {
  const { github, openIssue } = limited();
  github.faults.add(
    { kind: 'drop-before', at: 1 },
    { kind: 'drop-after', at: 2 },
    { kind: '5xx-after', at: 3 },
  );
  expect(await openIssue()).toMatchObject({ status: 500 });
  expect(github.state.repositories['acme/iris']?.issues).toHaveLength(0);
  await openIssue();
  expect(await openIssue()).toMatchObject({ status: 502 });
  expect(github.state.repositories['acme/iris']?.issues).toHaveLength(2);
  let died = false;
  const process = new CallerProcess('attach', () => (died = true));
  github.faults.add({ kind: 'crash-after', process: 'attach' });
  const headers = { authorization: 'token app-token' };
  const answer = fetchFor(github, process)('https://api.github.com/repos/acme/iris', { headers });
  const first = await Promise.race([answer, new Promise((resolve) => setImmediate(resolve, 'silence'))]);
  expect([first, died]).toEqual(['silence', true]);
});

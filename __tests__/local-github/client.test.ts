import { expect, test } from '@jest/globals';
import { VirtualClock } from '../../local/clock.ts';
import type { FaultRule } from '../../local/faults.ts';
import { fetchFor } from '../../local/github/fetch.ts';
import { createLocalGitHub } from '../../local/github/github.ts';
import { seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import { openDeployment, reportDeployment } from '../../src/clients/github-deployments.ts';
import type { GitHubOptions } from '../../src/clients/github.ts';
import { createGitHub } from '../../src/clients/github.ts';

/** The product's own client against the local GitHub. */
async function conversation(options: Partial<GitHubOptions> = {}, ...faults: readonly FaultRule[]) {
  const clock = new VirtualClock();
  const github = createLocalGitHub({ clock });
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'token', {
    permissions: { contents: 'write', deployments: 'write', issues: 'write', pull_requests: 'write' },
  });
  const repository = seedRepository(github.state, ['acme', 'iris'], { files: { 'README.md': 'iris' } });
  github.faults.add(...faults);
  const client = await createGitHub({ token: 'token', clock, fetch: fetchFor(github), ...options });
  const startedAt = clock.now();
  return { client, github, repository, clock, waited: () => clock.now() - startedAt };
}

const CREATE_REF = `mutation ($input: CreateRefInput!) { createRef(input: $input) { clientMutationId } }`;
const VIEWER = '{ viewer { login } }';

function branch(repository: { id: string; git: { refs: Record<string, string> } }, name: string) {
  return {
    input: {
      repositoryId: repository.id,
      name: `refs/heads/${name}`,
      oid: repository.git.refs['refs/heads/main'],
    },
  };
}

test.each([
  ['a lost connection', { kind: 'drop-before', at: 1 }, 1000],
  ['a 502', { kind: '5xx-before', at: 1 }, 1000],
  ['a limit with retry-after', { kind: 'throttle', at: 1, retryAfterSeconds: 7 }, 7000],
  ['a limit that names no time', { kind: 'throttle', at: 1 }, 60_000],
] as const)('a read is asked again after %s', async (_, fault, waits) => {
  const { client, waited } = await conversation({}, fault);
  expect(await client.query(VIEWER, {})).toEqual({ viewer: { login: 'model-release-attach[bot]' } });
  expect([client.count.reads, waited()]).toEqual([2, waits]);
});

test('a read gives up after four lost answers', async () => {
  const { client } = await conversation({}, { kind: '5xx-before', times: 9 });
  await expect(client.query(VIEWER, {})).rejects.toMatchObject({ name: 'GitHubFailure', status: 502 });
  expect(client.count.reads).toBe(4);
});

test('a write that a limit refused is sent again; a write whose answer was lost is not', async () => {
  const limited = await conversation({}, { kind: 'throttle', at: 1, retryAfterSeconds: 3 });
  expect(await limited.client.mutate(CREATE_REF, branch(limited.repository, 'a'), 1)).toMatchObject({
    outcome: 'done',
  });
  expect([limited.client.count, limited.waited()]).toEqual([{ reads: 0, writes: 2, limited: 1 }, 3000]);
  for (const kind of ['drop-after', 'timeout-after', '5xx-after', 'drop-before'] as const) {
    const lost = await conversation({}, { kind, at: 1 });
    expect(await lost.client.mutate(CREATE_REF, branch(lost.repository, 'a'), 1)).toMatchObject({
      outcome: 'unknown',
    });
    expect([lost.client.count.writes, Object.keys(lost.repository.git.refs).length]).toEqual([
      1,
      kind === 'drop-before' ? 1 : 2,
    ]);
  }
});

test('writes go one after the other, a second apart, whoever asks for them at once', async () => {
  const { client, repository, github } = await conversation();
  await Promise.all(['a', 'b', 'c'].map((name) => client.mutate(CREATE_REF, branch(repository, name), 1)));
  const times = github.calls.map(({ at }) => at);
  expect(times.slice(1).map((at, n) => at - (times[n] ?? 0))).toEqual([1000, 1000]);
});

test('the primary limit is waited for until its reset, and no longer than the deadline', async () => {
  const spent = await conversation();
  spent.github.state.settings.primaryPerHour.app = 1;
  await spent.client.query(VIEWER, {});
  await spent.client.query(VIEWER, {});
  expect(spent.waited()).toBe(3_600_000);
  const impatient = await conversation({ deadline: new VirtualClock().now() + 60_000 });
  impatient.github.state.settings.primaryPerHour.app = 0;
  await expect(impatient.client.query(VIEWER, {})).rejects.toMatchObject({ code: 'github-out-of-time' });
});

test("a clock ahead of GitHub's, and a limit that never ends: waits grow, and then it gives up", async () => {
  const { client, github, waited } = await conversation();
  github.faults.add({ kind: 'throttle', times: null, retryAfterSeconds: 0 });
  await expect(client.query(VIEWER, {})).rejects.toMatchObject({ status: 429 });
  expect([client.count.limited, waited()]).toEqual([9, 255_000]);
});

test('a wait ends when the run is told to stop', async () => {
  const signal = AbortSignal.abort('SIGTERM');
  const { client } = await conversation({ signal }, { kind: 'throttle', at: 1 });
  await expect(client.query(VIEWER, {})).rejects.toMatchObject({ code: 'cancelled' });
});

test('a token GitHub does not know is one sentence, and never part of it', async () => {
  const { client } = await conversation({ token: 'ghs_secret' });
  const failure = await client.query(VIEWER, {}).catch((error: Error) => error);
  expect(failure).toMatchObject({ code: 'github-token' });
  expect(String(failure)).not.toContain('ghs_secret');
});

test('the read-only transport sends no write, however it is asked', async () => {
  const { client, github, repository } = await conversation({ readOnly: true });
  await expect(client.mutate(CREATE_REF, branch(repository, 'a'), 1)).rejects.toMatchObject({
    code: 'dry-run-write',
  });
  const hidden = `query Q { viewer { login } } mutation M { createRef(input: {}) { clientMutationId } }`;
  await expect(client.query(hidden, {})).rejects.toMatchObject({ code: 'dry-run-write' });
  const deployments = '/repos/{owner}/{repo}/deployments';
  await expect(client.send(deployments, { owner: 'acme', repo: 'iris', ref: 'main' })).rejects.toMatchObject({
    code: 'dry-run-write',
  });
  expect(github.calls).toEqual([]);
  await client.query(VIEWER, {});
  expect(await client.get('/repos/{owner}/{repo}', { owner: 'acme', repo: 'iris' })).toMatchObject({
    name: 'iris',
  });
});

test('a deployment carries version and digest, and its success the URL', async () => {
  const { client, repository } = await conversation();
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const id = await openDeployment(
    client,
    {
      repository: 'acme/iris',
      commit: repository.git.refs['refs/heads/main'] ?? '',
      environment: 'prod',
      description: 'x'.repeat(200),
      payload: { version: '7', digest: 'sha256:abc' },
    },
    warn,
  );
  const status = {
    state: 'success',
    description: 'live',
    environmentUrl: 'https://api.example.com',
  } as const;
  await reportDeployment(client, { repository: 'acme/iris', id: id ?? 0, status }, warn);
  expect(repository.deployments).toMatchObject([
    {
      environment: 'prod',
      payload: { version: '7', digest: 'sha256:abc' },
      statuses: [{ state: 'success', environmentUrl: 'https://api.example.com' }],
    },
  ]);
  expect(warnings).toEqual([]);
});

test.each([{ kind: 'denied' }, { kind: '5xx-after' }, { kind: 'drop-before' }] as const)(
  'a deployment that cannot be recorded ($kind) is one warning and no failure',
  async (fault) => {
    const { client } = await conversation({}, fault);
    const warnings: string[] = [];
    const deployment = {
      repository: 'acme/iris',
      commit: 'main',
      environment: 'prod',
      description: '',
      payload: { version: '7', digest: 'sha256:abc' },
    };
    expect(
      await openDeployment(client, deployment, (message) => void warnings.push(message)),
    ).toBeUndefined();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('deployments: write');
  },
);

test('silence is a lost answer: a read is asked again, of a write nothing is known', async () => {
  let asked = 0;
  const silent: typeof fetch = (_, init) => {
    asked += 1;
    return new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
    });
  };
  const { client } = await conversation({ fetch: silent, timeoutMs: 5 });
  await expect(client.query(VIEWER, {})).rejects.toMatchObject({ name: 'GitHubFailure', status: 0 });
  expect(asked).toBe(4);
  expect(await client.mutate('mutation { x }', {}, 1)).toMatchObject({ outcome: 'unknown' });
});

test.each([
  [true, 'model-release actions_orchestration_id/a_run.1'],
  [false, 'model-release'],
])('the user agent names the run where it is asked to (%s)', async (identifiesRun, expected) => {
  const agents: (string | null)[] = [];
  const watched: typeof fetch = async (input, init) => {
    agents.push(new Request(input, init).headers.get('user-agent'));
    return Response.json({ data: { viewer: { login: 'x' } } });
  };
  const before = process.env['ACTIONS_ORCHESTRATION_ID'];
  process.env['ACTIONS_ORCHESTRATION_ID'] = 'a/run.1';
  try {
    const { client } = await conversation({ fetch: watched, identifiesRun });
    await client.query(VIEWER, {});
  } finally {
    if (before === undefined) delete process.env['ACTIONS_ORCHESTRATION_ID'];
    else process.env['ACTIONS_ORCHESTRATION_ID'] = before;
  }
  expect(agents).toEqual([expect.stringContaining(expected)]);
  expect(agents[0]?.includes('orchestration')).toBe(identifiesRun);
});

/** Whole deploys that build and attest: the local GitHub keeps what a Sigstore of the tests' own signed. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createLocalGitHub, type LocalGitHub } from '../../local/github/github.ts';
import { seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import { contradiction } from '../../src/checks/attestation/provenance.ts';
import { trustIn, verifyBundle } from '../../src/checks/attestation/verify-bundle.ts';
import { realClock } from '../../src/clients/clock.ts';
import { nodeShell } from '../../src/clients/shell.ts';
import type { Digest } from '../../src/types.ts';
import { startSigstore, type LocalSigstore } from '../harness/sigstore.ts';
import { openTrialMachine, type TrialMachine } from '../harness/trial.ts';
import { commit, createWorld, FIRST, type World } from '../harness/world.ts';

let machine: TrialMachine;
let registry: Server;
let sigstores: readonly LocalSigstore[];
let world: World;
let github: LocalGitHub;
let pushed: string[];

beforeAll(async () => {
  machine = await openTrialMachine();
  sigstores = await Promise.all([startSigstore('github'), startSigstore('public')]);
  registry = createServer((request, response) => {
    void (async () => {
      const pieces: Buffer[] = [];
      for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
      const { labels } = JSON.parse(Buffer.concat(pieces).toString()) as { labels: Record<string, string> };
      const { digest } = world.image(commit(1), { labels });
      pushed.push(digest);
      response.end(digest);
    })();
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  pushed = [];
  world = createWorld({ clock: realClock });
  github = createLocalGitHub();
  seedOwner(github.state, 'acme');
  seedRepository(github.state, ['acme', 'iris']);
});
afterAll(async () => {
  await new Promise((resolve) => registry.close(resolve));
  await Promise.all(sigstores.map((one) => one.close()));
  await machine.close();
});

interface Job {
  readonly env: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>> | undefined;
}

async function deploy({ env: job, permissions = { attestations: 'write' } }: Job) {
  seedToken(github.state, 'token', { kind: 'actions', permissions });
  const workspace = await mkdtemp(join(machine.folder, 'workspace-'));
  await writeFile(join(workspace, 'Dockerfile'), 'FROM base\nCMD ["model.handler"]\n');
  const { port } = registry.address() as AddressInfo;
  const env = {
    ...machine.env,
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: machine.folder,
    AWS_REGION: 'eu-central-1',
    DOCKER_PROGRAM_REGISTRY: `http://127.0.0.1:${port}`,
    ...job,
  };
  const shell = nodeShell({ clock: realClock, signal: new AbortController().signal, env });
  const inputs = { ...FIRST, samples: 'none', 'github-token': 'token', attestation: 'provenance: true' };
  return world.deploy(inputs, { commit: commit(1), env, shell, github });
}

const kept = () => github.state.repositories['acme/iris']?.attestations ?? [];
const writes = () => world.aws.calls.filter(({ isWrite }) => isWrite).map(({ operation }) => operation);

function statementIn(bundle: unknown): object {
  const { dsseEnvelope } = bundle as { dsseEnvelope: { payload: string } };
  return JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as object;
}

test.each([
  [0, 'private'],
  [1, 'public'],
])('the proof that GitHub keeps holds under the root of those who sign (%d, %s)', async (index) => {
  const sigstore = sigstores[index]!;
  const { result, runner } = await deploy(sigstore);
  expect(result).toMatchObject({ outcome: 'ok', error: undefined });
  const names = result.timings.map(({ name }) => name);
  expect(names.indexOf('Attest the image')).toBe(names.indexOf('Push the image') + 1);
  expect(kept()).toMatchObject([{ predicateType: 'https://slsa.dev/provenance/v1', digests: pushed }]);
  const verified = verifyBundle(kept()[0]?.bundle, trustIn([sigstore.trustedRoot]));
  if (verified.kind !== 'holds') throw new Error(verified.why);
  const wanted = {
    digests: pushed as Digest[],
    server: 'https://github.com',
    repository: 'acme/iris',
    workflow: '.github/workflows/ci_cd.yml',
  };
  expect(contradiction(verified.provenance, wanted)).toBeUndefined();
  expect(runner.lines.join('\n')).not.toContain(sigstore.token());
  expect(statementIn(kept()[0]?.bundle)).toMatchObject({
    subject: [{ name: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/iris' }],
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: {
          workflow: {
            ref: 'refs/heads/main',
            repository: 'https://github.com/acme/iris',
            path: '.github/workflows/ci_cd.yml',
          },
        },
        internalParameters: {
          github: {
            event_name: 'push',
            repository_id: '1',
            repository_owner_id: '2',
            runner_environment: 'github-hosted',
          },
        },
        resolvedDependencies: [{ digest: { gitCommit: commit(1) } }],
      },
      runDetails: {
        builder: { id: 'https://github.com/acme/iris/.github/workflows/ci_cd.yml@refs/heads/main' },
        metadata: { invocationId: 'https://github.com/acme/iris/actions/runs/7/attempts/1' },
      },
    },
  });
});

test('a job without a token of its own is refused before the build', async () => {
  const { result } = await deploy({ env: {} });
  expect(result.error?.code).toBe('attestation-failed');
  expect(result.error?.message).toContain('id-token: write');
  expect(pushed).toEqual([]);
});

interface Fault {
  readonly permissions?: Job['permissions'];
  readonly more?: Readonly<Record<string, string>>;
}

test.each<[string, Fault, string]>([
  ['GitHub does not keep it', { permissions: { attestations: 'read' } }, 'attestations: write'],
  ['nobody certifies its key', { more: { SIGSTORE_FULCIO_URL: 'http://127.0.0.1:9' } }, 'No version was'],
  ['GitHub gives no token', { more: { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'other' } }, 'no OIDC token'],
])('where %s no version is published', async (_name, { more = {}, ...job }, said) => {
  const { result } = await deploy({ ...job, env: { ...sigstores[0]!.env, ...more } });
  expect(result).toMatchObject({ outcome: 'failed', error: { code: 'attestation-failed' } });
  expect(result.error?.message).toContain(said);
  expect(writes()).not.toContain('PublishVersion');
  expect(writes()).not.toContain('CreateFunction');
  expect(kept()).toEqual([]);
});

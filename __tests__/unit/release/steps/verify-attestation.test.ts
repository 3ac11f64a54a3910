/** Attestations of a Sigstore of the tests' own, kept by the local GitHub or in files, verified as a deploy and a rollback do it. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchFor } from '../../../../local/github/fetch.ts';
import { createLocalGitHub, type LocalGitHub } from '../../../../local/github/github.ts';
import { BUNDLE_STORE } from '../../../../local/github/rest/attestations.ts';
import { seedOwner, seedRepository, seedToken } from '../../../../local/github/seeds.ts';
import { buildTools } from '../../../../src/clients/tools.ts';
import { noPermits } from '../../../../src/clients/writes.ts';
import type { AttestationPolicy } from '../../../../src/inputs/gate-policy.ts';
import { verifyAttestation } from '../../../../src/release/steps/image/verify-attestation.ts';
import type { Digest } from '../../../../src/types.ts';
import { shellOf } from '../../../harness/shell.ts';
import { startSigstore, statementOf, type LocalSigstore } from '../../../harness/sigstore.ts';
import { ACCOUNT } from '../../../harness/world.ts';

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
const OTHER: Digest = `sha256:${'b'.repeat(64)}`;
const POLICY: AttestationPolicy = {
  verify: 'warn',
  repository: undefined,
  workflow: undefined,
  bundle: undefined,
  trustedRoot: 'root.jsonl',
  provenance: false,
};

let sigstore: LocalSigstore;
let publicGood: LocalSigstore;
let stranger: LocalSigstore;
let folder: string;
let github: LocalGitHub;

beforeAll(async () => {
  [sigstore, publicGood, stranger] = await Promise.all([
    startSigstore(),
    startSigstore('public'),
    startSigstore(),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'model-release-proof-'));
  const roots = [publicGood.trustedRoot, sigstore.trustedRoot].map((root) => JSON.stringify(root));
  await writeFile(join(folder, 'root.jsonl'), `${roots.join('\n')}\n`);
});

afterAll(async () => {
  await Promise.all([sigstore, publicGood, stranger].map((one) => one.close()));
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  github = createLocalGitHub();
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'token', { kind: 'actions', permissions: { attestations: 'read' } });
  seedRepository(github.state, ['acme', 'iris']);
});

/** GitHub keeps this bundle by this digest, whatever it says. */
function keep(bundle: object, digest: string = DIGEST, predicateType = 'https://slsa.dev/provenance/v1') {
  const repository = github.state.repositories['acme/iris'];
  (repository!.attestations ??= []).push({ id: 1, bundle, predicateType, digests: [digest] });
}

/** Snappy's format with nothing to copy: the length, and all of it as one literal. */
function snappy(bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) break;
  }
  const literal = Buffer.alloc(5, 0xfc);
  literal.writeUInt32LE(bytes.length - 1, 1);
  return Buffer.concat([Buffer.from(length), literal, bytes]);
}

interface Asked {
  readonly policy?: Partial<AttestationPolicy>;
  readonly isRollback?: boolean;
  readonly token?: string | undefined;
  readonly digests?: readonly Digest[];
  readonly gh?: () => Promise<{ exitCode: number; stdout: string }>;
}

function verify({ policy = {}, isRollback = false, digests = [DIGEST], gh, ...rest }: Asked = {}) {
  const store = (url: string) => {
    const bundle = github.state.repositories['acme/iris']?.attestations?.[0]?.bundle;
    if (!url.startsWith(BUNDLE_STORE)) return undefined;
    return new Response(new Uint8Array(snappy(Buffer.from(JSON.stringify(bundle)))));
  };
  const local = fetchFor(github);
  const tools = buildTools({
    aws: ACCOUNT,
    clock: github.clock,
    random: () => 0.5,
    shell: shellOf(() => {
      if (gh === undefined) return Promise.reject(new Error('gh is not installed'));
      return gh().then((ended) => ({
        ...ended,
        timedOut: false,
        tail: ['failed'],
        signal: undefined,
        durationMs: 1,
      }));
    }),
    log: { info: () => undefined, warning: () => undefined },
    signal: new AbortController().signal,
    fetch: async (input, init) => store(String(input)) ?? local(input as string, init),
    readOnly: true,
    permits: noPermits,
    secret: () => Promise.resolve(),
    env: { GITHUB_WORKSPACE: folder, GITHUB_SERVER_URL: 'https://github.com' },
  });
  const token = 'token' in rest ? rest.token : 'token';
  const image = { digests, run: { repository: 'acme/iris' }, token, isRollback };
  return verifyAttestation(tools, image, { ...POLICY, ...policy });
}

const REQUIRE = { verify: 'require' } as const;

test.each(['github', 'public'] as const)("a proof of Sigstore's %s instance holds", async (kind) => {
  keep(await (kind === 'github' ? sigstore : publicGood).sign(statementOf(DIGEST)));
  const finding = await verify({ policy: { ...REQUIRE, workflow: '.github/workflows/ci_cd.yml' } });
  expect(finding).toEqual({
    key: 'attestation',
    kind: 'passed',
    sentence:
      "The image's attestation holds: it was built by https://github.com/acme/iris from commit 1111111",
  });
});

test('a bundle that lies in a store of its own is fetched from there', async () => {
  github.state.settings.inlineBundles = false;
  keep(await sigstore.sign(statementOf(DIGEST)));
  expect(await verify({ policy: REQUIRE })).toMatchObject({ kind: 'passed' });
});

test('one proof that holds is enough', async () => {
  keep(await stranger.sign(statementOf(DIGEST)));
  keep(await sigstore.sign(statementOf(DIGEST)));
  expect(await verify()).toMatchObject({ kind: 'passed' });
});

test('a proof of the index that the image was pushed in counts', async () => {
  keep(await sigstore.sign(statementOf(OTHER)), OTHER);
  expect(await verify({ digests: [DIGEST, OTHER] })).toMatchObject({ kind: 'passed' });
});

const elsewhere = {
  repository: 'evil/iris',
  workflow_ref: 'evil/iris/.github/workflows/ci_cd.yml@refs/heads/main',
};

test.each<[string, () => Promise<object>, string, Partial<AttestationPolicy>?]>([
  [
    'of another repository',
    () => sigstore.sign(statementOf(DIGEST), elsewhere),
    'github.com/evil/iris built',
  ],
  ['of another image', () => sigstore.sign(statementOf(OTHER)), 'it is about another image'],
  ['that a stranger signed', () => stranger.sign(statementOf(DIGEST)), 'its signature does not hold'],
  [
    'of another issuer',
    () =>
      sigstore.sign(statementOf(DIGEST), { iss: 'https://token.actions.githubusercontent.com.evil.example' }),
    'did not sign it',
  ],
  [
    'of another workflow',
    () => sigstore.sign(statementOf(DIGEST)),
    'the workflow https://github.com/acme/iris/.github/workflows/ci_cd.yml@refs/heads/main built the image',
    { workflow: '.github/workflows/release.yml' },
  ],
  [
    'whose statement was changed',
    async () => changed(await sigstore.sign(statementOf(OTHER)), statementOf(DIGEST)),
    'its signature does not hold',
  ],
  [
    'without its time stamp',
    async () => withoutTime(await sigstore.sign(statementOf(DIGEST))),
    'its signature does not hold',
  ],
  ['that is no bundle', () => Promise.resolve({ mediaType: 'text/plain' }), 'it is no Sigstore bundle'],
])(
  'a proof %s refuses, for warn and require, a deploy and a rollback',
  async (...[, made, words, policy = {}]) => {
    keep(await made());
    for (const level of ['warn', 'require'] as const)
      for (const isRollback of [false, true]) {
        const finding = await verify({ policy: { ...policy, verify: level }, isRollback });
        expect(finding).toMatchObject({ kind: 'refused', sentence: expect.stringContaining(words) });
      }
  },
);

interface Json {
  readonly dsseEnvelope: object;
  readonly verificationMaterial: object;
}

function changed(bundle: object, statement: object): object {
  const { dsseEnvelope } = bundle as Json;
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  return { ...bundle, dsseEnvelope: { ...dsseEnvelope, payload } };
}

function withoutTime(bundle: object): object {
  const { verificationMaterial } = bundle as Json;
  return {
    ...bundle,
    verificationMaterial: { ...verificationMaterial, timestampVerificationData: undefined },
  };
}

test.each<[string, Asked, () => void, string]>([
  ['there is none', {}, () => undefined, 'GitHub has no attestation of sha256:a'],
  ['GitHub is down', {}, () => void github.faults.add({ kind: '5xx-before', times: null }), ''],
  ['there is no token', { token: undefined }, () => undefined, 'there is no github-token'],
  ['the token may not read it', {}, () => void seedToken(github.state, 'token', { permissions: {} }), ''],
  [
    'the file is not there',
    { policy: { bundle: 'gone.jsonl' } },
    () => undefined,
    'gone.jsonl, which is not there',
  ],
  ['there is no trusted root', { policy: { trustedRoot: 'gone.jsonl' } }, () => undefined, 'GitHub has no'],
])('where %s, warn lets it pass and require refuses', async (...[, asked, before, words]) => {
  before();
  for (const isRollback of [false, true]) {
    const warned = await verify({ ...asked, isRollback });
    expect(warned).toMatchObject({ kind: 'unknown', sentence: expect.stringContaining(words) });
    expect(warned?.fix).toBeTruthy();
    const policy = { ...asked.policy, verify: 'require' } as const;
    expect(await verify({ ...asked, policy, isRollback })).toMatchObject({ kind: 'refused' });
  }
});

test('an attestation of another kind is none of the build', async () => {
  const sbom = 'https://spdx.dev/Document/v2.3';
  keep(await sigstore.sign(statementOf(DIGEST, sbom)));
  expect(await verify()).toMatchObject({ kind: 'unknown' });
});

test.each(['one.json', 'many.jsonl'])('a bundle in %s needs no GitHub', async (file) => {
  const own = JSON.stringify(await sigstore.sign(statementOf(DIGEST)));
  const other = JSON.stringify(await sigstore.sign(statementOf(OTHER)));
  await writeFile(join(folder, file), file === 'one.json' ? own : `${other}\n${own}\n`);
  const finding = await verify({ policy: { ...REQUIRE, bundle: file }, token: undefined });
  expect(finding).toMatchObject({ kind: 'passed' });
  expect(github.calls).toHaveLength(0);
});

test('a bundle of another image refuses a deploy, and is none for a rollback', async () => {
  await writeFile(join(folder, 'other.json'), JSON.stringify(await sigstore.sign(statementOf(OTHER))));
  const policy = { bundle: 'other.json' };
  expect(await verify({ policy })).toMatchObject({ kind: 'refused' });
  expect(await verify({ policy, isRollback: true })).toMatchObject({ kind: 'unknown' });
});

test('a file that is neither JSON nor JSON Lines is named', async () => {
  await writeFile(join(folder, 'bad.json'), '{');
  const finding = await verify({ policy: { bundle: 'bad.json' } });
  expect(finding).toMatchObject({
    kind: 'unknown',
    sentence: expect.stringContaining('bad.json is neither'),
  });
});

test('without a file gh fetches the trusted root', async () => {
  keep(await sigstore.sign(statementOf(DIGEST)));
  const stdout = `${JSON.stringify(sigstore.trustedRoot)}\n`;
  const policy = { ...REQUIRE, trustedRoot: undefined };
  const gh = () => Promise.resolve({ exitCode: 0, stdout });
  expect(await verify({ policy, gh })).toMatchObject({ kind: 'passed' });
  const failed = await verify({ policy, gh: () => Promise.resolve({ exitCode: 1, stdout: '' }) });
  expect(failed).toMatchObject({ kind: 'refused', fix: expect.stringContaining('trusted-root.jsonl') });
  expect((await verify({ policy }))?.sentence).toContain('no gh to fetch one');
});

test('without a policy nobody is asked', async () => {
  expect(await verify({ policy: { verify: 'off' } })).toBeUndefined();
  expect(github.calls).toHaveLength(0);
});

/** A Sigstore of the tests' own: it signs what a workflow signs, by real cryptography and keys that nobody else has. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { bundleToJSON } from '@sigstore/bundle';
import { fulcioHandler, initializeCA, initializeCTLog } from '@sigstore/mock/dist/fulcio/index.js';
import { initializeTLog, rekorHandler } from '@sigstore/mock/dist/rekor/index.js';
import { initializeTSA, tsaHandler } from '@sigstore/mock/dist/timestamp/index.js';
import type { Handler } from '@sigstore/mock/dist/shared.types.js';
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } from '@sigstore/sign';

export interface LocalSigstore {
  /** Of all its services, on this machine. */
  readonly url: string;
  /** As `gh attestation trusted-root` prints one line: whom to trust. */
  readonly trustedRoot: object;
  /** A token such as GitHub gives a job. */
  readonly token: (claims?: Readonly<Record<string, string>>) => string;
  /** The variables of a job that may ask for a token and sign here. */
  readonly env: Readonly<Record<string, string>>;
  /** Signs a statement as a job with these claims. @returns the bundle as JSON. */
  readonly sign: (statement: object, claims?: Readonly<Record<string, string>>) => Promise<object>;
  readonly close: () => Promise<void>;
}

/** `public`: with logs of certificates and signatures. `github`: with time stamps, as for private repositories. */
export async function startSigstore(kind: 'public' | 'github' = 'github'): Promise<LocalSigstore> {
  const keys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // The time stamps of @sigstore/mock lose trailing zeros of their milliseconds, and are none then.
  const visibility = { repository_visibility: kind === 'public' ? 'public' : 'private' };
  const clock = new Date(Math.floor(Date.now() / 1000) * 1000 + 1123);
  const ctlog = kind === 'public' ? await initializeCTLog(keys(), clock) : undefined;
  const ca = await initializeCA(generateKeyPairSync('ec', { namedCurve: 'P-384' }), ctlog, clock);
  const tsa = await initializeTSA(generateKeyPairSync('ec', { namedCurve: 'P-384' }), clock);
  const tlog = await initializeTLog('https://rekor.sigstore.dev', keys(), clock);
  const token = (claims = {}) => tokenOf({ ...CLAIMS, ...visibility, ...claims });
  const handlers = [fulcioHandler(ca), canonical(rekorHandler(tlog)), tsaHandler(tsa)];
  const server = await listen(handlers, token);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trustedRoot = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    certificateAuthorities: [authority([ca.rootCertificate])],
    ctlogs: ctlog === undefined ? [] : [log(ctlog.publicKey)],
    tlogs: kind === 'public' ? [log(tlog.publicKey)] : [],
    timestampAuthorities: kind === 'github' ? [authority([tsa.intCertificate, tsa.rootCertificate])] : [],
  };
  const service = { retry: false, timeout: 10_000 } as const;
  const sign = async (statement: object, claims = {}) => {
    const identityProvider = { getToken: () => Promise.resolve(token(claims)) };
    const signer = new FulcioSigner({ fulcioBaseURL: url, identityProvider, ...service });
    const witness =
      kind === 'public'
        ? new RekorWitness({ rekorBaseURL: url, entryType: 'dsse', ...service })
        : new TSAWitness({ tsaBaseURL: url, ...service });
    const builder = new DSSEBundleBuilder({ signer, witnesses: [witness] });
    const data = Buffer.from(JSON.stringify(statement));
    return bundleToJSON(await builder.create({ data, type: 'application/vnd.in-toto+json' }));
  };
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job',
    SIGSTORE_FULCIO_URL: url,
    SIGSTORE_REKOR_URL: url,
    SIGSTORE_TSA_URL: url,
  };
  return { url, trustedRoot, token, env, sign, close };
}

/** A statement as actions/attest-build-provenance signs it. */
export function statementOf(digest: string, predicateType = 'https://slsa.dev/provenance/v1'): object {
  const [, sha256] = digest.split(':');
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'iris', digest: { sha256 } }],
    predicateType,
    predicate: {},
  };
}

/** What GitHub says of a run of acme/iris on main. */
const CLAIMS = {
  iss: 'https://token.actions.githubusercontent.com',
  aud: 'sigstore',
  sub: 'https://github.com/acme/iris/.github/workflows/ci_cd.yml@refs/heads/main',
  repository: 'acme/iris',
  repository_owner: 'acme',
  ref: 'refs/heads/main',
  sha: '1'.repeat(40),
  event_name: 'push',
  repository_id: '1',
  repository_owner_id: '2',
  runner_environment: 'github-hosted',
  run_id: '7',
  run_attempt: '1',
  workflow: 'ci_cd',
  workflow_ref: 'acme/iris/.github/workflows/ci_cd.yml@refs/heads/main',
  workflow_sha: '1'.repeat(40),
  job_workflow_ref: 'acme/iris/.github/workflows/ci_cd.yml@refs/heads/main',
  job_workflow_sha: '1'.repeat(40),
  repository_visibility: 'private',
};

/** Nobody here checks who signed the token: the authority takes what it says. */
function tokenOf(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2ln`;
}

type Bytes = ArrayBufferView<ArrayBuffer>;

const validFor = { start: '2020-01-01T00:00:00Z' };

function base64({ buffer, byteOffset, byteLength }: Bytes): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function authority(certificates: readonly Bytes[]): object {
  return {
    subject: { organization: 'tests', commonName: 'tests' },
    uri: 'https://fulcio.sigstore.dev',
    certChain: { certificates: certificates.map((certificate) => ({ rawBytes: base64(certificate) })) },
    validFor,
  };
}

function log(publicKey: Buffer): object {
  return {
    baseUrl: 'https://rekor.sigstore.dev',
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: publicKey.toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor,
    },
    logId: { keyId: createHash('sha256').update(publicKey).digest('base64') },
  };
}

interface Proposed {
  readonly kind: string;
  readonly spec: { readonly proposedContent?: { readonly envelope: string; readonly verifiers: string[] } };
}

/** Rekor keeps the hashes of an envelope and its signature, not the envelope. */
function canonical({ path, fn }: Handler): Handler {
  const keep = (body: string) => {
    const proposed = JSON.parse(body) as Proposed;
    const { envelope = '{}', verifiers = [] } = proposed.spec.proposedContent ?? {};
    const signed = JSON.parse(envelope) as { payload: string; signatures: { sig: string }[] };
    const sha256 = (data: Buffer) => ({
      algorithm: 'sha256',
      value: createHash('sha256').update(data).digest('hex'),
    });
    const signatures = signed.signatures.map(({ sig }, n) => ({ signature: sig, verifier: verifiers[n] }));
    const payloadHash = sha256(Buffer.from(signed.payload, 'base64'));
    const spec = { envelopeHash: sha256(Buffer.from(envelope)), payloadHash, signatures };
    return fn(JSON.stringify({ ...proposed, spec }));
  };
  return { path, fn: keep };
}

/** As the runner's service of tokens: for whom the job names, and for the job only. */
const TOKEN_REQUEST = '/token?api-version=2.0&audience=sigstore';

function listen(handlers: readonly Handler[], token: () => string): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === TOKEN_REQUEST && request.headers.authorization === 'Bearer job') {
      response.end(JSON.stringify({ value: token() }));
      return;
    }
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const handler = handlers.find(({ path }) => path === request.url);
      void handler?.fn(Buffer.concat(pieces).toString('utf8')).then((answer) => {
        response.writeHead(answer.statusCode, { 'content-type': answer.contentType ?? 'text/plain' });
        const body = answer.response;
        response.end(typeof body === 'string' ? body : Buffer.from(base64(body), 'base64'));
      });
      if (handler === undefined) response.writeHead(404).end();
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

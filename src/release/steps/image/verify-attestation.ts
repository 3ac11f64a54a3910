/** Where an image was built, proven by GitHub's attestation before it gets traffic. Reads only. */
import {
  contradiction,
  judgeProof,
  PROVENANCE_TYPE,
  type ProofSeen,
  type WantedProof,
} from '../../../checks/attestation/provenance.ts';
import type { GateFinding } from '../../../checks/gate/trial.ts';
import { readAttestations } from '../../../clients/github-attestations.ts';
import type { Tools } from '../../../clients/tools.ts';
import { readInside } from '../../../clients/workspace.ts';
import { Cancelled } from '../../../errors.ts';
import type { AttestationPolicy } from '../../../inputs/gate-policy.ts';
import type { Digest, RunIdentity } from '../../../types.ts';
import { capital } from '../../../words.ts';

type ProofTools = Pick<Tools, 'github' | 'http' | 'shell' | 'env'>;

export interface ImageToProve {
  /** The image, and the index that it was pushed in. */
  readonly digests: readonly Digest[];
  readonly run: Pick<RunIdentity, 'repository'>;
  readonly token: string | undefined;
  /** A rollback waits a short time only, and a bundle of another image is none for it. */
  readonly isRollback: boolean;
}

/** How long GitHub is tried: a rollback must not wait for a GitHub that is down. Milliseconds. */
const ROLLBACK_PATIENCE_MS = 15_000;
const DEPLOY_PATIENCE_MS = 60_000;

/** @returns undefined where no proof is asked for: then nothing is loaded and nobody is asked. */
export async function verifyAttestation(
  tools: ProofTools,
  image: ImageToProve,
  policy: AttestationPolicy,
): Promise<GateFinding | undefined> {
  if (policy.verify === 'off') return undefined;
  return judgeProof(await findProof(tools, image, policy), policy);
}

class Unavailable extends Error {
  readonly fix: string;

  constructor(why: string, fix: string, options?: ErrorOptions) {
    super(why, options);
    this.fix = fix;
  }
}

async function findProof(
  tools: ProofTools,
  image: ImageToProve,
  policy: AttestationPolicy,
): Promise<ProofSeen> {
  const server = tools.env['GITHUB_SERVER_URL'] || 'https://github.com';
  const repository = policy.repository ?? image.run.repository;
  const wanted = { digests: image.digests, server, repository, workflow: policy.workflow };
  try {
    const bundles = await readBundles(tools, { image, policy, repository });
    const roots = await readRoots(tools, { policy, token: image.token, server });
    return await prove(bundles, roots, {
      wanted,
      ignoresOthers: image.isRollback && policy.bundle !== undefined,
    });
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    const why = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    return { kind: 'missing', why, fix: error instanceof Unavailable ? error.fix : LATER };
  }
}

const LATER = 'Run this again when GitHub answers, or give the proof as a file (attestation.bundle).';
const ATTEST =
  'Attest the image where it is built (actions/attest-build-provenance, or attestation.provenance: true), or set attestation.verify: off.';

interface Source {
  readonly image: ImageToProve;
  readonly policy: AttestationPolicy;
  readonly repository: string;
}

async function readBundles(
  tools: ProofTools,
  { image, policy, repository }: Source,
): Promise<readonly unknown[]> {
  if (policy.bundle !== undefined)
    return readJson(tools, policy.bundle, {
      input: 'attestation.bundle',
      fix: 'Write it with gh attestation download oci://IMAGE@DIGEST -R OWNER/NAME.',
    });
  if (image.token === undefined || !repository.includes('/')) {
    const lacks = image.token === undefined ? 'github-token' : 'repository';
    throw new Unavailable(
      `there is no ${lacks} to ask GitHub with`,
      'Give github-token (attestations: read), or the proof as a file (attestation.bundle).',
    );
  }
  const within = image.isRollback ? ROLLBACK_PATIENCE_MS : DEPLOY_PATIENCE_MS;
  if (image.digests.length === 0) throw new Unavailable('the version has no image', ATTEST);
  const github = await tools.github(image.token, { within });
  for (const digest of image.digests) {
    const asked = { repository, digest, predicateType: PROVENANCE_TYPE };
    const bundles = await readAttestations({ github, http: tools.http }, asked);
    if (bundles.length > 0) return bundles;
  }
  const why = `GitHub has no attestation of ${image.digests.join(' or ')} in ${repository}`;
  throw new Unavailable(`${why}, or this token may not read it (attestations: read)`, ATTEST);
}

/** A file with one JSON value, or with one a line. */
async function readJson(
  { env }: Pick<ProofTools, 'env'>,
  path: string,
  { input, fix }: { readonly input: string; readonly fix: string },
): Promise<readonly unknown[]> {
  const workspace = env['GITHUB_WORKSPACE'] ?? process.cwd();
  const text = await readInside({ workspace, path, input }, false);
  if (text === undefined) throw new Unavailable(`${input} names ${path}, which is not there`, fix);
  try {
    return valuesIn(text);
  } catch (error) {
    throw new Unavailable(`${path} is neither JSON nor JSON Lines`, fix, { cause: error });
  }
}

function valuesIn(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)].flat();
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}

const ROOT_FIX =
  'Write it with gh attestation trusted-root > .github/trusted-root.jsonl, and name that file in attestation.trusted-root.';
const GH_TIMEOUT_MS = 30_000;

interface RootSource {
  readonly policy: AttestationPolicy;
  readonly token: string | undefined;
  readonly server: string;
}

/** Whom to trust: the file, or what GitHub's command line fetches and checks by TUF; it is on GitHub's runners. */
async function readRoots(
  tools: ProofTools,
  { policy, token, server }: RootSource,
): Promise<readonly unknown[]> {
  if (policy.trustedRoot !== undefined)
    return readJson(tools, policy.trustedRoot, { input: 'attestation.trusted-root', fix: ROOT_FIX });
  const { hostname } = new URL(server);
  const host = hostname === 'github.com' ? [] : ['--hostname', hostname];
  const args = ['attestation', 'trusted-root', ...host];
  const env = token === undefined ? {} : { GH_TOKEN: token };
  const command = { file: 'gh', args, env, timeoutMs: GH_TIMEOUT_MS, writes: undefined };
  const ended = await tools.shell.ask(command).catch((error: unknown) => {
    if (error instanceof Cancelled) throw error;
    throw new Unavailable('there is no trusted root to check it by, and no gh to fetch one', ROOT_FIX);
  });
  const said = ended.timedOut ? 'it timed out' : (ended.tail.at(-1) ?? 'it said nothing');
  const failed = new Unavailable(`gh attestation trusted-root gave no trusted root: ${said}`, ROOT_FIX);
  if (ended.exitCode !== 0) throw failed;
  try {
    return valuesIn(ended.stdout);
  } catch {
    throw failed;
  }
}

/** One proof that holds is enough: an image may be attested more than once. */
async function prove(
  bundles: readonly unknown[],
  roots: readonly unknown[],
  { wanted, ignoresOthers }: { readonly wanted: WantedProof; readonly ignoresOthers: boolean },
): Promise<ProofSeen> {
  const { trustIn, verifyBundle } = await import('../../../checks/attestation/verify-bundle.ts');
  const trust = trusted(() => trustIn(roots));
  const reasons: string[] = [];
  for (const bundle of bundles) {
    const verified = verifyBundle(bundle, trust);
    if (verified.kind === 'does-not-hold') {
      reasons.push(verified.why);
      continue;
    }
    const { provenance } = verified;
    const isOther = !provenance.digests.some((digest) =>
      (wanted.digests as readonly string[]).includes(digest),
    );
    if (provenance.predicateType !== PROVENANCE_TYPE || (ignoresOthers && isOther)) continue;
    const why = contradiction(provenance, wanted);
    if (why === undefined) return { kind: 'proven', provenance };
    reasons.push(why);
  }
  if (reasons.length > 0) return { kind: 'contradicts', why: [...new Set(reasons)].join('; ') };
  const why = `there is no attestation of type ${PROVENANCE_TYPE} about ${wanted.digests.join(' or ')}`;
  return { kind: 'missing', why, fix: ATTEST };
}

function trusted<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Unavailable(`the trusted root cannot be read: ${capital(reason)}`, ROOT_FIX, { cause: error });
  }
}

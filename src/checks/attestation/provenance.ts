/** What a proof of where an image was built says, and whether it is the proof that was asked for. Pure. */
import type { AttestationPolicy } from '../../inputs/gate-policy.ts';
import type { Digest } from '../../types.ts';
import type { GateFinding } from '../gate/trial.ts';

/** SLSA's provenance, as GitHub's attestations carry it. */
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';

/** What a signed statement says, and who signed it: from its certificate, not from its text. */
export interface Provenance {
  readonly predicateType: string;
  /** `sha256:…` of everything that it is about. */
  readonly digests: readonly string[];
  /** Who vouches for the workflow: GitHub's issuer of tokens. */
  readonly issuer: string;
  /** `https://github.com/acme/iris`. */
  readonly repository: string;
  /** The workflow that ran, and the reusable one that signed, with their refs. */
  readonly workflows: readonly string[];
  /** Empty where the certificate names none. */
  readonly commit: string;
}

/** What a proof must say. */
export interface WantedProof {
  /** The image, and the index that it was pushed in. */
  readonly digests: readonly Digest[];
  /** `https://github.com`. */
  readonly server: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly workflow: string | undefined;
}

export type ProofSeen =
  | { readonly kind: 'proven'; readonly provenance: Provenance }
  /** It says something else, or its signature does not hold. A clause. */
  | { readonly kind: 'contradicts'; readonly why: string }
  /** None could be had. A clause, and what to do about it. */
  | { readonly kind: 'missing'; readonly why: string; readonly fix: string };

/** @returns what a proof says that it must not, as a clause; undefined for the proof that was asked for. */
export function contradiction(found: Provenance, wanted: WantedProof): string | undefined {
  const { digests, server, repository, workflow } = wanted;
  if (!found.digests.some((digest) => (digests as readonly string[]).includes(digest)))
    return `it is about another image (${found.digests.join(', ') || 'none'})`;
  if (!isIssuer(found.issuer, server))
    return `GitHub's workflows on ${server} did not sign it (${found.issuer || 'no issuer'} did)`;
  const home = `${server}/${repository}`;
  if (!sameText(found.repository, home))
    return `${found.repository || 'no repository'} built the image, and not ${home}`;
  if (workflow === undefined) return undefined;
  const path = workflow.split('@')[0] ?? '';
  const whole = path.startsWith('.github/') ? `${home}/${path}` : `${server}/${path}`;
  if (found.workflows.some((one) => sameText(one.split('@')[0] ?? '', whole))) return undefined;
  return `the workflow ${found.workflows[0] ?? 'that is not named'} built the image, and not ${whole}`;
}

/** GitHub's own, an enterprise's with its name behind it, or that of a host of its own. */
function isIssuer(issuer: string, server: string): boolean {
  const { hostname } = new URL(server);
  const tenant = hostname === 'github.com' ? 'githubusercontent.com' : hostname;
  const base = `https://token.actions.${tenant}`;
  return issuer === base || issuer.startsWith(`${base}/`);
}

/** GitHub's names are the same in upper and lower case. */
function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

export function judgeProof(seen: ProofSeen, { verify }: Pick<AttestationPolicy, 'verify'>): GateFinding {
  const key = 'attestation';
  switch (seen.kind) {
    case 'proven': {
      const { repository, commit } = seen.provenance;
      const from = commit === '' ? repository : `${repository} from commit ${commit.slice(0, 7)}`;
      return { key, kind: 'passed', sentence: `The image's attestation holds: it was built by ${from}` };
    }
    case 'contradicts':
      return {
        key,
        kind: 'refused',
        sentence: `The image's attestation is refused: ${seen.why}`,
        fix: REFUSED,
      };
    case 'missing': {
      const sentence = `Where the image was built is not proven: ${seen.why}`;
      return { key, kind: verify === 'require' ? 'refused' : 'unknown', sentence, fix: seen.fix };
    }
  }
}

const REFUSED =
  'Do not use this image before you know where it comes from. If another repository or workflow is the right one, name it in attestation.repository or attestation.workflow.';

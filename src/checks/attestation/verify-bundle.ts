/** The cryptography of attestations: loaded only where one is to be verified. */
import { bundleFromJSON, isBundleWithDsseEnvelope, type Bundle } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier, type Signer } from '@sigstore/verify';
import type { Provenance } from './provenance.ts';

export type Verified =
  | { readonly kind: 'holds'; readonly provenance: Provenance }
  /** Signed by nobody who is trusted, changed since, or no attestation at all; a clause. */
  | { readonly kind: 'does-not-hold'; readonly why: string };

/** Who may sign, and what a signature needs beside it. */
type Trust = readonly Verifier[];

/**
 * A root that has a log of signatures demands an entry there, one that has none a time stamp: what the bundle brings decides nothing.
 * @param roots parsed JSON, one a root.
 * @throws Error where one is no trusted root.
 */
export function trustIn(roots: readonly unknown[]): Trust {
  return roots.map((json) => {
    const root = TrustedRoot.fromJSON(json);
    if (root.certificateAuthorities.length === 0) throw new Error('it names no certificate authority');
    return new Verifier(toTrustMaterial(root), {
      ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0,
      tlogThreshold: root.tlogs.length > 0 ? 1 : 0,
      timestampThreshold: 1,
    });
  });
}

/** Signature, chain of certificates and time of one bundle, under any of the roots. */
export function verifyBundle(json: unknown, trust: Trust): Verified {
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(json);
  } catch (error) {
    return doesNotHold(`it is no Sigstore bundle (${wordsOf(error)})`);
  }
  if (!isBundleWithDsseEnvelope(bundle)) return doesNotHold('it signs no statement');
  const { payload, payloadType } = bundle.content.dsseEnvelope;
  if (payloadType !== IN_TOTO) return doesNotHold(`it signs ${payloadType}, which is no statement`);
  const reasons: string[] = [];
  for (const verifier of trust) {
    try {
      const signer = verifier.verify(toSignedEntity(bundle));
      return { kind: 'holds', provenance: provenanceOf(signer, payload) };
    } catch (error) {
      reasons.push(wordsOf(error));
    }
  }
  return doesNotHold(`its signature does not hold (${[...new Set(reasons)].join('; ')})`);
}

function doesNotHold(why: string): Verified {
  return { kind: 'does-not-hold', why };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Statement {
  readonly predicateType?: unknown;
  readonly subject?: readonly { readonly digest?: Readonly<Record<string, unknown>> }[];
}

const IN_TOTO = 'application/vnd.in-toto+json';

/** The statement's words, which are signed, and the signer's, which the certificate authority wrote. */
function provenanceOf({ identity }: Signer, payload: Buffer): Provenance {
  const { predicateType, subject = [] } = JSON.parse(payload.toString('utf8')) as Statement;
  const claim = (number: number) => extension(identity?.oids ?? [], number);
  return {
    predicateType: String(predicateType),
    digests: subject.flatMap(({ digest = {} }) =>
      typeof digest['sha256'] === 'string' ? [`sha256:${digest['sha256']}`] : [],
    ),
    issuer: identity?.extensions?.issuer ?? '',
    repository: claim(CLAIM.repository),
    workflows: [claim(CLAIM.workflow), claim(CLAIM.signer)].filter((uri) => uri !== ''),
    commit: claim(CLAIM.commit),
  };
}

/** Fulcio's extensions of a certificate, below 1.3.6.1.4.1.57264.1. */
const CLAIM = { signer: 9, repository: 12, commit: 13, workflow: 18 } as const;
const FULCIO = [1, 3, 6, 1, 4, 1, 57264, 1];

type Extensions = NonNullable<NonNullable<Signer['identity']>['oids']>;

/** A text of the certificate; empty where it has none. */
function extension(oids: Extensions, number: number): string {
  const wanted = [...FULCIO, number].join('.');
  const der = oids.find(({ oid }) => oid?.id.join('.') === wanted)?.value;
  if (der?.[0] !== UTF8_STRING) return '';
  // The length is one byte, or its lower bits say how many bytes it has.
  const length = der[1] ?? 0;
  return der.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f)).toString('utf8');
}

const UTF8_STRING = 0x0c;

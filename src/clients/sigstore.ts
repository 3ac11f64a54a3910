/** Signs statements as this job, by Sigstore: loaded only where provenance is attached. */
import { bundleToJSON } from '@sigstore/bundle';
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } from '@sigstore/sign';

/** Who certifies the job's key, and who testifies when it signed: a public log, or a time stamp where the repository is not public. */
export interface SigningService {
  readonly fulcioUrl: string;
  readonly witness: { readonly kind: 'log' | 'time-stamp'; readonly url: string };
}

/** Of one request; each is sent three times at most. */
const TIMEOUT_MS = 20_000;

/**
 * @param token the job's OIDC token for the audience `sigstore`.
 * @returns the bundle as JSON.
 * @throws Error of @sigstore/sign, its cause with the service's answer.
 */
export async function signStatement(
  statement: object,
  token: string,
  { fulcioUrl, witness }: SigningService,
): Promise<object> {
  const service = { retry: 2, timeout: TIMEOUT_MS };
  const identityProvider = { getToken: () => Promise.resolve(token) };
  const signer = new FulcioSigner({ fulcioBaseURL: fulcioUrl, identityProvider, ...service });
  const witnesses = [
    witness.kind === 'log'
      ? new RekorWitness({ rekorBaseURL: witness.url, entryType: 'dsse', ...service })
      : new TSAWitness({ tsaBaseURL: witness.url, ...service }),
  ];
  const data = Buffer.from(JSON.stringify(statement));
  const builder = new DSSEBundleBuilder({ signer, witnesses });
  return bundleToJSON(await builder.create({ data, type: 'application/vnd.in-toto+json' }));
}

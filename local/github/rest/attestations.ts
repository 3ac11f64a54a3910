import { jsonResponse, queryValue } from '../../http.ts';
import type { Attestation } from '../state.ts';
import { newId } from '../state.ts';
import type { RestContext, Route } from './route.ts';
import { bodyOf, RestError } from './route.ts';

export const attestationRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/attestations',
    operation: 'repos/create-attestation',
    permission: 'attestations',
    access: 'write',
    creates: 1,
    handle: (context, repository) => {
      const { bundle } = bodyOf(context);
      if (typeof bundle !== 'object' || bundle === null) throw invalid('bundle is missing');
      const { databaseId } = newId(context.state, 'A');
      (repository.attestations ??= []).push({ id: databaseId, bundle, ...statementIn(bundle) });
      return jsonResponse(201, { id: databaseId });
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/attestations/{subject_digest}',
    operation: 'repos/list-attestations',
    permission: 'attestations',
    access: 'read',
    handle: (context, repository) => {
      const found = (repository.attestations ?? []).filter((one) => isAskedFor(one, context));
      // Without one GitHub answers 404, not an empty list.
      if (found.length === 0) throw new RestError(404, 'Not Found');
      const attestations = found.map(({ id, bundle }) => ({
        ...(context.state.settings.inlineBundles ? { bundle } : {}),
        repository_id: repository.databaseId,
        bundle_url: `${BUNDLE_STORE}/${id}.json.sn?sig=local`,
        initiator: 'user',
      }));
      return jsonResponse(200, { attestations });
    },
  },
];

/** Where GitHub keeps bundles: a store of its own, with addresses that need no token, compressed with Snappy. */
export const BUNDLE_STORE = 'https://tmaproduction.blob.core.windows.net/attestations/1';

function isAskedFor({ digests, predicateType }: Attestation, context: RestContext): boolean {
  const type = queryValue(context.request, 'predicate_type');
  // GitHub takes short names for the common ones.
  const wanted = type === 'provenance' ? 'https://slsa.dev/provenance/v1' : type;
  return (
    digests.includes(context.params['subject_digest'] ?? '') &&
    (wanted === undefined || wanted === predicateType)
  );
}

interface Bundle {
  readonly dsseEnvelope?: { readonly payload?: string };
}

interface Statement {
  readonly predicateType: string;
  readonly subject: readonly { readonly digest: Readonly<Record<string, string>> }[];
}

/** What the bundle is about, unverified: GitHub indexes it by that. */
function statementIn({ dsseEnvelope }: Bundle): Pick<Attestation, 'digests' | 'predicateType'> {
  try {
    const text = Buffer.from(dsseEnvelope?.payload ?? '', 'base64').toString('utf8');
    const { predicateType, subject } = JSON.parse(text) as Statement;
    const digests = subject.flatMap(({ digest }) =>
      Object.entries(digest).map(([name, hex]) => `${name}:${hex}`),
    );
    return { predicateType, digests };
  } catch {
    throw invalid('bundle has no in-toto statement');
  }
}

function invalid(message: string): RestError {
  return new RestError(422, `Invalid bundle: ${message}`);
}

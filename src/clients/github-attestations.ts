/** Attestations that GitHub stores: Sigstore bundles, by the digest of what they are about. */
import type { Digest } from '../types.ts';
import { GitHubFailure } from './github-failure.ts';
import type { GitHubClient } from './github.ts';
import { HttpFailure, type Http } from './http.ts';
import { retry, type RetryTools } from './retry.ts';

const KEEP_BUDGET_MS = 60_000;

/** GitHub checks the bundle; the same one sent twice is kept twice, which harms nobody. @throws GitHubFailure, UserError */
export async function keepAttestation(
  { github, ...tools }: RetryTools & { readonly github: Pick<GitHubClient, 'send'> },
  { repository, bundle }: { readonly repository: string; readonly bundle: object },
): Promise<void> {
  const [owner = '', repo = ''] = repository.split('/');
  const passes = (error: unknown) =>
    error instanceof GitHubFailure && (error.status === 0 || error.status >= 500)
      ? { ms: 2000, why: 'GitHub did not keep the attestation' }
      : undefined;
  await retry(tools, { attempts: 3, budgetMs: KEEP_BUDGET_MS, passes }, () =>
    github.send('/repos/{owner}/{repo}/attestations', { owner, repo, bundle }),
  );
}

/** GitHub's answer; a newer version of its API leaves the bundle out and says where it lies. */
interface Answer {
  readonly attestations?: readonly {
    readonly bundle?: object | null;
    readonly bundle_url?: string | null;
  }[];
}

interface AttestationTools {
  readonly github: Pick<GitHubClient, 'get'>;
  readonly http: Http;
}

interface Asked {
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly digest: Digest;
  readonly predicateType: string;
}

const MOST = 100;
const BUNDLE_TIMEOUT_MS = 30_000;

/**
 * One request, and one more for each bundle that GitHub does not send with it.
 * @returns the bundles as parsed JSON; none where GitHub has none (404).
 * @throws GitHubFailure, UserError, HttpFailure
 */
export async function readAttestations(
  { github, http }: AttestationTools,
  { repository, digest, predicateType }: Asked,
): Promise<readonly unknown[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const route = '/repos/{owner}/{repo}/attestations/{digest}';
  const asked = { owner, repo, digest, per_page: MOST, predicate_type: predicateType };
  const { attestations = [] } = await github.get<Answer>(route, asked).catch((error: unknown) => {
    if (error instanceof GitHubFailure && error.status === 404) return {} as Answer;
    throw error;
  });
  const bundles = attestations.map(({ bundle, bundle_url: url }) => {
    if (bundle) return Promise.resolve(bundle);
    return url ? download(http, url) : Promise.resolve(undefined);
  });
  return (await Promise.all(bundles)).filter((bundle) => bundle !== undefined);
}

/** The address is signed and needs no token. What lies there is compressed with Snappy. */
async function download(http: Http, url: string): Promise<unknown> {
  const { status, body, bytes } = await http({ url, timeoutMs: BUNDLE_TIMEOUT_MS });
  if (status !== 200) throw new HttpFailure(`the store of attestations answered ${status}`);
  try {
    const isPlain = bytes === undefined || body.trimStart().startsWith('{');
    return JSON.parse(isPlain ? body : await fromSnappy(bytes)) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HttpFailure(`the store of attestations gave no bundle (${reason})`, { cause: error });
  }
}

const LARGEST = 32 * 1024 * 1024;

async function fromSnappy(bytes: Uint8Array): Promise<string> {
  const { snappyUncompress } = await import('hyparquet');
  let size = 0;
  for (const [index, byte] of bytes.subarray(0, 5).entries()) {
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) break;
  }
  if (size > LARGEST) throw new Error(`it claims to be ${size} bytes`);
  const output = new Uint8Array(size);
  snappyUncompress(bytes, output);
  return new TextDecoder().decode(output);
}

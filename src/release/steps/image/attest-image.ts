/** Provenance of an image that this job built, signed as this job and kept by GitHub. */
import {
  provenanceStatement,
  type AttestedImage,
  type JobClaims,
} from '../../../checks/attestation/statement.ts';
import { GitHubFailure } from '../../../clients/github-failure.ts';
import { keepAttestation } from '../../../clients/github-attestations.ts';
import { readJobToken } from '../../../clients/job-token.ts';
import type { SigningService } from '../../../clients/sigstore.ts';
import type { Tools } from '../../../clients/tools.ts';
import { Cancelled, UserError } from '../../../errors.ts';
import type { RunIdentity } from '../../../types.ts';

type AttestTools = Pick<Tools, 'github' | 'http' | 'env' | 'secret' | 'permits' | 'clock' | 'signal' | 'log'>;

export interface ImageToAttest extends AttestedImage {
  readonly run: Pick<RunIdentity, 'repository'>;
  readonly token: string | undefined;
}

const GRANTS =
  'Give the job permissions: id-token: write and attestations: write, and give github-token, or leave attestation.provenance out';

/** Before a build of minutes: whether this job could sign at all. @throws UserError `attestation-failed`. */
export function requireSigner(
  { env }: Pick<Tools, 'env'>,
  { run, token }: Pick<ImageToAttest, 'run' | 'token'>,
): void {
  const lacks = [
    ...(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ? [] : ["the job's OIDC token (id-token: write)"]),
    ...(token === undefined ? ['github-token'] : []),
    ...(run.repository === '' ? ['a repository on GitHub'] : []),
  ];
  if (lacks.length === 0) return;
  throw new UserError('attestation-failed', {
    what: `attestation.provenance is true, and this job cannot attest what it builds: it lacks ${lacks.join(' and ')}.`,
    fix: `${GRANTS}. Nothing was built.`,
  });
}

/**
 * Writes `github:attestation`.
 * @throws UserError `attestation-failed`: the image is in ECR then, and nothing of it serves.
 */
export async function attestImage(tools: AttestTools, image: ImageToAttest): Promise<void> {
  try {
    const { token, claims } = await readJobToken<JobClaims>(tools, 'sigstore');
    const server = tools.env['GITHUB_SERVER_URL'] || 'https://github.com';
    const statement = provenanceStatement(image, claims, server);
    const service = serviceFor(claims, server, tools.env);
    const { signStatement } = await import('../../../clients/sigstore.ts');
    const bundle = await tools.permits.send('github:attestation', () =>
      signStatement(statement, token, service),
    );
    const github = await tools.github(image.token ?? '', { write: 'github:attestation' });
    await keepAttestation({ ...tools, github }, { repository: image.run.repository, bundle });
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    throw failed(image, error);
  }
}

/** Sigstore's public services write a log that everybody reads; what is not public goes to GitHub's own. */
function serviceFor(claims: JobClaims, server: string, env: Tools['env']): SigningService {
  const isPublic = claims.repository_visibility === 'public';
  const { hostname } = new URL(server);
  const own = hostname === 'github.com' ? 'githubapp.com' : hostname;
  const at = (name: string, url: string) => onThisMachine(env[name]) ?? url;
  return isPublic
    ? {
        fulcioUrl: at('SIGSTORE_FULCIO_URL', 'https://fulcio.sigstore.dev'),
        witness: { kind: 'log', url: at('SIGSTORE_REKOR_URL', 'https://rekor.sigstore.dev') },
      }
    : {
        fulcioUrl: at('SIGSTORE_FULCIO_URL', `https://fulcio.${own}`),
        witness: { kind: 'time-stamp', url: at('SIGSTORE_TSA_URL', `https://timestamp.${own}`) },
      };
}

/** For tests: nobody else's address gets the job's token. */
function onThisMachine(url: string | undefined): string | undefined {
  return url !== undefined && /^http:\/\/127\.0\.0\.1:\d+$/.test(url) ? url : undefined;
}

function failed({ name, digest }: ImageToAttest, error: unknown): UserError {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const more = cause instanceof Error && cause.message !== message ? ` (${cause.message})` : '';
  const grants = error instanceof GitHubFailure && [403, 404].includes(error.status) ? `${GRANTS}. ` : '';
  const repository = name.slice(name.indexOf('/') + 1);
  return new UserError(
    'attestation-failed',
    {
      what: `The image ${name}@${digest} was pushed, and it could not be attested: ${message.replace(/\.$/, '')}${more}.`,
      fix: `${grants}No version was published. A later run finds this image in ECR and does not attest it: delete it (aws ecr batch-delete-image --repository-name ${repository} --image-ids imageDigest=${digest}), and run this again.`,
    },
    { cause: error },
  );
}

/** What is said of an image that this job built: SLSA's provenance, in the words of GitHub's own attestations. Pure. */
import type { Commit, Digest } from '../../types.ts';
import { PROVENANCE_TYPE } from './provenance.ts';

/** What GitHub says of the job, in the token that it signs for it. */
export interface JobClaims {
  readonly repository: string;
  readonly repository_id: string;
  readonly repository_owner_id: string;
  /** `public`, `private` or `internal`. */
  readonly repository_visibility: string;
  readonly ref: string;
  readonly sha: string;
  readonly event_name: string;
  readonly runner_environment: string;
  readonly run_id: string;
  readonly run_attempt: string;
  /** `acme/iris/.github/workflows/ci_cd.yml@refs/heads/main`. */
  readonly workflow_ref: string;
  /** The same of the reusable workflow that the job is in. */
  readonly job_workflow_ref: string;
}

export interface AttestedImage {
  /** Without tag and digest. */
  readonly name: string;
  readonly digest: Digest;
  /** What was checked out: not always the commit of the run. */
  readonly commit: Commit;
}

/** @param server `https://github.com`. */
export function provenanceStatement(
  { name, digest, commit }: AttestedImage,
  claims: JobClaims,
  server: string,
): object {
  const repository = `${server}/${claims.repository}`;
  const [path = '', ...ref] = claims.workflow_ref.replace(`${claims.repository}/`, '').split('@');
  const { event_name, repository_id, repository_owner_id, runner_environment } = claims;
  const source = `git+${repository}${commit === claims.sha ? `@${claims.ref}` : ''}`;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { sha256: digest.slice('sha256:'.length) } }],
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: { workflow: { ref: ref.join('@'), repository, path } },
        internalParameters: {
          github: { event_name, repository_id, repository_owner_id, runner_environment },
        },
        resolvedDependencies: [{ uri: source, digest: { gitCommit: commit } }],
      },
      runDetails: {
        builder: { id: `${server}/${claims.job_workflow_ref}` },
        metadata: {
          invocationId: `${repository}/actions/runs/${claims.run_id}/attempts/${claims.run_attempt}`,
        },
      },
    },
  };
}

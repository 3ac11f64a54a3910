/** What the tests of the local REST API begin with. */
import { createLocalGitHub } from '../../local/github/github.ts';
import { seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import { octokitFor } from './octokit.ts';

/** A repository of acme's, and a token that may do what the tests ask for. */
export function world() {
  const github = createLocalGitHub();
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'app-token', {
    permissions: {
      contents: 'write',
      issues: 'write',
      deployments: 'write',
      pull_requests: 'read',
      actions: 'read',
      attestations: 'write',
      administration: 'write',
      environments: 'write',
      organization_custom_properties: 'read',
    },
  });
  const files = { 'README.md': 'iris', 'src/a.py': 'a = 1\n' };
  const properties = { 'model-release': 'yes' };
  const repository = seedRepository(github.state, ['acme', 'iris'], { files, properties });
  return { github, repository, octokit: octokitFor(github) };
}

export const DIGEST = `sha256:${'a'.repeat(64)}`;
const STATEMENT = {
  predicateType: 'https://slsa.dev/provenance/v1',
  subject: [{ name: 'iris', digest: { sha256: 'a'.repeat(64) } }],
};
export const BUNDLE = {
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  dsseEnvelope: { payload: Buffer.from(JSON.stringify(STATEMENT)).toString('base64') },
};

export const at = { owner: 'acme', repo: 'iris' };
export const inProd = { ...at, environment_name: 'prod' };

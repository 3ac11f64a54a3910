/** Every workflow and action file of this project, and GitHub's own parser over them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { validate, type ActionsMetadataProvider } from '@actions/languageservice';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { readYaml, type ActionFile } from './files.ts';

/** Where this project lives: OWNER in the stubs until attach or init writes them, and acme in the examples. */
const PROJECT = /^(?:OWNER|acme)\/model-release(?:\/|$)/;

export function tracked(...patterns: readonly string[]): readonly string[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const paths = execFileSync('git', list, { encoding: 'utf8' }).split('\n').filter(Boolean);
  return [...new Set(paths)].filter((path) => existsSync(path)).sort();
}

export const actionPaths = tracked('action.yml', '*/action.yml');
export const reusablePaths = ['pull-request', 'release', 'release-to', 'rollback', 'watch'].map(
  (name) => `.github/workflows/${name}.yml`,
);
export const stubPaths = tracked('workflows/*.yml');
export const workflowPaths = [
  ...tracked('.github/workflows/*.yml'),
  ...stubPaths,
  // Files of other systems in examples/recipes end in .yaml.
  ...tracked('examples/workflows/*.yml', 'examples/recipes/*.yml', 'examples/**/.github/workflows/*.yml'),
];

/** The path in this project that a `uses:` means; undefined for somebody else's. */
export function ownPath(uses: string): string | undefined {
  if (uses.startsWith('$/')) return fileOf(uses.slice(2));
  const [name = '', ref = ''] = uses.split('@');
  if (!PROJECT.test(name)) return undefined;
  if (ref !== 'v1') throw new Error(`${uses}: examples and stubs name @v1`);
  return fileOf(name.replace(PROJECT, ''));
}

function fileOf(path: string): string {
  if (/\.ya?ml$/.test(path)) return path;
  return path === '' ? 'action.yml' : `${path}/action.yml`;
}

/**
 * The inputs of the third-party actions at the commits that the workflows pin, as far as our workflows use them: their own
 * files are not here to be read.
 */
const foreign: Readonly<Record<string, readonly string[]>> = {
  'actions/create-github-app-token': ['client-id', 'private-key', 'owner'],
  'actions/upload-artifact': ['name', 'path'],
  'actions/checkout': ['persist-credentials', 'lfs', 'submodules', 'repository', 'ref', 'path'],
  'aws-actions/amazon-ecr-login': [],
  'docker/build-push-action': ['push', 'platforms', 'provenance', 'tags', 'labels'],
  'aws-actions/configure-aws-credentials': ['role-to-assume', 'aws-region', 'mask-aws-account-id'],
};

const actionsMetadataProvider: ActionsMetadataProvider = {
  fetchActionMetadata: ({ owner, name, path, ref }) => {
    const repository = `${owner}/${name}`;
    const uses = `${repository}${path === undefined || path === '' ? '' : `/${path}`}@${ref}`;
    const own = ownPath(uses);
    if (own !== undefined) return Promise.resolve(readYaml<never>(own));
    const inputs = foreign[repository];
    if (inputs === undefined) return Promise.resolve(undefined);
    const described = inputs.map((input) => [input, { description: '' }]);
    return Promise.resolve({
      name: repository,
      description: '',
      inputs: Object.fromEntries(described),
    } as never);
  },
};

/** What GitHub's language service finds wrong with a file, or with what it becomes: `12:3 message`. */
export async function findings(path: string, text = readFileSync(path, 'utf8')): Promise<readonly string[]> {
  // The service tells workflows from actions by their path; stubs and examples stand elsewhere in this project.
  const uri = actionPaths.includes(path) ? `file:///${path}` : `file:///.github/workflows/${path}`;
  const document = TextDocument.create(uri, 'yaml', 1, text);
  const diagnostics = await validate(document, {
    actionsMetadataProvider,
    fileProvider: {
      getFileContent: (reference) => {
        const file =
          'repository' in reference
            ? ownPath(`${reference.owner}/${reference.repository}/${reference.path}@${reference.version}`)
            : reference.path;
        if (file === undefined || !existsSync(file))
          return Promise.reject(new Error(`there is no ${String(file)}`));
        return Promise.resolve({ name: file, content: readFileSync(file, 'utf8') });
      },
    },
  });
  return diagnostics.map(
    ({ range, message }) => `${range.start.line + 1}:${range.start.character + 1} ${message}`,
  );
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly secrets?: unknown;
  readonly permissions?: Permissions;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<
    Record<string, { readonly inputs?: Readonly<Record<string, { readonly required?: boolean }>> } | null>
  >;
  readonly permissions?: Permissions;
  readonly jobs: Readonly<Record<string, Job>>;
}

export function readWorkflow(path: string): Workflow {
  return readYaml<Workflow>(path);
}

/** Everything that a workflow calls, with what it gives. */
export function usesOf(path: string): readonly { readonly uses: string; readonly with: readonly string[] }[] {
  const jobs = Object.values(readWorkflow(path).jobs);
  return [...jobs, ...jobs.flatMap(({ steps = [] }) => steps)].flatMap(({ uses, with: given = {} }) =>
    uses === undefined ? [] : [{ uses, with: Object.keys(given) }],
  );
}

/** The inputs that an action or a reusable workflow of ours takes. */
export function inputsOf(path: string): readonly string[] {
  const isWorkflow = path.startsWith('.github/workflows/');
  const inputs = isWorkflow
    ? readWorkflow(path).on['workflow_call']?.inputs
    : readYaml<ActionFile>(path).inputs;
  return Object.keys(inputs ?? {});
}

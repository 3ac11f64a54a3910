import type { ProjectSource } from '../../inputs/attach-inputs.ts';
import { sedForBranch } from './default-branch.ts';
import { sedForSource } from './project-source.ts';

/** The standard structure of a model repository, and what one lacks of it. Nothing here ever deletes anything. */

export interface StructureEntry {
  readonly path: string;
  readonly type: 'file' | 'folder';
  /** What it is for, as a clause. */
  readonly purpose: string;
  /** What supplies it, and what that needs besides; of a folder, the files inside. */
  readonly files: readonly SuppliedFile[];
}

interface SuppliedFile {
  /** The file of this project: `template/…` or a stub workflow. */
  readonly source: string;
  /** The file that is written. */
  readonly target: string;
}

function fromTemplate(...targets: readonly string[]): readonly SuppliedFile[] {
  return targets.map((target) => ({ source: `template/${target}`, target }));
}

export const STANDARD_STRUCTURE: readonly StructureEntry[] = [
  {
    path: 'model_code',
    type: 'folder',
    purpose: "the model's own code, imported by the handler and by training",
    files: fromTemplate('model_code/model.py', 'model_code/__init__.py'),
  },
  {
    path: 'tests/unit_tests',
    type: 'folder',
    purpose: 'tests that need no service; they run before anything is pushed',
    files: fromTemplate(
      'tests/unit_tests/test_model.py',
      'tests/unit_tests/__init__.py',
      'tests/__init__.py',
    ),
  },
  {
    path: 'tests/integration_tests',
    type: 'folder',
    purpose: 'tests of the handler with whole events',
    files: fromTemplate(
      'tests/integration_tests/test_handler.py',
      'tests/integration_tests/__init__.py',
      'tests/__init__.py',
    ),
  },
  {
    path: 'tests/samples.jsonl',
    type: 'file',
    purpose: 'requests with expected answers; each new version is checked with them before it gets traffic',
    files: fromTemplate('tests/samples.jsonl'),
  },
  {
    path: 'Dockerfile',
    type: 'file',
    purpose: "the image that becomes the function's code",
    files: fromTemplate('Dockerfile', 'requirements.txt', '.dockerignore'),
  },
  {
    path: 'lambda_function.py',
    type: 'file',
    purpose: 'the handler that Lambda calls',
    files: fromTemplate('lambda_function.py'),
  },
  {
    path: '.github/workflows/ci_cd.yml',
    type: 'file',
    purpose: 'the stub workflow that tests and releases',
    files: [{ source: 'workflows/ci_cd.yml', target: '.github/workflows/ci_cd.yml' }],
  },
  {
    path: '.github/workflows/rollback.yml',
    type: 'file',
    purpose: 'the stub workflow that goes back',
    files: [{ source: 'workflows/rollback.yml', target: '.github/workflows/rollback.yml' }],
  },
  {
    path: '.model-release.yml',
    type: 'file',
    purpose: 'what the stubs read: the function, its image repository, the tests',
    files: fromTemplate('.model-release.yml'),
  },
];

export interface MissingEntry {
  readonly entry: StructureEntry;
  /** `missing`, or `wrong-type`: a file where a folder should be, or the reverse. */
  readonly problem: 'missing' | 'wrong-type';
  /** Shell commands that add this, with what it needs, and overwrite nothing; empty when people must decide first. */
  readonly command: string;
}

/** What a stub is filled in with: where this project is kept, and the repository's default branch. */
export interface StubValues {
  readonly source: ProjectSource;
  readonly branch: string;
}

export function missingStructure(
  present: ReadonlyMap<string, 'file' | 'folder'>,
  stub: StubValues,
): MissingEntry[] {
  const missing: MissingEntry[] = [];
  for (const entry of STANDARD_STRUCTURE) {
    const found = present.get(entry.path);
    if (found === entry.type) continue;
    if (found === undefined) missing.push({ entry, problem: 'missing', command: commandFor(entry, stub) });
    else missing.push({ entry, problem: 'wrong-type', command: '' });
  }
  return missing;
}

function commandFor({ files }: StructureEntry, stub: StubValues): string {
  return files.map((file) => fetchCommand(file, stub)).join(' &&\n');
}

/**
 * Fetches into a file beside it first: a failed download leaves nothing, and an existing file is never touched. A stub is filled
 * in as attach does it.
 */
function fetchCommand({ source: file, target }: SuppliedFile, { source, branch }: StubValues): string {
  const folder = target.includes('/') ? `mkdir -p ${target.slice(0, target.lastIndexOf('/'))} && ` : '';
  const url = `repos/${source.repository}/contents/${file}?ref=${source.ref}`;
  const part = `${target}.part`;
  const isStub = file.startsWith('workflows/');
  const placed = isStub
    ? `sed -e ${sedForSource(source)} -e ${sedForBranch(branch)} ${part} > ${target}`
    : `mv ${part} ${target}`;
  const fetched = `gh api -H 'Accept: application/vnd.github.raw+json' '${url}' > ${part}`;
  return `[ -e ${target} ] || { ${folder}${fetched} && ${placed}; rm -f ${part}; [ -e ${target} ]; }`;
}

import type { ProjectSource } from '../../inputs/attach-inputs.ts';
import { sedForBranch } from './default-branch.ts';
import { sedForSource } from './project-source.ts';

/** The standard structure of a model repository, and what one lacks of it. Nothing here ever deletes anything. */

export interface StructureEntry {
  readonly path: string;
  readonly type: 'file' | 'folder';
  /** What it is for, as a clause. */
  readonly purpose: string;
  /** The file of this project that supplies it: `template/…` or a stub workflow. */
  readonly source: string;
  /** The file that is written; for a folder, the first one inside. */
  readonly target: string;
}

export const STANDARD_STRUCTURE: readonly StructureEntry[] = [
  {
    path: 'model_code',
    type: 'folder',
    purpose: "the model's own code, imported by the handler and by training",
    source: 'template/model_code/model.py',
    target: 'model_code/model.py',
  },
  {
    path: 'tests/unit_tests',
    type: 'folder',
    purpose: 'tests that need no service; they run before anything is built',
    source: 'template/tests/unit_tests/test_model.py',
    target: 'tests/unit_tests/test_model.py',
  },
  {
    path: 'tests/integration_tests',
    type: 'folder',
    purpose: 'tests of the handler with whole events',
    source: 'template/tests/integration_tests/test_handler.py',
    target: 'tests/integration_tests/test_handler.py',
  },
  {
    path: 'Dockerfile',
    type: 'file',
    purpose: "the image that becomes the function's code",
    source: 'template/Dockerfile',
    target: 'Dockerfile',
  },
  {
    path: 'lambda_function.py',
    type: 'file',
    purpose: 'the handler that Lambda calls',
    source: 'template/lambda_function.py',
    target: 'lambda_function.py',
  },
  {
    path: '.github/workflows/ci_cd.yml',
    type: 'file',
    purpose: 'the stub workflow that tests and releases',
    source: 'workflows/ci_cd.yml',
    target: '.github/workflows/ci_cd.yml',
  },
  {
    path: '.github/workflows/rollback.yml',
    type: 'file',
    purpose: 'the stub workflow that goes back',
    source: 'workflows/rollback.yml',
    target: '.github/workflows/rollback.yml',
  },
  {
    path: '.model-release.yml',
    type: 'file',
    purpose: 'what the stubs read: the function, its image repository, the tests',
    source: 'template/.model-release.yml',
    target: '.model-release.yml',
  },
];

export interface MissingEntry {
  readonly entry: StructureEntry;
  /** `missing`, or `wrong-type`: a file where a folder should be, or the reverse. */
  readonly problem: 'missing' | 'wrong-type';
  /** A shell command that adds exactly this and overwrites nothing; empty when people must decide first. */
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

/**
 * Fetches first and writes then: a failed download leaves no empty file, and an existing file is never touched. A stub is filled
 * in as attach does it.
 */
function commandFor({ source: file, target }: StructureEntry, { source, branch }: StubValues): string {
  const folder = target.includes('/') ? `mkdir -p ${target.slice(0, target.lastIndexOf('/'))} && ` : '';
  const url = `repos/${source.repository}/contents/${file}?ref=${source.ref}`;
  const isStub = file.startsWith('workflows/');
  const filled = isStub ? ` | sed -e ${sedForSource(source)} -e ${sedForBranch(branch)}` : '';
  const fetched = `body=$(gh api -H 'Accept: application/vnd.github.raw+json' '${url}')`;
  return `[ -e ${target} ] || { ${folder}${fetched} && printf '%s\\n' "$body"${filled} > ${target}; }`;
}

import type { ProjectSource } from '../../inputs/attach-inputs.ts';
import { withDefaultBranch } from './default-branch.ts';
import type { ObservedRepository } from './observed.ts';
import type { FileChange, ProposingPlan } from './plan.ts';
import type { Wanted } from './wanted.ts';

/** Whose workflows these are, and the page of the run that proposes them; empty when it has none. */
export interface Origin extends ProjectSource {
  readonly runUrl: string;
}

/** The pull request as the people of the repository read it. */
interface PullRequestText {
  readonly title: string;
  readonly body: string;
}

/** What a merge leads to. */
interface Merge {
  /** The default branch. */
  readonly branch: string;
  /** Whether a push to it releases the model from then on. */
  readonly releases: boolean;
}

function pullRequestText(changes: readonly FileChange[], origin: Origin, merge: Merge): PullRequestText {
  const edited = changes.filter(({ state }) => state === 'edited');
  const isNew = changes.every(({ state }) => state === 'missing');
  const title = isNew ? 'Attach the model release workflows' : 'Bring the model release workflows up to date';
  const list = changes.map(({ path, state }) => `- \`${path}\` (${EXPLAINED[state]})`);
  const warning =
    edited.length === 0
      ? []
      : [
          '',
          '> [!WARNING]',
          `> ${edited.map(({ path }) => `\`${path}\``).join(', ')} ${edited.length === 1 ? 'was' : 'were'} edited here.`,
          '> Merging replaces these edits. Read the diff first: what this repository needs for itself belongs into',
          '> `.model-release.yml`, which is never touched.',
        ];
  const run = origin.runUrl === '' ? '' : ` in [this run](${origin.runUrl})`;
  const body = [
    `These files connect the repository to \`${origin.repository}@${origin.ref}\`, which tests, releases and rolls back its model.`,
    '',
    ...list,
    ...releaseNote(merge),
    ...warning,
    '',
    'They are the same in every repository but for the name of its default branch, and updates of the pipeline need no further pull',
    `request. Closing this one unmerged is a decision that attach respects until the files change. Proposed by attach${run}.`,
  ].join('\n');
  return { title, body };
}

const EXPLAINED: Readonly<Record<FileChange['state'], string>> = {
  missing: 'new',
  outdated: 'an earlier version, or one for another default branch; unchanged since',
  edited: 'differs from every version that attach has brought',
};

/** What the pull request and its commit say. */
export interface ProposalText extends PullRequestText {
  /** The digest of the wanted content, kept in the commit's message. */
  readonly digest: string;
}

export function proposalText(
  { repository, plan }: { readonly repository: ObservedRepository; readonly plan: ProposingPlan },
  wanted: Wanted,
  origin: Origin,
): ProposalText {
  const branch = repository.base?.branch ?? '';
  const merge = { branch, releases: releasesOnPush(wanted, origin) };
  return { ...pullRequestText(plan.changes, origin, merge), digest: wanted.digest };
}

/** Whether one of the files calls the workflow that releases, and lists the default branch. */
function releasesOnPush({ files }: Wanted, { repository }: ProjectSource): boolean {
  return files.some(({ bytes }) => {
    const lists = !Buffer.from(withDefaultBranch(bytes, 'main')).equals(bytes);
    return lists && Buffer.from(bytes).includes(`${repository}/.github/workflows/release.yml@`);
  });
}

function releaseNote({ branch, releases }: Merge): readonly string[] {
  if (!releases) return [];
  const name = `\`${branch.replaceAll('`', "'")}\``;
  return [
    '',
    '> [!IMPORTANT]',
    `> Merging releases the model: the merge is a push to ${name}, and each push to ${name} runs the tests and, when they pass,`,
    '> releases what `.model-release.yml` names. Check that file first.',
  ];
}

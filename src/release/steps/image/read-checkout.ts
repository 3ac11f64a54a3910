/** Which commit is checked out, and whether it is checked out as it is. */
import { join } from 'node:path';
import type { Shell } from '../../../clients/shell.ts';
import type { Tools } from '../../../clients/tools.ts';
import { UserError } from '../../../errors.ts';
import type { DeployInputs } from '../../../inputs/deploy-inputs.ts';
import type { CheckedOutSource } from '../../plan/build-identity.ts';
import type { Commit } from '../../../types.ts';
import { folders } from '../tests/test-model.ts';
import { askGit, firstPaths, LEFT_BEHIND, listedPaths } from './git.ts';
import { readBuildSource } from './read-build-source.ts';

/** What is checked out, read before the first test of any service: tests may leave files behind. */
export interface Checkout {
  readonly commit: Commit;
  /** What else the image is made of; undefined where the caller brought it. */
  readonly source: CheckedOutSource | undefined;
}

type CheckoutTools = Pick<Tools, 'shell' | 'log' | 'env'>;

/**
 * The commit is the one of the checkout that the image is built from. Where nothing is built, and without a repository or git, the run's counts.
 * @throws UserError `commit-mismatch` when another commit is checked out than the run's, `dirty-checkout` when tracked files are
 * changed; those of `readBuildSource`.
 */
export async function readCheckout(
  tools: CheckoutTools,
  inputs: DeployInputs,
  given: Commit,
): Promise<Checkout> {
  if (inputs.imageUri !== undefined) return { commit: given, source: undefined };
  const { workspace } = folders(tools);
  const commit = await readCommit(tools, { ...inputs, workspace, given });
  return { commit, source: await readBuildSource(tools, { ...inputs, workspace }) };
}

interface CommitQuestion extends Pick<DeployInputs, 'context' | 'commit' | 'allowDirty'> {
  readonly workspace: string;
  readonly given: Commit;
}

async function readCommit({ shell, log }: CheckoutTools, question: CommitQuestion): Promise<Commit> {
  const { workspace, context, given } = question;
  const checkout =
    (await findCheckout(shell, join(workspace, context))) ?? (await findCheckout(shell, workspace));
  if (checkout === undefined) return given;
  const { folder, head } = checkout;
  // Of an annotated tag, the variable may name the tag itself.
  const named = ['rev-parse', '--verify', '--quiet', `${given}^{commit}`];
  if (given !== head && (await askGit(shell, folder, named))?.trim() !== head)
    throw otherCommit(head, given, question.commit === undefined ? 'GITHUB_SHA' : 'commit');
  const changed = await changedFiles(shell, folder);
  if (changed.length === 0) return head;
  const what = `Tracked files of the checkout are not as in commit ${head.slice(0, 12)}: ${firstPaths(changed)}.`;
  if (!question.allowDirty)
    throw new UserError('dirty-checkout', {
      what,
      fix: 'Commit them, or find the earlier step that changes them; with allow-dirty: true they are released as they are. Nothing was changed.',
    });
  log.warning(`${what} They are released as they are (allow-dirty).`);
  return head;
}

interface CheckedOut {
  readonly folder: string;
  readonly head: Commit;
}

/** The repository that holds the folder's files; of a submodule the one that it belongs to. */
async function findCheckout(shell: Shell, folder: string): Promise<CheckedOut | undefined> {
  const said = await askGit(shell, folder, ['rev-parse', '--show-superproject-working-tree', 'HEAD']);
  const [first = '', second] = said?.trim().split('\n') ?? [];
  if (second !== undefined) return findCheckout(shell, first);
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(first)) return undefined;
  // A repository far above, such as one of a home directory, knows nothing of the folder.
  const held = await askGit(shell, folder, ['ls-tree', '--name-only', 'HEAD']);
  return held === undefined || held === '' ? undefined : { folder, head: first };
}

/** In the whole checkout, submodules included. Untracked files are no change. */
async function changedFiles(shell: Shell, folder: string): Promise<readonly string[]> {
  const which = ['--untracked-files=no', '--ignore-submodules=untracked', '--no-renames'];
  const lines = listedPaths(await askGit(shell, folder, ['status', '--porcelain', '-z', ...which]));
  return lines.map((line) => line.slice(3)).filter((path) => !LEFT_BEHIND.test(path));
}

function otherCommit(head: Commit, given: Commit, name: 'GITHUB_SHA' | 'commit'): UserError {
  const [when, fix] =
    name === 'commit'
      ? ['', `Check out ${given} (ref of actions/checkout), or set commit: ${head}.`]
      : [
          ' (as after a checkout of a tag, or with workflow_run or pull_request_target)',
          `Set commit: ${head} to release what is checked out, or leave the ref out of actions/checkout.`,
        ];
  return new UserError('commit-mismatch', {
    what: `The checkout is at commit ${head}, and ${name} names ${given}${when}: a release may not have the name of another commit.`,
    fix: `${fix} Nothing was changed.`,
  });
}

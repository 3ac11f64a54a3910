/**
 * GitHub's refusals, sorted by what can be done. GraphQL gives them no codes beyond FORBIDDEN and UNPROCESSABLE, so the words
 * have to serve; words that are not known keep their own text.
 */
import type { GraphQLFault } from '../../clients/github-failure.ts';
import { UserError } from '../../errors.ts';

export interface Refusal {
  /**
   * `everywhere`: it holds for every repository, so going on is useless. `raced`: the repository changed between look and write;
   * looking again helps. `here`: this repository refuses.
   */
  readonly scope: 'everywhere' | 'raced' | 'here';
  readonly reason: string;
}

const WORKFLOWS = /without `workflows?` (permission|scope)/;
const RULES = /rule violations?|protected branch|file path is restricted/i;
const PERMISSION =
  /not accessible by (integration|personal access token)|does not have the correct permissions/i;
const ARCHIVED = /archived/i;
const RACED =
  /expected branch to point to|already exists|no commits between|could not resolve|does not exist/i;

export function refusalOf(faults: readonly GraphQLFault[]): Refusal {
  // The first one is the cause: what follows it fails because the branch or its commit is not there.
  const [first] = faults;
  const words = oneLine(first?.message ?? 'no reason given');
  if (faults.some(({ message }) => WORKFLOWS.test(message))) {
    return {
      scope: 'everywhere',
      reason: `the token may not write workflow files: ${words}. Use the token of a GitHub App with workflows: write`,
    };
  }
  const rule = faults.find(({ message }) => RULES.test(message));
  if (rule !== undefined) return { scope: 'here', reason: `protected: ${oneLine(rule.message)}` };
  if (PERMISSION.test(words))
    return { scope: 'here', reason: `no permission: ${words} (is the GitHub App installed on it?)` };
  if (ARCHIVED.test(words)) return { scope: 'here', reason: `archived: ${words}` };
  if (first?.type === 'STALE_DATA' || RACED.test(words)) return { scope: 'raced', reason: words };
  return { scope: 'here', reason: `GitHub refused it: ${words}` };
}

/** By pieces, because a regex that looks for the end of a run of spaces does so from each of them. */
function oneLine(text: string): string {
  const line = text
    .split(/[\r\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(': ');
  let end = line.length;
  while (end > 0 && /[.:\s]/.test(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}

/** No `permissions:` give a job's own token the right to workflow files, and each write would leave a bare branch behind. */
export function refuseJobToken(viewer: string, paths: readonly string[]): void {
  const isJobToken = /^github-actions(\[bot\])?$/.test(viewer);
  if (!isJobToken || !paths.some((path) => path.startsWith('.github/workflows/'))) return;
  throw new UserError('attach-job-token', {
    what: "The token is the job's GITHUB_TOKEN, which can never write workflow files; nothing was written.",
    fix: 'Use the token of a GitHub App with contents, pull requests and workflows: write (actions/create-github-app-token).',
  });
}

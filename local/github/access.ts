import type { Access, BranchRule, GitHubState, Grant, Permission, Repository } from './state.ts';
import { fullName } from './state.ts';

/** Who asks, and what GitHub lets them do. */
export interface Caller {
  readonly token: string;
  readonly grant: Grant;
}

export function canSee(caller: Caller, repository: Repository): boolean {
  return repository.visibility === 'PUBLIC' || isGranted(caller.grant, repository);
}

function isGranted(grant: Grant, repository: Repository): boolean {
  return grant.repositories === 'all' || grant.repositories.includes(fullName(repository));
}

export interface Need {
  readonly permission: Permission;
  readonly access: Access;
}

/** Whether the token allows something on a repository; without one, on the organization. */
export function may(caller: Caller, { permission, access }: Need, repository?: Repository): boolean {
  const { grant } = caller;
  if (repository !== undefined && !isGranted(grant, repository)) {
    return access === 'read' && repository.visibility === 'PUBLIC';
  }
  // No permission of a job's GITHUB_TOKEN reaches workflow files, whatever its `permissions:` say.
  if (grant.kind === 'actions' && permission === 'workflows') return false;
  const held =
    permission === 'metadata' ? (grant.permissions.metadata ?? 'read') : grant.permissions[permission];
  return held === 'write' || held === access;
}

/** GitHub's words for a write by someone who may not. */
export function refusal(caller: Caller, operation: string): string {
  if (caller.grant.kind === 'user') {
    return `${caller.grant.login} does not have the correct permissions to execute \`${operation}\``;
  }
  return 'Resource not accessible by integration';
}

/** GitHub's words for a workflow file written without the permission for workflow files. */
export function workflowRefusal(caller: Caller, path: string): string {
  return caller.grant.kind === 'user'
    ? `refusing to allow a Personal Access Token to create or update workflow \`${path}\` without \`workflow\` scope`
    : `refusing to allow a GitHub App to create or update workflow \`${path}\` without \`workflows\` permission`;
}

export function isWorkflowFile(path: string): boolean {
  return path.startsWith('.github/workflows/');
}

export interface RefChange {
  readonly branch: string;
  readonly kind: 'create' | 'update';
  readonly paths: readonly string[];
  readonly verified: boolean;
}

/** What a ruleset says against a change of a branch, in GitHub's words, or undefined when nothing does. */
export function ruleViolation(caller: Caller, repository: Repository, change: RefChange): string | undefined {
  for (const rule of repository.rules) {
    if (rule.bypass?.includes(caller.grant.login)) continue;
    const complaint = broken(rule, change);
    if (complaint !== undefined) return `Repository rule violations found\n\n${complaint}`;
  }
  return undefined;
}

function broken(rule: BranchRule, change: RefChange): string | undefined {
  const restricted = change.paths.find((path) => rule.restrictedPaths?.some((one) => matches(one, path)));
  if (restricted !== undefined) return `File path is restricted: ${restricted}`;
  if (!matches(rule.pattern, change.branch)) return undefined;
  if (change.kind === 'create') {
    return rule.restrictCreation ? 'Cannot create ref due to creations being restricted.' : undefined;
  }
  if (rule.requirePullRequest) return 'Changes must be made through a pull request.';
  if (rule.requireSignatures && !change.verified) return 'Commits must have verified signatures.';
  return undefined;
}

function matches(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\*+/g, '.*');
  return new RegExp(`^${source}$`).test(text);
}

/** The token's grant, or undefined when the token is unknown or has run out. */
export function authenticate(
  state: GitHubState,
  authorization: string | undefined,
  now: number,
): Caller | undefined {
  const token = /^(?:token|bearer)\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  const grant = token === undefined ? undefined : state.tokens[token];
  if (token === undefined || grant === undefined) return undefined;
  if (grant.expiresAt !== undefined && grant.expiresAt <= now) return undefined;
  return { token, grant };
}

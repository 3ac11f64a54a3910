/**
 * The role of every run in the harness has exactly the published policies, as their files say: what they do not allow is answered with
 * AccessDenied, as AWS would, and fails the test.
 */
import type { AskedCall } from '../../local/aws/aws.ts';
import { readFileSync } from 'node:fs';
import { allows, asksOf, grantsIn, grantsOf, type Ask } from './iam-policy.ts';

export type PublishedRole = 'deploy' | 'create' | 'plan' | 'rollback';

const POLICIES: Readonly<Record<PublishedRole, readonly string[]>> = {
  deploy: ['iam/deploy-policy.json'],
  create: ['iam/deploy-policy.json', 'iam/create-policy.json'],
  plan: ['iam/plan-policy.json'],
  rollback: ['iam/rollback-policy.json'],
};

/** Any function, repository, role and API: worlds name theirs as they like. A function's qualifier is no part of its name. */
const ANYTHING = { Function: '?', Repository: '*', Role: '*', ApiId: '?' };
const answers = new Map<string, boolean>();

/** The calls among those that `asked` needs which the role's policies do not allow. */
export function refusedTo(
  role: PublishedRole,
  asked: AskedCall,
  { account, region }: { readonly account: string; readonly region: string },
): readonly Ask[] {
  return asksOf(asked, account, region).filter((ask) => {
    const key = `${role} ${account} ${region} ${ask.action} ${ask.resource}`;
    const known = answers.get(key) ?? isAllowed(role, ask, { Account: account, Region: region });
    answers.set(key, known);
    return !known;
  });
}

function isAllowed(role: PublishedRole, ask: Ask, place: Readonly<Record<string, string>>): boolean {
  if (ask.action.startsWith('s3:'))
    return role !== 'rollback' && ofCaptures().some((grant) => allows(grant, ask));
  return POLICIES[role].some((path) =>
    grantsOf(path, { ...place, ...ANYTHING }).some((grant) => allows(grant, ask)),
  );
}

/** A bucket of captured requests is the user's own: the statements that the page on permissions shows for it. */
function ofCaptures() {
  const page = 'docs/permissions.md';
  const [, policy = ''] =
    /<!-- captured requests -->\n\n```json\n([^`]+)```/.exec(readFileSync(page, 'utf8')) ?? [];
  return grantsIn(page, policy);
}

/** The policies that the README wants for what is asked: one more for a first deploy and for repairs. */
export function roleOf(
  action: 'deploy' | 'plan' | 'rollback',
  inputs: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): PublishedRole {
  if (action !== 'deploy') return action;
  const wants = /\b(create|api-repair): true\b/;
  const given = inputs['create'] === 'true' || inputs['api-repair'] === 'true';
  return given || Object.values(files).some((text) => wants.test(text)) ? 'create' : 'deploy';
}

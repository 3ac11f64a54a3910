/** AWS's half: what the account has, and the change set that adds what is missing. */
import { parse } from 'yaml';
import type { Account } from '../../clients/account.ts';
import type { Stack, StackDetail } from '../../clients/cloudformation.ts';
import type { Ecr } from '../../clients/ecr.ts';
import type { RetryTools } from '../../clients/retry.ts';
import { waitFor } from '../../clients/wait.ts';
import { orMissing, UserError } from '../../errors.ts';
import { deletion, type SeenAccount, type SetupPlan, type SetupWish } from '../plan/plan.ts';
import { ISSUER, TEMPLATE, type Template } from '../plan/template.ts';

export interface SetupTools extends RetryTools {
  readonly account: Account;
  readonly ecr: Pick<Ecr, 'describeRepository'>;
  readonly stack: Stack;
}

export async function observeAccount(
  { account, ecr, stack }: SetupTools,
  { role, ecrRepository }: SetupWish,
): Promise<SeenAccount> {
  const identity = await account.identity();
  const found = await stack.describe();
  const isMade = found !== undefined && found.status !== 'REVIEW_IN_PROGRESS';
  return {
    ...identity,
    stack: found,
    template:
      isMade && found.outputs['ReleaseRoleArn'] !== undefined
        ? readTemplate(await stack.template())
        : undefined,
    hasProvider: await account.hasProvider(ISSUER),
    hasRepository: (await orMissing(ecr.describeRepository(ecrRepository))) !== undefined,
    hasRole: await account.hasRole(role.split('/').at(-1) ?? role),
  };
}

/** JSON is YAML, too. */
function readTemplate(text: string): Template {
  return parse(text) as Template;
}

/** How long CloudFormation may take. Milliseconds. */
const CHANGE_SET_BUDGET_MS = 5 * 60_000;
const STACK_BUDGET_MS = 30 * 60_000;
const NO_CHANGES = /didn't contain changes|no updates are to be performed/i;

interface Applied {
  readonly wish: SetupWish;
  readonly plan: SetupPlan;
  /** Of the change set; unique. */
  readonly name: string;
}

/** Carries the rows of the plan out and nothing else. @returns the stack as it is then. */
export async function applyStack(tools: SetupTools, applied: Applied): Promise<StackDetail> {
  const { stack } = tools;
  const { wish, plan, name } = applied;
  await stack.createChangeSet({
    name,
    isNew: plan.isNew,
    template: JSON.stringify(TEMPLATE),
    parameters: plan.parameters,
  });
  if (await isWorthwhile(tools, applied)) {
    await stack.executeChangeSet(name);
    return untilDone(tools, applied);
  }
  await stack.deleteChangeSet(name);
  return required(await stack.describe(), wish);
}

/** @throws UserError when the change set cannot be made, or is not what the plan said. */
async function isWorthwhile(tools: SetupTools, { wish, plan, name }: Applied): Promise<boolean> {
  const { stack } = tools;
  const wait = { what: `the change set of ${wish.stackName}`, budgetMs: CHANGE_SET_BUDGET_MS, fix: FIX };
  const { status, reason, changes } = await waitFor(tools, wait, async () => {
    const found = await stack.describeChangeSet(name);
    return /(PENDING|IN_PROGRESS)$/.test(found.status) ? undefined : found;
  });
  if (status === 'FAILED' && NO_CHANGES.test(reason)) return false;
  if (status !== 'CREATE_COMPLETE') {
    await stack.deleteChangeSet(name);
    throw new UserError('setup-change-set', {
      what: `CloudFormation cannot change the stack ${wish.stackName}: ${reason || status}.`,
      fix: 'Mend what it names, then run this again; nothing was changed.',
    });
  }
  const announced = new Set(
    plan.rows.filter(({ action }) => action !== 'none').map(({ logicalId }) => logicalId),
  );
  const beyond = changes.filter(({ logicalId }) => !announced.has(logicalId));
  if (beyond.length === 0) return true;
  await stack.deleteChangeSet(name);
  throw new UserError('setup-plan-changed', {
    what: `The change set of ${wish.stackName} would also ${beyond.map(({ action, logicalId }) => `${action.toLowerCase()} ${logicalId}`).join(', ')}, which the plan did not say.`,
    fix: 'Somebody changed the stack meanwhile: run this again and read the plan; nothing was changed.',
  });
}

const FIX = 'Look at the stack in the AWS console, then run this again: it continues from what is there.';

async function untilDone(tools: SetupTools, { wish, name }: Applied): Promise<StackDetail> {
  const { stack, log } = tools;
  let said = '';
  const wait = { what: `the stack ${wish.stackName}`, budgetMs: STACK_BUDGET_MS, fix: FIX };
  const done = await waitFor(tools, wait, async () => {
    const found = required(await stack.describe(), wish);
    if (found.status !== said) log.info(`${wish.stackName}: ${found.status}`);
    said = found.status;
    return found.status.endsWith('_IN_PROGRESS') ? undefined : found;
  });
  if (/^(CREATE|UPDATE)_COMPLETE$/.test(done.status)) return done;
  const failures = await stack.failures(name);
  const why = failures.map(({ logicalId, type, reason }) => `${logicalId} (${type}): ${reason}`);
  for (const line of why) log.info(line);
  throw new UserError('setup-stack-failed', {
    what: `CloudFormation undid the changes of ${wish.stackName} (${done.status}): ${why[0] ?? 'it does not say why'}.`,
    fix:
      done.status === 'UPDATE_ROLLBACK_COMPLETE'
        ? 'Mend what it names, then run this again.'
        : `Mend what it names. ${deletion(wish)}, then run this again.`,
  });
}

function required(found: StackDetail | undefined, { stackName }: SetupWish): StackDetail {
  if (found !== undefined) return found;
  throw new UserError('setup-stack-failed', {
    what: `The stack ${stackName} is gone.`,
    fix: 'Somebody deleted it meanwhile: run this again.',
  });
}

import { inRounds } from '../../../clients/retry.ts';
import { AwsError, orMissing, UserError } from '../../../errors.ts';
import * as plan from '../../plan/api.ts';
import type { ReleaseTools } from '../../tools.ts';
import type { Connection } from './connect-api.ts';

/** Another writer of the policy can take our statement with it: it is added so often before this run gives up. */
const ADDITIONS = 2;

/** @throws UserError `api-permission` when the API may not call the alias, and nothing may be mended here. */
export async function requirePermission(tools: ReleaseTools, connection: Connection): Promise<void> {
  if (!(await isAllowed(tools, connection))) throw permissionMissing(connection);
}

/**
 * Lets the API call the alias; API Gateway answers 500 without a permission for this very alias. A statement is read back after it was
 * added, because two writers of one policy can lose each other's.
 * @throws UserError `api-permission`.
 */
export async function allowApi(tools: ReleaseTools, connection: Connection): Promise<void> {
  const { functionName, functionArn, address, release } = connection;
  if (await isAllowed(tools, connection)) return;
  const { apiId } = address;
  const statement = {
    qualifier: release.alias,
    statementId: plan.statementId(apiId),
    sourceArn: plan.sourceArn(functionArn, apiId),
  };
  const added = await inRounds(ADDITIONS, async () => {
    await tools.lambda.addPermission(functionName, statement).catch(unlessThere);
    const policy = await readPolicy(tools, connection);
    if (plan.allowsApi(policy, apiId)) return true;
    if (plan.hasStatement(policy, apiId)) throw permissionWrong(connection);
    tools.log.info(`The permission ${statement.statementId} is not in the policy that was read back`);
    return undefined;
  });
  if (added === true) return tools.log.info(`API ${apiId} may now call the alias ${release.alias}`);
  throw new UserError('api-permission', {
    what: `The permission ${statement.statementId} for ${functionName}:${release.alias} was added ${ADDITIONS} times and is not there.`,
    fix: 'Find out who else writes the policy of this alias, then run this again.',
  });
}

async function isAllowed(tools: ReleaseTools, connection: Connection): Promise<boolean> {
  return plan.allowsApi(await readPolicy(tools, connection), connection.address.apiId);
}

function readPolicy(tools: ReleaseTools, { functionName, release }: Connection): Promise<string | undefined> {
  return orMissing(tools.lambda.getPolicy(functionName, release.alias));
}

/** 409: the statement is there, from a reply that was lost or from another run. The policy that is read next decides. */
function unlessThere(error: unknown): void {
  if (!(error instanceof AwsError && error.status === 409)) throw error;
}

function permissionMissing({ functionName, functionArn, address, release }: Connection): UserError {
  const { apiId } = address;
  return new UserError('api-permission', {
    what: `API ${apiId} may not call ${functionName}:${release.alias}; API Gateway would answer 500.`,
    fix: `Set api-repair: true, or run: aws lambda add-permission --function-name ${functionName} --qualifier ${release.alias} --statement-id ${plan.statementId(apiId)} --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn '${plan.sourceArn(functionArn, apiId)}'`,
  });
}

/** Removing it needs a right that a deploy has no other use for, and it may be somebody's: a person does it. */
function permissionWrong({ functionName, address, release }: Connection): UserError {
  const statementId = plan.statementId(address.apiId);
  return new UserError('api-permission', {
    what: `The permission ${statementId} for ${functionName}:${release.alias} exists and does not allow API ${address.apiId}.`,
    fix: `Remove it (aws lambda remove-permission --function-name ${functionName} --qualifier ${release.alias} --statement-id ${statementId}) and run this again.`,
  });
}

import type { Integration } from '../../../clients/api-gateway.ts';
import { inRounds } from '../../../clients/retry.ts';
import { AwsError, orMissing, UserError } from '../../../errors.ts';
import { readPermission, sourceArn, statementId, type ApiPermission } from '../../plan/api-permission.ts';
import { hasStatement } from '../../plan/resource-policy.ts';
import type { ReleaseTools } from '../../tools.ts';
import type { Connection } from './connect-api.ts';

/** Another writer of the policy can take our statement with it: it is added so often before this run gives up. */
const ADDITIONS = 2;

/** An API, and its integrations that call the alias. */
export interface PermissionSubject {
  readonly connection: Connection;
  readonly connected: readonly Integration[];
}

/**
 * Where nothing may be mended here, a missing permission is a warning: whether the release is at fault, the API's own answers tell, before
 * and after the shift.
 */
export async function warnOfPermission(tools: ReleaseTools, subject: PermissionSubject): Promise<void> {
  const permission = permissionIn(await readPolicy(tools, subject), subject);
  if (isSettled(tools, subject, permission)) return;
  const missing = permission.answer === 'denied' ? permissionDenied : permissionMissing;
  tools.log.warning(missing(subject.connection, permission).message);
}

/**
 * Lets the API call the alias; API Gateway answers 500 without a permission for this very alias. A statement is read back after it was
 * added, because two writers of one policy can lose each other's. Where the policy cannot be understood, nothing is written.
 * @throws UserError `api-permission`.
 */
export async function allowApi(tools: ReleaseTools, subject: PermissionSubject): Promise<void> {
  const { functionName, functionArn, address, release } = subject.connection;
  const policyBefore = await readPolicy(tools, subject);
  const before = permissionIn(policyBefore, subject);
  if (isSettled(tools, subject, before)) return;
  if (before.answer === 'denied') throw permissionDenied(subject.connection, before);
  const { apiId } = address;
  const statement = {
    qualifier: release.alias,
    statementId: statementId(apiId),
    sourceArn: sourceArn(functionArn, apiId),
  };
  const added = await inRounds(ADDITIONS, async () => {
    await tools.lambda.addPermission(functionName, statement).catch(unlessThere);
    const policy = await readPolicy(tools, subject);
    const permission = permissionIn(policy, subject);
    if (permission.answer === 'denied') throw permissionDenied(subject.connection, permission);
    const isThere = hasStatement(policy, statement.statementId);
    if (isThere && !hasStatement(policyBefore, statement.statementId))
      tools.permits.confirm('lambda:AddPermission');
    if (isSettled(tools, subject, permission)) return true;
    if (isThere) throw permissionWrong(subject.connection);
    tools.log.info(`The permission ${statement.statementId} is not in the policy that was read back`);
    return undefined;
  });
  if (added === true) return tools.log.info(`API ${apiId} may now call the alias ${release.alias}`);
  throw new UserError('api-permission', {
    what: `The permission ${statement.statementId} for ${functionName}:${release.alias} was added ${ADDITIONS} times and is not there.`,
    fix: 'Find out who else writes the policy of this alias, then run this again.',
  });
}

function permissionIn(
  policy: string | undefined,
  { connection: { functionArn, address }, connected }: PermissionSubject,
): ApiPermission {
  return readPermission(policy, { functionArn, address, connected });
}

/** Whether there is nothing to do: the API may call, or it cannot be told whether it may. */
function isSettled(
  { log }: ReleaseTools,
  { connection: { functionName, address, release } }: PermissionSubject,
  { answer, sourceArn: source }: ApiPermission,
): boolean {
  if (answer !== 'unknown') return answer === 'allowed';
  log.warning(
    `Whether API ${address.apiId} may call ${functionName}:${release.alias} on each of its routes cannot be told from the resource policy of the alias (looked at ${source}). The policy stays as it is.`,
  );
  return true;
}

function readPolicy(
  tools: ReleaseTools,
  { connection: { functionName, release } }: PermissionSubject,
): Promise<string | undefined> {
  return orMissing(tools.lambda.getPolicy(functionName, release.alias));
}

/** 409: the statement is there, from a reply that was lost or from another run. The policy that is read next decides. */
function unlessThere(error: unknown): void {
  if (!(error instanceof AwsError && error.status === 409)) throw error;
}

function permissionMissing(
  { functionName, functionArn, address, release }: Connection,
  { sourceArn: source }: ApiPermission,
): UserError {
  const { apiId } = address;
  return new UserError('api-permission', {
    what: `API ${apiId} may not call ${functionName}:${release.alias} (no statement allows ${source}); API Gateway would answer 500.`,
    fix: `Set api-repair: true, or run: aws lambda add-permission --function-name ${functionName} --qualifier ${release.alias} --statement-id ${statementId(apiId)} --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn '${sourceArn(functionArn, apiId)}'`,
  });
}

/** No statement that is added outweighs a Deny. */
function permissionDenied(
  { functionName, address, release }: Connection,
  { sourceArn: source }: ApiPermission,
): UserError {
  return new UserError('api-permission', {
    what: `API ${address.apiId} may not call ${functionName}:${release.alias}: a Deny in the resource policy of the alias fits ${source}; API Gateway would answer 500.`,
    fix: `Change that statement (aws lambda get-policy --function-name ${functionName} --qualifier ${release.alias} shows it), then run this again.`,
  });
}

/** Removing it needs a right that a deploy has no other use for, and it may be somebody's: a person does it. */
function permissionWrong({ functionName, address, release }: Connection): UserError {
  const id = statementId(address.apiId);
  return new UserError('api-permission', {
    what: `The permission ${id} for ${functionName}:${release.alias} exists and does not allow API ${address.apiId}.`,
    fix: `Remove it (aws lambda remove-permission --function-name ${functionName} --qualifier ${release.alias} --statement-id ${id}) and run this again.`,
  });
}

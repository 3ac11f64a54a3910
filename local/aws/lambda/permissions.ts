import type {
  AddPermissionCommandInput,
  AddPermissionCommandOutput,
  GetPolicyCommandInput,
  GetPolicyCommandOutput,
  RemovePermissionCommandInput,
} from '@aws-sdk/client-lambda';
import { conflict, notFound, preconditionFailed } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { nextRevisionId } from '../state.ts';
import type { LambdaFunction, PolicyStatement, ResourcePolicy } from '../state.ts';
import { findFunction, functionArn, parseReference, resolveQualifier } from './resolve.ts';

/** The function and the key of its policy: every qualifier has a policy of its own, `''` is the function's. */
function locate(
  aws: AwsContext,
  input: { FunctionName?: string | undefined; Qualifier?: string | undefined },
): { fn: LambdaFunction; key: string } {
  const fn = findFunction(aws, input.FunctionName);
  const { qualifier } = parseReference(input.FunctionName ?? '', input.Qualifier);
  resolveQualifier(aws, fn, qualifier);
  return { fn, key: qualifier ?? '' };
}

/**
 * A policy has a revision of its own; and changing it also moves the RevisionId of the alias or of $LATEST it hangs
 * on (seen in validated recordings of the real service), so a compare-and-swap of the alias begun before fails.
 */
function touchOwner(aws: AwsContext, fn: LambdaFunction, key: string): void {
  const owner = key === '' ? fn.latest : fn.aliases[key];
  if (owner !== undefined) owner.revisionId = nextRevisionId(aws.state);
}

function checkPolicyRevision(policy: ResourcePolicy | undefined, given: string | undefined): void {
  if (given !== undefined && given !== policy?.revisionId) throw preconditionFailed('GetPolicy');
}

export function getPolicy(
  aws: AwsContext,
  input: GetPolicyCommandInput,
): Omit<GetPolicyCommandOutput, '$metadata'> {
  const { fn, key } = locate(aws, input);
  const policy = fn.policies[key];
  if (policy === undefined) throw notFound('The resource you requested does not exist.');
  return {
    Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: policy.statements }),
    RevisionId: policy.revisionId,
  };
}

export function addPermission(
  aws: AwsContext,
  input: AddPermissionCommandInput,
): Omit<AddPermissionCommandOutput, '$metadata'> {
  const { fn, key } = locate(aws, input);
  const policy = fn.policies[key];
  checkPolicyRevision(policy, input.RevisionId);
  const sid = input.StatementId ?? '';
  if (policy?.statements.some((statement) => statement.Sid === sid)) {
    throw conflict(
      `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
  }
  const statement: PolicyStatement = {
    Sid: sid,
    Effect: 'Allow',
    Principal: principalOf(input.Principal ?? ''),
    Action: input.Action ?? '',
    Resource: functionArn(aws.state, fn.name, key === '' ? undefined : key),
    ...conditionOf(input),
  };
  const base = foundBy(aws, policy);
  fn.policies[key] = {
    revisionId: nextRevisionId(aws.state),
    statements: [...base, statement],
    before: { statements: base, at: aws.now() },
  };
  touchOwner(aws, fn, key);
  return { Statement: JSON.stringify(statement) };
}

/** Reading and writing a policy are two steps inside Lambda: calls in parallel read the same and overwrite each other. */
function foundBy(aws: AwsContext, policy: ResourcePolicy | undefined): PolicyStatement[] {
  const { permissionRaceMs } = aws.state.settings;
  const before = policy?.before;
  const races =
    permissionRaceMs !== undefined && before !== undefined && aws.now() - before.at <= permissionRaceMs;
  return (races ? before.statements : policy?.statements) ?? [];
}

function principalOf(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  return principal.includes('.') ? { Service: principal } : { AWS: principal };
}

function conditionOf(input: AddPermissionCommandInput): Pick<PolicyStatement, 'Condition'> {
  const { SourceArn, SourceAccount } = input;
  if (SourceArn === undefined && SourceAccount === undefined) return {};
  return {
    Condition: {
      ...(SourceAccount === undefined ? {} : { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
      ...(SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': SourceArn } }),
    },
  };
}

export function removePermission(
  aws: AwsContext,
  input: RemovePermissionCommandInput,
): Record<string, never> {
  const { fn, key } = locate(aws, input);
  const policy = fn.policies[key];
  if (policy === undefined) throw notFound('No policy is associated with the given resource.');
  checkPolicyRevision(policy, input.RevisionId);
  const left = policy.statements.filter((statement) => statement.Sid !== input.StatementId);
  if (left.length === policy.statements.length) {
    throw notFound(`Statement ${input.StatementId ?? ''} is not found in resource policy.`);
  }
  if (left.length === 0) delete fn.policies[key];
  else fn.policies[key] = { revisionId: nextRevisionId(aws.state), statements: left };
  touchOwner(aws, fn, key);
  return {};
}

/** Whether API Gateway may invoke this qualifier on behalf of an API's stage and route. */
export function mayInvoke(
  aws: AwsContext,
  target: { fn: LambdaFunction; qualifier: string | undefined; sourceArn: string },
): boolean {
  const statements = target.fn.policies[target.qualifier ?? '']?.statements ?? [];
  return statements.some((statement) => {
    const { Principal, Action, Condition } = statement;
    const service = typeof Principal === 'object' && 'Service' in Principal ? Principal.Service : undefined;
    if (service !== 'apigateway.amazonaws.com' && Principal !== '*') return false;
    if (Action !== 'lambda:InvokeFunction' && Action !== 'lambda:*') return false;
    const account = Condition?.['StringEquals']?.['AWS:SourceAccount'];
    if (account !== undefined && account !== aws.state.accountId) return false;
    const pattern = Condition?.['ArnLike']?.['AWS:SourceArn'];
    return pattern === undefined || arnLike(pattern, target.sourceArn);
  });
}

/** ArnLike: `*` stands for any text, `?` for one character. */
function arnLike(pattern: string, arn: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(arn);
}

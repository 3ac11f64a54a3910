import type {
  AddPermissionCommandInput,
  AddPermissionCommandOutput,
  GetPolicyCommandInput,
  GetPolicyCommandOutput,
  RemovePermissionCommandInput,
} from '@aws-sdk/client-lambda';
import { AwsError, conflict, invalidParameter, notFound, preconditionFailed } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { nextRevisionId } from '../state.ts';
import type { LambdaFunction, PolicyStatement, ResourcePolicy } from '../state.ts';
import { invalidMember } from './limits.ts';
import { evaluatePolicy, statementsOf } from './policy-evaluator.ts';
import { findFunction, functionArn, parseReference, resolveQualifier } from './resolve.ts';

/** The function and the key of its policy: every qualifier has a policy of its own, `''` is the function's. */
export function locatePolicy(
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
export function touchOwner(aws: AwsContext, fn: LambdaFunction, key: string): void {
  const owner = key === '' ? fn.latest : fn.aliases[key];
  if (owner !== undefined) owner.revisionId = nextRevisionId(aws.state);
}

export function checkPolicyRevision(policy: ResourcePolicy | undefined, given: string | undefined): void {
  if (given !== undefined && given !== policy?.revisionId) throw preconditionFailed('GetPolicy');
}

export function getPolicy(
  aws: AwsContext,
  input: GetPolicyCommandInput,
): Omit<GetPolicyCommandOutput, '$metadata'> {
  const { fn, key } = locatePolicy(aws, input);
  const policy = fn.policies[key];
  if (policy === undefined) throw notFound('The resource you requested does not exist.');
  return { Policy: policyText(policy), RevisionId: policy.revisionId };
}

/** A policy as GetPolicy gives it: what was written by hand as it was written, the rest as Lambda writes it. */
export function policyText(policy: ResourcePolicy): string;
export function policyText(policy: ResourcePolicy | undefined): string | undefined;
export function policyText(policy: ResourcePolicy | undefined): string | undefined {
  return policy && (policy.document ?? written(policy.statements));
}

function written(statements: readonly unknown[]): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });
}

export function addPermission(
  aws: AwsContext,
  input: AddPermissionCommandInput,
): Omit<AddPermissionCommandOutput, '$metadata'> {
  checkPermission(input);
  const { fn, key } = locatePolicy(aws, input);
  if (key === '$LATEST') throw invalidParameter('We currently do not support adding policies for $LATEST.');
  const policy = fn.policies[key];
  checkPolicyRevision(policy, input.RevisionId);
  const sid = input.StatementId ?? '';
  if (sidsOf(policy).includes(sid)) {
    throw conflict(
      `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
  }
  const statement: PolicyStatement = {
    Sid: sid,
    Effect: 'Allow',
    Principal: principalOf(aws, input.Principal ?? ''),
    Action: input.Action ?? '',
    Resource: functionArn(aws.state, fn.name, key === '' ? undefined : key),
    ...conditionOf(input),
  };
  const changed = withStatement(aws, policy, statement);
  checkPolicySize(changed);
  fn.policies[key] = changed;
  touchOwner(aws, fn, key);
  return { Statement: JSON.stringify(statement) };
}

function sidsOf(policy: ResourcePolicy | undefined): (string | undefined)[] {
  return statementsOf(policyText(policy)).map((statement) => statement.Sid);
}

function withStatement(
  aws: AwsContext,
  policy: ResourcePolicy | undefined,
  statement: PolicyStatement,
): ResourcePolicy {
  const revisionId = nextRevisionId(aws.state);
  if (policy?.document !== undefined) {
    const Statement = [...statementsOf(policy.document), statement];
    const document = JSON.stringify({ ...(JSON.parse(policy.document) as object), Statement });
    return { revisionId, statements: [], document };
  }
  const base = foundBy(aws, policy);
  return { revisionId, statements: [...base, statement], before: { statements: base, at: aws.now() } };
}

const MAX_POLICY_BYTES = 20_480;

export function checkPolicySize(policy: ResourcePolicy): void {
  const size = Buffer.byteLength(policyText(policy));
  if (size <= MAX_POLICY_BYTES) return;
  const message = `The final policy size (${size}) is bigger than the limit (${MAX_POLICY_BYTES}).`;
  throw new AwsError(400, 'PolicyLengthExceededException', { message, fields: { Type: 'User' } });
}

/** Reading and writing a policy are two steps inside Lambda: calls in parallel read the same and overwrite each other. */
function foundBy(aws: AwsContext, policy: ResourcePolicy | undefined): PolicyStatement[] {
  const { permissionRaceMs } = aws.state.settings;
  const before = policy?.before;
  const races =
    permissionRaceMs !== undefined && before !== undefined && aws.now() - before.at <= permissionRaceMs;
  return (races ? before.statements : policy?.statements) ?? [];
}

/** An account number becomes its root; whatever has a dot is a service. */
function principalOf(aws: AwsContext, principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:${aws.state.partition}:iam::${principal}:root` };
  if (principal.startsWith('arn:')) return { AWS: principal };
  if (/\.amazonaws\.(com|com\.cn|eu)$/.test(principal)) return { Service: principal };
  throw invalidParameter('The provided principal was invalid. Please check the principal and try again.');
}

function conditionOf(input: AddPermissionCommandInput): Pick<PolicyStatement, 'Condition'> {
  const { SourceArn, SourceAccount, PrincipalOrgID } = input;
  const equals = {
    ...(SourceAccount === undefined ? {} : { 'AWS:SourceAccount': SourceAccount }),
    ...(PrincipalOrgID === undefined ? {} : { 'aws:PrincipalOrgID': PrincipalOrgID }),
  };
  const condition = {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': SourceArn } }),
  };
  return Object.keys(condition).length === 0 ? {} : { Condition: condition };
}

const PATTERNS = {
  statementId: '([a-zA-Z0-9-_]+)',
  action: '(lambda:[*]|lambda:[a-zA-Z]+|[*])',
  principal: '[^\\s]+',
  sourceAccount: '\\d{12}',
  // The region is a name or nothing: `*` is refused here, although ArnLike could compare it.
  sourceArn:
    'arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
};

/** The constraints of the request's model. */
function checkPermission(input: AddPermissionCommandInput): void {
  const { StatementId: statementId = '', Action: action = '', Principal: principal = '' } = input;
  const { SourceArn: sourceArn, SourceAccount: sourceAccount } = input;
  const given = { statementId, action, principal, sourceAccount, sourceArn };
  if (statementId.length > 100) {
    throw invalidMember('statementId', statementId, 'Member must have length less than or equal to 100');
  }
  for (const [member, pattern] of Object.entries(PATTERNS)) {
    const value = given[member as keyof typeof given];
    if (value === undefined || new RegExp(`^${pattern}$`).test(value)) continue;
    throw invalidMember(member, value, `Member must satisfy regular expression pattern: ${pattern}`);
  }
}

export function removePermission(
  aws: AwsContext,
  input: RemovePermissionCommandInput,
): Record<string, never> {
  const { fn, key } = locatePolicy(aws, input);
  const policy = fn.policies[key];
  if (policy === undefined) throw notFound('No policy is associated with the given resource.');
  checkPolicyRevision(policy, input.RevisionId);
  if (!sidsOf(policy).includes(input.StatementId)) {
    throw notFound(`Statement ${input.StatementId ?? ''} is not found in resource policy.`);
  }
  const left = withoutStatement(aws, policy, input.StatementId ?? '');
  if (statementsOf(policyText(left)).length === 0) delete fn.policies[key];
  else fn.policies[key] = left;
  touchOwner(aws, fn, key);
  return {};
}

function withoutStatement(aws: AwsContext, policy: ResourcePolicy, sid: string): ResourcePolicy {
  const revisionId = nextRevisionId(aws.state);
  if (policy.document === undefined) {
    return { revisionId, statements: policy.statements.filter((statement) => statement.Sid !== sid) };
  }
  const Statement = statementsOf(policy.document).filter((statement) => statement.Sid !== sid);
  const document = JSON.stringify({ ...(JSON.parse(policy.document) as object), Statement });
  return { revisionId, statements: [], document };
}

/** Whether API Gateway may invoke this qualifier on behalf of an API's stage and route. */
export function mayInvoke(
  aws: AwsContext,
  target: { fn: LambdaFunction; qualifier: string | undefined; sourceArn: string },
): boolean {
  const { fn, qualifier, sourceArn } = target;
  const service = 'apigateway.amazonaws.com';
  const decision = evaluatePolicy(policyText(fn.policies[qualifier ?? '']), {
    service,
    action: 'lambda:InvokeFunction',
    resource: functionArn(aws.state, fn.name, qualifier),
    context: {
      'aws:sourcearn': sourceArn,
      'aws:sourceaccount': aws.state.accountId,
      'aws:principalisawsservice': 'true',
      'aws:principalservicename': service,
    },
  });
  return decision === 'allow';
}

import type {
  DeleteResourcePolicyCommandInput,
  GetResourcePolicyCommandInput,
  PutResourcePolicyCommandInput,
} from '@aws-sdk/client-lambda';
import { invalidParameter, notFound } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { nextRevisionId } from '../state.ts';
import type { ResourcePolicy } from '../state.ts';
import { checkPolicyRevision, checkPolicySize, locatePolicy, policyText, touchOwner } from './permissions.ts';

interface WholePolicy {
  readonly Policy: string;
  readonly RevisionId: string;
}

export function getResourcePolicy(aws: AwsContext, input: GetResourcePolicyCommandInput): WholePolicy {
  const { fn, key } = locatePolicy(aws, { FunctionName: input.ResourceArn });
  const policy = fn.policies[key];
  if (policy === undefined) throw notFound('The resource you requested does not exist.');
  return { Policy: policyText(policy), RevisionId: policy.revisionId };
}

/** The whole policy in one call: what AddPermission put there is gone, unless it is said again. */
export function putResourcePolicy(aws: AwsContext, input: PutResourcePolicyCommandInput): WholePolicy {
  const { fn, key } = locatePolicy(aws, { FunctionName: input.ResourceArn });
  checkPolicyRevision(fn.policies[key], input.RevisionId);
  const document = input.Policy ?? '';
  if (!isObject(document)) throw invalidParameter('The policy is not valid JSON.');
  const policy: ResourcePolicy = { revisionId: nextRevisionId(aws.state), statements: [], document };
  checkPolicySize(policy);
  fn.policies[key] = policy;
  touchOwner(aws, fn, key);
  return { Policy: document, RevisionId: policy.revisionId };
}

export function deleteResourcePolicy(
  aws: AwsContext,
  input: DeleteResourcePolicyCommandInput,
): Record<string, never> {
  const { fn, key } = locatePolicy(aws, { FunctionName: input.ResourceArn });
  checkPolicyRevision(fn.policies[key], input.RevisionId);
  delete fn.policies[key];
  touchOwner(aws, fn, key);
  return {};
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

import {
  createChangeSet,
  deleteChangeSet,
  describeChangeSet,
  executeChangeSet,
} from './cloudformation/change-sets.ts';
import type { AwsContext } from './routes.ts';
import { deleteStack, describeStackEvents, describeStacks, getTemplate } from './cloudformation/stacks.ts';
import { getRole, listOpenIdConnectProviders } from './iam/roles.ts';
import { getCallerIdentity } from './sts.ts';

/** An operation of a service that speaks the query protocol; their names do not meet. */
interface QueryOperation {
  readonly service: 'sts' | 'iam' | 'cloudformation';
  readonly isWrite: boolean;
  readonly handle: (aws: AwsContext, input: never) => object;
}

const reads = (service: QueryOperation['service'], handle: QueryOperation['handle']): QueryOperation => ({
  service,
  isWrite: false,
  handle,
});

const writes = (handle: QueryOperation['handle']): QueryOperation => ({
  service: 'cloudformation',
  isWrite: true,
  handle,
});

export const queryOperations: Readonly<Record<string, QueryOperation>> = {
  GetCallerIdentity: reads('sts', getCallerIdentity),
  GetRole: reads('iam', getRole),
  ListOpenIDConnectProviders: reads('iam', listOpenIdConnectProviders),
  DescribeChangeSet: reads('cloudformation', describeChangeSet),
  DescribeStackEvents: reads('cloudformation', describeStackEvents),
  DescribeStacks: reads('cloudformation', describeStacks),
  GetTemplate: reads('cloudformation', getTemplate),
  CreateChangeSet: writes(createChangeSet),
  DeleteChangeSet: writes(deleteChangeSet),
  DeleteStack: writes(deleteStack),
  ExecuteChangeSet: writes(executeChangeSet),
};

import type {
  DeleteStackCommandInput,
  DescribeStackEventsCommandInput,
  DescribeStackEventsCommandOutput,
  DescribeStacksCommandInput,
  DescribeStacksCommandOutput,
  GetTemplateCommandInput,
  GetTemplateCommandOutput,
} from '@aws-sdk/client-cloudformation';
import type { Stack } from '../iam-state.ts';
import type { AwsContext } from '../routes.ts';
import { nextId } from '../state.ts';
import { isoTime } from '../wire.ts';
import type { Wire } from '../wire.ts';
import { RESOURCE_TYPES } from './resource-types.ts';
import { validationError } from './template.ts';

export function newStack(aws: AwsContext, name: string): Stack {
  const { partition, region, accountId } = aws.state;
  const stack: Stack = {
    name,
    id: `arn:${partition}:cloudformation:${region}:${accountId}:stack/${name}/${nextId(aws.state, 's')}`,
    status: 'REVIEW_IN_PROGRESS',
    parameters: {},
    resources: {},
    outputs: {},
    changeSets: {},
    events: [],
    createdAt: aws.now(),
  };
  aws.state.stacks[name] = stack;
  return stack;
}

/** The stack as it is by now. */
export function settled(aws: AwsContext, name: string): Stack | undefined {
  const stack = aws.state.stacks[name];
  if (stack?.next === undefined || aws.now() < stack.next.at) return stack;
  stack.status = stack.next.status;
  delete stack.next;
  return stack;
}

function knownStack(aws: AwsContext, name = ''): Stack {
  const stack = settled(aws, name);
  if (stack === undefined) throw validationError(`Stack with id ${name} does not exist`);
  return stack;
}

export function describeStacks(
  aws: AwsContext,
  input: DescribeStacksCommandInput,
): Wire<DescribeStacksCommandOutput> {
  const { name, id, status, parameters, outputs, createdAt } = knownStack(aws, input.StackName);
  const pairs = (values: Readonly<Record<string, string>>) => Object.entries(values);
  return {
    Stacks: [
      {
        StackName: name,
        StackId: id,
        StackStatus: status,
        CreationTime: isoTime(createdAt),
        Parameters: pairs(parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
        Outputs: pairs(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
      },
    ],
  };
}

/** Newest first. */
export function describeStackEvents(
  aws: AwsContext,
  input: DescribeStackEventsCommandInput,
): Wire<DescribeStackEventsCommandOutput> {
  const { name, id, events } = knownStack(aws, input.StackName);
  return {
    StackEvents: [...events].reverse().map((event) => ({
      StackId: id,
      EventId: event.id,
      StackName: name,
      LogicalResourceId: event.logicalId,
      PhysicalResourceId: event.physicalId,
      ResourceType: event.type,
      Timestamp: isoTime(event.at),
      ResourceStatus: event.status,
      ...(event.reason === undefined ? {} : { ResourceStatusReason: event.reason }),
      ...(event.token === undefined ? {} : { ClientRequestToken: event.token }),
    })),
  };
}

export function getTemplate(aws: AwsContext, input: GetTemplateCommandInput): Wire<GetTemplateCommandOutput> {
  const { template } = knownStack(aws, input.StackName);
  return { TemplateBody: template ?? '', StagesAvailable: ['Original', 'Processed'] };
}

/** Resources that are retained stay; a stack that is not there is deleted already. */
export function deleteStack(aws: AwsContext, { StackName = '' }: DeleteStackCommandInput): object {
  const stack = settled(aws, StackName);
  for (const { type, physicalId, deletionPolicy } of Object.values(stack?.resources ?? {}))
    if (deletionPolicy?.startsWith('Retain') !== true) RESOURCE_TYPES[type]?.delete(aws, physicalId);
  delete aws.state.stacks[StackName];
  return {};
}

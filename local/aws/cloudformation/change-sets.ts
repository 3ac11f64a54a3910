import type {
  CreateChangeSetCommandInput,
  CreateChangeSetCommandOutput,
  DeleteChangeSetCommandInput,
  DescribeChangeSetCommandInput,
  DescribeChangeSetCommandOutput,
  ExecuteChangeSetCommandInput,
} from '@aws-sdk/client-cloudformation';
import { plainError } from '../errors.ts';
import type { ChangeSet, Stack, StackChange } from '../iam-state.ts';
import { nextId } from '../state.ts';
import { isoTime } from '../wire.ts';
import type { Wire } from '../wire.ts';
import type { AwsContext } from '../routes.ts';
import { execute } from './execute.ts';
import { RESOURCE_TYPES } from './resource-types.ts';
import { newStack, settled } from './stacks.ts';
import { holds, parametersOf, readTemplate, resolve, validationError, type Scope } from './template.ts';

const NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;
const BODY_LIMIT = 51_200;

export function createChangeSet(
  aws: AwsContext,
  input: CreateChangeSetCommandInput,
): Wire<CreateChangeSetCommandOutput> {
  const { StackName = '', ChangeSetName = '', TemplateBody = '', ChangeSetType = 'UPDATE' } = input;
  for (const name of [StackName, ChangeSetName])
    if (!NAME.test(name))
      throw validationError(
        `1 validation error detected: Value '${name}' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
      );
  if (TemplateBody.length > BODY_LIMIT)
    throw validationError(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${BODY_LIMIT}`,
    );
  const found = settled(aws, StackName);
  checkType(found, StackName, ChangeSetType);
  const earlier = found?.changeSets[ChangeSetName];
  if (earlier !== undefined) {
    // The same request once more.
    if (input.ClientToken !== undefined && earlier.token === input.ClientToken) return ids(found, earlier);
    throw plainError(
      400,
      'AlreadyExistsException',
      `ChangeSet ${ChangeSetName} already exists in the stack ${StackName}`,
    );
  }
  const template = readTemplate(TemplateBody);
  const given = (input.Parameters ?? []).map(({ ParameterKey = '', ParameterValue, UsePreviousValue }) => {
    const previous = String(UsePreviousValue) === 'true' ? found?.parameters[ParameterKey] : undefined;
    return [ParameterKey, ParameterValue ?? previous ?? ''];
  });
  const parameters = parametersOf(template, Object.fromEntries(given) as Record<string, string>);
  checkCapabilities(TemplateBody, input.Capabilities ?? []);
  const stack = found ?? newStack(aws, StackName);
  const changes = changesOf(stack, { ...stackScope(aws, stack), template, parameters });
  const id = `arn:${aws.state.partition}:cloudformation:${aws.state.region}:${aws.state.accountId}:changeSet/${ChangeSetName}/${nextId(aws.state, 'c')}`;
  const isEmpty = changes.length === 0;
  stack.changeSets[ChangeSetName] = {
    id,
    name: ChangeSetName,
    token: input.ClientToken,
    template: TemplateBody,
    parameters,
    capabilities: input.Capabilities ?? [],
    changes,
    status: isEmpty ? 'FAILED' : 'CREATE_COMPLETE',
    ...(isEmpty && {
      reason:
        "The submitted information didn't contain changes. Submit different information to create a change set.",
    }),
    executionStatus: isEmpty ? 'UNAVAILABLE' : 'AVAILABLE',
    createdAt: aws.now(),
    readyAt: aws.now() + aws.state.settings.changeSetMs,
  };
  return { Id: id, StackId: stack.id };
}

function ids(stack: Stack | undefined, { id }: ChangeSet): Wire<CreateChangeSetCommandOutput> {
  return { Id: id, StackId: stack?.id };
}

function checkType(stack: Stack | undefined, name: string, type: string): void {
  const isNew = stack === undefined || stack.status === 'REVIEW_IN_PROGRESS';
  if (type === 'CREATE' && !isNew)
    throw validationError(
      `Stack [${name}] already exists and cannot be created again with the changeSet [${type}].`,
    );
  if (type !== 'UPDATE') return;
  if (isNew) throw validationError(`Stack [${name}] does not exist`);
  if (!/^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$/.test(stack.status))
    throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}

function checkCapabilities(text: string, given: readonly string[]): void {
  const { Resources } = readTemplate(text);
  const roles = Object.values(Resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
  const isNamed = roles.some(({ Properties }) => Properties?.['RoleName'] !== undefined);
  const needed = isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
  if (roles.length === 0 || given.includes('CAPABILITY_NAMED_IAM') || given.includes(needed)) return;
  throw plainError(400, 'InsufficientCapabilitiesException', `Requires capabilities : [${needed}]`);
}

function stackScope(aws: AwsContext, stack: Stack): Omit<Scope, 'template' | 'parameters'> {
  const made = (id: string) =>
    stack.resources[id] ?? {
      physicalId: `{${id}}`,
      attributes: new Proxy({}, { get: (_, name) => `{${id}.${String(name)}}` }),
    };
  return { state: aws.state, stackName: stack.name, made };
}

function changesOf(stack: Stack, scope: Scope): readonly StackChange[] {
  const { Resources } = scope.template;
  const wanted = Object.entries(Resources).filter(([, { Condition }]) => holds(scope, Condition));
  const changes = wanted.flatMap(([logicalId, { Type, Properties = {} }]): StackChange[] => {
    const there = stack.resources[logicalId];
    if (there === undefined) return [{ action: 'Add', logicalId, type: Type }];
    const properties = resolve(scope, Properties) as Record<string, unknown>;
    if (JSON.stringify(properties) === JSON.stringify(there.properties)) return [];
    const isReplaced = RESOURCE_TYPES[Type]?.createOnly.some(
      (name) => JSON.stringify(properties[name]) !== JSON.stringify(there.properties[name]),
    );
    return [
      {
        action: 'Modify',
        logicalId,
        type: Type,
        physicalId: there.physicalId,
        replacement: isReplaced === true ? 'True' : 'False',
      },
    ];
  });
  const names = new Set(wanted.map(([name]) => name));
  const gone = Object.entries(stack.resources)
    .filter(([name]) => !names.has(name))
    .map(([logicalId, { type, physicalId }]): StackChange => ({
      action: 'Remove',
      logicalId,
      type,
      physicalId,
    }));
  return [...changes, ...gone];
}

function knownChangeSet(
  aws: AwsContext,
  input: { StackName?: string | undefined; ChangeSetName?: string | undefined },
) {
  const stack = settled(aws, input.StackName ?? '');
  const changeSet = stack?.changeSets[input.ChangeSetName ?? ''];
  if (stack !== undefined && changeSet !== undefined) return { stack, changeSet };
  throw plainError(404, 'ChangeSetNotFoundException', `ChangeSet [${input.ChangeSetName}] does not exist`);
}

export function describeChangeSet(
  aws: AwsContext,
  input: DescribeChangeSetCommandInput,
): Wire<DescribeChangeSetCommandOutput> {
  const { stack, changeSet } = knownChangeSet(aws, input);
  const { id, name, changes, reason, status, executionStatus, createdAt, readyAt } = changeSet;
  const common = {
    ChangeSetId: id,
    ChangeSetName: name,
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: isoTime(createdAt),
  };
  if (aws.now() < readyAt)
    return { ...common, Status: 'CREATE_IN_PROGRESS', ExecutionStatus: 'UNAVAILABLE', Changes: [] };
  return {
    ...common,
    Status: status,
    ...(reason === undefined ? {} : { StatusReason: reason }),
    ExecutionStatus: executionStatus,
    Changes: changes.map(({ action, logicalId, type, physicalId, replacement }) => ({
      Type: 'Resource',
      ResourceChange: {
        Action: action,
        LogicalResourceId: logicalId,
        ResourceType: type,
        ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
        ...(replacement === undefined ? {} : { Replacement: replacement }),
      },
    })),
  };
}

export function deleteChangeSet(aws: AwsContext, input: DeleteChangeSetCommandInput): object {
  const { stack, changeSet } = knownChangeSet(aws, input);
  delete stack.changeSets[changeSet.name];
  return {};
}

export function executeChangeSet(aws: AwsContext, input: ExecuteChangeSetCommandInput): object {
  const { stack, changeSet } = knownChangeSet(aws, input);
  const { ClientRequestToken: token } = input;
  if (token !== undefined && changeSet.executionToken === token) return {};
  if (changeSet.executionStatus !== 'AVAILABLE')
    throw plainError(
      400,
      'InvalidChangeSetStatus',
      `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
    );
  changeSet.executionStatus = 'EXECUTE_COMPLETE';
  if (token !== undefined) changeSet.executionToken = token;
  execute(aws, stack, changeSet);
  return {};
}

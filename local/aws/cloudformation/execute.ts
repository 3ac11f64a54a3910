/** A change set carried out: resources in the order that their references need, all of them or none. */
import type { ResourceStatus } from '@aws-sdk/client-cloudformation';
import { AwsError } from '../errors.ts';
import type { ChangeSet, Stack } from '../iam-state.ts';
import type { AwsContext } from '../routes.ts';
import { nextId } from '../state.ts';
import { NAMED_BY, RESOURCE_TYPES, type Properties, type ResourceType } from './resource-types.ts';
import { holds, readTemplate, resolve, type Scope } from './template.ts';

interface Work {
  readonly aws: AwsContext;
  readonly stack: Stack;
  readonly changeSet: ChangeSet;
  readonly scope: Scope;
  readonly note: (logicalId: string, status: ResourceStatus, reason?: string) => void;
}

export function execute(aws: AwsContext, stack: Stack, changeSet: ChangeSet): void {
  const { state } = aws;
  const isNew = stack.status === 'REVIEW_IN_PROGRESS';
  const verb = isNew ? 'CREATE' : 'UPDATE';
  const { roles, oidcProviders, httpApis, repositories } = state;
  const before = structuredClone({
    roles,
    oidcProviders,
    httpApis,
    repositories,
    resources: stack.resources,
  });
  const work = workOn(aws, stack, changeSet);
  delete stack.next;
  stack.status = `${verb}_IN_PROGRESS`;
  work.note(stack.name, `${verb}_IN_PROGRESS`, 'User Initiated');
  const at = aws.now() + state.settings.stackMs;
  try {
    carryOutChanges(work);
    stack.template = changeSet.template;
    stack.parameters = { ...changeSet.parameters };
    stack.outputs = outputsOf(work.scope);
    stack.next = { status: `${verb}_COMPLETE`, at };
    work.note(stack.name, `${verb}_COMPLETE`);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { resources, ...rest } = before;
    const mayUndo = mayDelete(
      work,
      Object.keys(stack.resources).filter((id) => resources[id] === undefined),
    );
    Object.assign(state, rest);
    stack.resources = resources;
    const status = `${isNew ? '' : 'UPDATE_'}ROLLBACK_${mayUndo ? 'COMPLETE' : 'FAILED'}` as const;
    const reason = 'One or more resources failed';
    work.note(stack.name, isNew ? 'ROLLBACK_IN_PROGRESS' : 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
    work.note(stack.name, status);
    stack.next = { status, at };
    if (isNew) stack.parameters = { ...changeSet.parameters };
  }
}

/** Whether the caller may delete what was made, as a rollback does. */
function mayDelete({ aws, stack }: Work, made: readonly string[]): boolean {
  const denied = made.flatMap((id) => {
    const { type: name = '', physicalId = '', properties = {} } = stack.resources[id] ?? {};
    const type = RESOURCE_TYPES[name];
    const resource = type?.arn(aws, physicalId, properties) ?? '';
    return (type?.needs.delete ?? []).filter((action) => aws.may?.({ action, resource }) === false);
  });
  return denied.length === 0;
}

function workOn(aws: AwsContext, stack: Stack, changeSet: ChangeSet): Work {
  const template = readTemplate(changeSet.template);
  const note: Work['note'] = (logicalId, status, reason) => {
    const type =
      template.Resources[logicalId]?.Type ?? stack.resources[logicalId]?.type ?? 'AWS::CloudFormation::Stack';
    stack.events.push({
      id: nextId(aws.state, 'e'),
      at: aws.now(),
      logicalId,
      physicalId: logicalId === stack.name ? stack.id : (stack.resources[logicalId]?.physicalId ?? ''),
      type,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(changeSet.executionToken === undefined ? {} : { token: changeSet.executionToken }),
    });
  };
  // What is referred to first is made first.
  const made = (logicalId: string) => {
    if (changed.has(logicalId)) provide(work, logicalId);
    const found = stack.resources[logicalId];
    if (found === undefined)
      throw new AwsError(400, 'ValidationError', {
        message: `Unresolved resource dependencies [${logicalId}]`,
      });
    return found;
  };
  const changed = new Set(
    changeSet.changes.filter(({ action }) => action !== 'Remove').map(({ logicalId }) => logicalId),
  );
  const scope: Scope = {
    template,
    parameters: changeSet.parameters,
    state: aws.state,
    stackName: stack.name,
    made,
  };
  const work: Work = { aws, stack, changeSet, scope, note };
  return work;
}

function carryOutChanges(work: Work): void {
  const { stack, changeSet } = work;
  for (const { action, logicalId } of changeSet.changes) if (action !== 'Remove') provide(work, logicalId);
  for (const { action, logicalId } of changeSet.changes) {
    if (action !== 'Remove') continue;
    const { physicalId = '', deletionPolicy } = stack.resources[logicalId] ?? {};
    const kept = deletionPolicy?.startsWith('Retain') === true;
    if (!kept) acting(work, logicalId, 'DELETE', ({ delete: remove }) => remove(work.aws, physicalId));
    else work.note(logicalId, 'DELETE_SKIPPED');
    delete stack.resources[logicalId];
  }
}

/** Makes or changes one resource, unless this operation has done so. */
function provide(work: Work, logicalId: string): void {
  const { aws, stack, changeSet, scope } = work;
  const change = changeSet.changes.find((one) => one.logicalId === logicalId);
  const declared = scope.template.Resources[logicalId];
  const there = stack.resources[logicalId];
  const isDone = change?.action === 'Add' && there !== undefined;
  if (change === undefined || declared === undefined || isDone) return;
  const properties = resolve(scope, declared.Properties ?? {}) as Properties;
  if (there !== undefined && change.replacement !== 'True') {
    acting(work, logicalId, 'UPDATE', ({ update }) => update?.(aws, properties, there.physicalId));
    there.properties = properties;
    return;
  }
  const { Type, DeletionPolicy } = declared;
  const named = properties[NAMED_BY[Type] ?? ''];
  const name = named === undefined ? madeUpName(work, logicalId) : String(named);
  acting({ ...work, name, properties }, logicalId, 'CREATE', ({ create }) => {
    const made = create(aws, properties, name);
    stack.resources[logicalId] = {
      type: Type,
      ...made,
      properties,
      ...(DeletionPolicy === undefined ? {} : { deletionPolicy: DeletionPolicy }),
    };
  });
  if (there !== undefined && declared.UpdateReplacePolicy !== 'Retain')
    RESOURCE_TYPES[Type]?.delete(aws, there.physicalId);
}

interface Asked {
  readonly name?: string;
  readonly properties?: Properties;
}

/** One handler of a type under the caller's permissions, with the events around it. */
function acting(
  work: Work & Asked,
  logicalId: string,
  ...[verb, act]: readonly [verb: 'CREATE' | 'UPDATE' | 'DELETE', act: (type: ResourceType) => void]
): void {
  const { aws, stack, scope, note } = work;
  const there = stack.resources[logicalId];
  const type = RESOURCE_TYPES[there?.type ?? scope.template.Resources[logicalId]?.Type ?? ''];
  note(logicalId, `${verb}_IN_PROGRESS`);
  try {
    if (type === undefined)
      throw new AwsError(400, 'ValidationError', { message: 'Unrecognized resource type' });
    const name = work.name ?? there?.physicalId ?? '';
    const resource = type.arn(aws, name, work.properties ?? there?.properties ?? {});
    const key = verb.toLowerCase() as 'create' | 'update' | 'delete';
    for (const action of type.needs[key]) {
      if (aws.may?.({ action, resource }) !== false) continue;
      throw new AwsError(403, 'AccessDenied', {
        message: `User: arn:aws:sts::local is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action (Service: AWS, Status Code: 403, HandlerErrorCode: AccessDenied)`,
      });
    }
    act(type);
  } catch (error) {
    if (error instanceof AwsError)
      note(logicalId, `${verb}_FAILED`, `Resource handler returned message: "${error.message}"`);
    throw error;
  }
  note(logicalId, `${verb}_COMPLETE`);
}

/** CloudFormation's own names begin with the stack's, cut to fit a role. */
function madeUpName({ aws, stack }: Work, logicalId: string): string {
  return `${stack.name.slice(0, 24)}-${logicalId.slice(0, 24)}-${nextId(aws.state, '').slice(-12)}`;
}

function outputsOf(scope: Scope): Record<string, string> {
  const outputs = Object.entries(scope.template.Outputs ?? {}).filter(([, { Condition }]) =>
    holds(scope, Condition),
  );
  return Object.fromEntries(outputs.map(([name, { Value }]) => [name, String(resolve(scope, Value))]));
}

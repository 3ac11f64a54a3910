import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { AwsError } from '../errors.ts';
import { clientOptions, once, type ClientDependencies } from './aws-config.ts';
import { call, type CallKind } from './call.ts';
import { withCredentials } from './credentials.ts';
import { required } from './reply.ts';

type Texts = Readonly<Record<string, string>>;

export interface StackDetail {
  /** `CREATE_COMPLETE`, `ROLLBACK_COMPLETE`, … */
  readonly status: string;
  readonly parameters: Texts;
  readonly outputs: Texts;
}

interface ChangeSetWish {
  readonly name: string;
  readonly isNew: boolean;
  readonly template: string;
  readonly parameters: Texts;
}

interface ChangeSetDetail {
  readonly status: string;
  readonly reason: string;
  readonly changes: readonly ResourceChange[];
}

interface ResourceChange {
  /** `Add`, `Modify`, `Remove`. */
  readonly action: string;
  readonly logicalId: string;
}

interface FailureEvent {
  readonly logicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

/** One stack. */
export interface Stack {
  /** Undefined when there is none. */
  describe(): Promise<StackDetail | undefined>;
  /** The text of the template that it was made from. */
  template(): Promise<string>;
  createChangeSet(wish: ChangeSetWish): Promise<void>;
  describeChangeSet(name: string): Promise<ChangeSetDetail>;
  deleteChangeSet(name: string): Promise<void>;
  executeChangeSet(name: string): Promise<void>;
  /** What failed while this change set was carried out, the first failure first. */
  failures(changeSet: string): Promise<readonly FailureEvent[]>;
}

type Sdk = typeof import('./sdk/cloudformation.ts');
type Request = <T>(
  operation: string,
  send: (client: CloudFormationClient, sdk: Sdk) => Promise<T>,
) => Promise<T>;

export function stackClient(dependencies: ClientDependencies, StackName: string): Stack {
  const sdk = once(() => import('./sdk/cloudformation.ts'));
  const client = withCredentials(
    once(async () => new (await sdk()).CloudFormationClient(await clientOptions(dependencies.aws))),
  );
  const request: Request = (operation, send) => {
    const kind: CallKind = { service: 'CloudFormation', operation };
    return call(dependencies, kind, async () => send(await client(), await sdk()));
  };
  return { ...stackReads(request, StackName), ...changeSetCalls(request, StackName) };
}

function stackReads(request: Request, StackName: string): Pick<Stack, 'describe' | 'template' | 'failures'> {
  return {
    describe: () =>
      request('DescribeStacks', async (client, { DescribeStacksCommand }) => {
        const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
        const { StackStatus, Parameters = [], Outputs = [] } = required(Stacks?.[0], 'Stacks');
        return {
          status: required(StackStatus, 'StackStatus'),
          parameters: textsOf(
            Parameters.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]),
          ),
          outputs: textsOf(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
        };
      }).catch((error: unknown) => {
        // CloudFormation has no error of its own for it.
        if (error instanceof AwsError && /^Stack .* does not exist/.test(error.detail)) return undefined;
        throw error;
      }),
    template: () =>
      request('GetTemplate', async (client, { GetTemplateCommand }) => {
        const { TemplateBody } = await client.send(
          new GetTemplateCommand({ StackName, TemplateStage: 'Original' }),
        );
        return required(TemplateBody, 'TemplateBody');
      }),
    failures: (changeSet) =>
      request('DescribeStackEvents', async (client, { DescribeStackEventsCommand }) => {
        const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName }));
        return (
          required(StackEvents, 'StackEvents')
            .filter(
              ({ ClientRequestToken, ResourceStatus }) =>
                ClientRequestToken === changeSet && ResourceStatus?.endsWith('_FAILED'),
            )
            .map(
              ({
                LogicalResourceId = '',
                ResourceType = '',
                ResourceStatus = '',
                ResourceStatusReason = '',
              }) => ({
                logicalId: LogicalResourceId,
                type: ResourceType,
                status: ResourceStatus,
                reason: ResourceStatusReason,
              }),
            )
            // The others were stopped because of the first.
            .filter(({ reason }) => !/^Resource (creation|update) cancelled/i.test(reason))
            .reverse()
        );
      }),
  };
}

function textsOf(pairs: readonly (readonly [string | undefined, string | undefined])[]): Texts {
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}

/** Each write carries the change set's name as its token: sent again after a lost answer, it is the same request. */
function changeSetCalls(
  request: Request,
  StackName: string,
): Omit<Stack, 'describe' | 'template' | 'failures'> {
  return {
    createChangeSet: ({ name, isNew, template, parameters }) =>
      request('CreateChangeSet', async (client, { CreateChangeSetCommand }) => {
        const { Id } = await client.send(
          new CreateChangeSetCommand({
            StackName,
            ChangeSetName: name,
            ClientToken: name,
            ChangeSetType: isNew ? 'CREATE' : 'UPDATE',
            TemplateBody: template,
            Capabilities: ['CAPABILITY_NAMED_IAM'],
            Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
              ParameterKey,
              ParameterValue,
            })),
          }),
        );
        required(Id, 'Id');
      }),
    describeChangeSet: (ChangeSetName) =>
      request('DescribeChangeSet', async (client, { DescribeChangeSetCommand }) => {
        const reply = await client.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }));
        const changes = (reply.Changes ?? []).map(({ ResourceChange: change }) => ({
          action: change?.Action ?? '',
          logicalId: change?.LogicalResourceId ?? '',
        }));
        return { status: required(reply.Status, 'Status'), reason: reply.StatusReason ?? '', changes };
      }),
    deleteChangeSet: (ChangeSetName) =>
      request('DeleteChangeSet', async (client, { DeleteChangeSetCommand }) => {
        await client.send(new DeleteChangeSetCommand({ StackName, ChangeSetName }));
      }),
    executeChangeSet: (ChangeSetName) =>
      request('ExecuteChangeSet', async (client, { ExecuteChangeSetCommand }) => {
        await client.send(
          new ExecuteChangeSetCommand({ StackName, ChangeSetName, ClientRequestToken: ChangeSetName }),
        );
      }),
  };
}

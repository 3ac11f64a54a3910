import type {
  CreateFunctionRequest,
  LambdaClient,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import type { Alias, Architecture, Configuration, FunctionVersion } from '../types.ts';
import { clientOptions, INVOKE_TIMEOUT_MS, once, type ClientDependencies } from './aws-config.ts';
import { call, type CallKind } from './call.ts';
import { clientContext, type CallMark } from './call-mark.ts';
import { withCredentials } from './credentials.ts';
import {
  aliasFrom,
  configurationRequest,
  functionVersion,
  writtenAlias,
  type AliasSent,
} from './lambda-shapes.ts';
import { allPages, awsBounds } from './pages.ts';
import { ForeignReply, required, requireSent } from './reply.ts';

type Sdk = typeof import('./sdk/lambda.ts');

/** Lambda, as far as a release needs it: one method, one API request. Missing things are AwsErrors with `isMissing`. */
export interface Lambda {
  /** Resolves when the client is loaded; calls made before are on their way by then. */
  loaded(): Promise<void>;
  /** `qualifier`: a version, an alias, or absent for `$LATEST`. */
  getFunction(functionName: string, qualifier?: string): Promise<FunctionVersion>;
  getAlias(functionName: string, name: string): Promise<Alias>;
  /** All versions with `$LATEST` first, 50 a request; without State and LastUpdateStatus, which List* does not return. */
  listVersions(functionName: string): Promise<readonly FunctionVersion[]>;
  createFunction(input: CreateFunctionInput): Promise<FunctionVersion>;
  updateFunctionCode(
    functionName: string,
    imageUri: string,
    architecture: Architecture,
  ): Promise<FunctionVersion>;
  updateFunctionConfiguration(
    functionName: string,
    configuration: Partial<Configuration>,
  ): Promise<FunctionVersion>;
  publishVersion(
    functionName: string,
    input: { CodeSha256?: string; RevisionId?: string; description: string },
  ): Promise<FunctionVersion>;
  createAlias(functionName: string, input: AliasInput): Promise<Alias>;
  updateAlias(functionName: string, input: AliasInput & { RevisionId?: string }): Promise<Alias>;
  invoke(functionName: string, qualifier: string, request: InvokeRequest): Promise<Invocation>;
  /** Checks whether an invocation would be allowed; runs nothing. */
  invokeDryRun(functionName: string, qualifier: string): Promise<void>;
  /** The resource policy of an alias as JSON text. */
  getPolicy(functionName: string, qualifier: string): Promise<string>;
  addPermission(functionName: string, input: PermissionInput): Promise<void>;
  /** Whether provisioned concurrency is set on the alias; AWS sets weights by itself while it is. */
  getProvisionedConcurrency(functionName: string, qualifier: string): Promise<string | undefined>;
  /** What is reserved for the function; undefined where nothing is. */
  getReservedConcurrency(functionName: string): Promise<number | undefined>;
  /** What all functions of the account without a reservation share. */
  getUnreservedConcurrency(): Promise<number>;
}

interface CreateFunctionInput {
  readonly functionName: string;
  readonly imageUri: string;
  readonly role: string;
  readonly architecture: Architecture;
  readonly configuration: Partial<Configuration>;
}

interface AliasInput {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Always sent: `{}` clears what a canary left. */
  readonly weights: Readonly<Record<string, number>>;
}

interface PermissionInput {
  readonly qualifier: string;
  readonly statementId: string;
  readonly sourceArn: string;
}

export interface InvokeRequest {
  /** JSON text. */
  readonly payload: string;
  /** Lambda hands it to the function as the client context. */
  readonly mark: CallMark;
}

export interface Invocation {
  /** The version that answered. */
  readonly executedVersion: string | undefined;
  /** `Handled` or `Unhandled` when the function failed; Lambda still answers 200. */
  readonly functionError: string | undefined;
  /** As it came: a streamed answer may hold any bytes. */
  readonly payload: Uint8Array;
  /** The last 4 KiB of the invocation's log. */
  readonly logTail: string;
}

export function lambdaClient(dependencies: ClientDependencies): Lambda {
  const sdk = once(() => import('./sdk/lambda.ts'));
  const client = once(async () => new (await sdk()).LambdaClient(await clientOptions(dependencies.aws)));
  // Invocations have their own client: their time limit is Lambda's fifteen minutes, not a control call's.
  const invoker = once(
    async () => new (await sdk()).LambdaClient(await clientOptions(dependencies.aws, INVOKE_TIMEOUT_MS)),
  );
  const ready = withCredentials(client);
  const readyToInvoke = withCredentials(invoker);
  const request = <T>(
    kind: Omit<CallKind, 'service'>,
    send: (client: LambdaClient, sdk: Sdk) => Promise<T>,
  ) => call(dependencies, { service: 'Lambda', ...kind }, async () => send(await ready(), await sdk()));
  return {
    loaded: async () => void (await client()),
    ...readers(request, dependencies),
    ...concurrencyReaders(request),
    ...functionWriters(request),
    ...aliasWriters(request),
    ...invocations((kind, send) =>
      call(dependencies, { service: 'Lambda', ...kind }, async () =>
        send(await readyToInvoke(), await sdk()),
      ),
    ),
  };
}

type Request = <T>(
  kind: Omit<CallKind, 'service'>,
  send: (client: LambdaClient, sdk: Sdk) => Promise<T>,
) => Promise<T>;

function readers(
  request: Request,
  tools: ClientDependencies,
): Pick<Lambda, 'getFunction' | 'getAlias' | 'listVersions' | 'getPolicy'> {
  return {
    getFunction: (FunctionName, Qualifier) =>
      request({ operation: 'GetFunction' }, async (client, sdk) => {
        const output = await client.send(
          new sdk.GetFunctionCommand({ FunctionName, ...(Qualifier ? { Qualifier } : {}) }),
        );
        return functionVersion(
          required(output.Configuration, 'Configuration'),
          output.Code?.ResolvedImageUri,
        );
      }),
    getAlias: (FunctionName, Name) =>
      request({ operation: 'GetAlias' }, async (client, sdk) => {
        const output = await client.send(new sdk.GetAliasCommand({ FunctionName, Name }));
        requireSent(output, { Name });
        return aliasFrom(output);
      }),
    listVersions: (FunctionName) =>
      allPages(awsBounds(tools.clock, { service: 'Lambda', operation: 'ListVersionsByFunction' }), (Marker) =>
        request({ operation: 'ListVersionsByFunction' }, async (client, sdk) => {
          const next = Marker === undefined ? {} : { Marker };
          const page = await client.send(new sdk.ListVersionsByFunctionCommand({ FunctionName, ...next }));
          const versions = required(page.Versions, 'Versions');
          return [versions.map((version) => functionVersion(version)), page.NextMarker] as const;
        }),
      ),
    getPolicy: (FunctionName, Qualifier) =>
      request({ operation: 'GetPolicy' }, async (client, sdk) => {
        const output = await client.send(new sdk.GetPolicyCommand({ FunctionName, Qualifier }));
        return required(output.Policy, 'Policy');
      }),
  };
}

function concurrencyReaders(
  request: Request,
): Pick<Lambda, 'getProvisionedConcurrency' | 'getReservedConcurrency' | 'getUnreservedConcurrency'> {
  return {
    getProvisionedConcurrency: (FunctionName, Qualifier) =>
      request({ operation: 'GetProvisionedConcurrencyConfig' }, async (client, sdk) => {
        const output = await client.send(
          new sdk.GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }),
        );
        return required(output.Status, 'Status');
      }),
    getReservedConcurrency: (FunctionName) =>
      request({ operation: 'GetFunctionConcurrency' }, async (client, sdk) => {
        const output = await client.send(new sdk.GetFunctionConcurrencyCommand({ FunctionName }));
        return output.ReservedConcurrentExecutions;
      }),
    getUnreservedConcurrency: () =>
      request({ operation: 'GetAccountSettings' }, async (client, sdk) => {
        const { AccountLimit } = await client.send(new sdk.GetAccountSettingsCommand({}));
        return required(AccountLimit?.UnreservedConcurrentExecutions, 'UnreservedConcurrentExecutions');
      }),
  };
}

function functionWriters(
  request: Request,
): Pick<Lambda, 'createFunction' | 'updateFunctionCode' | 'updateFunctionConfiguration' | 'publishVersion'> {
  return {
    createFunction: ({ functionName, imageUri, role, architecture, configuration }) =>
      request({ operation: 'CreateFunction' }, async (client, sdk) => {
        const input: CreateFunctionRequest = {
          FunctionName: functionName,
          PackageType: 'Image',
          Code: { ImageUri: imageUri },
          Role: role,
          Architectures: [architecture],
          ...configurationRequest(configuration),
        };
        return functionVersion(await client.send(new sdk.CreateFunctionCommand(input)));
      }),
    updateFunctionCode: (FunctionName, ImageUri, architecture) =>
      request({ operation: 'UpdateFunctionCode' }, async (client, sdk) => {
        const input = { FunctionName, ImageUri, Architectures: [architecture] };
        return functionVersion(await client.send(new sdk.UpdateFunctionCodeCommand(input)));
      }),
    updateFunctionConfiguration: (FunctionName, configuration) =>
      request({ operation: 'UpdateFunctionConfiguration' }, async (client, sdk) => {
        const input: UpdateFunctionConfigurationRequest = {
          FunctionName,
          ...configurationRequest(configuration),
        };
        return functionVersion(await client.send(new sdk.UpdateFunctionConfigurationCommand(input)));
      }),
    publishVersion: (FunctionName, { description, ...guarded }) =>
      request({ operation: 'PublishVersion' }, async (client, sdk) =>
        functionVersion(
          await client.send(
            new sdk.PublishVersionCommand({ FunctionName, Description: description, ...guarded }),
          ),
        ),
      ),
  };
}

function aliasWriters(request: Request): Pick<Lambda, 'createAlias' | 'updateAlias' | 'addPermission'> {
  const members = ({ name, version, description, weights }: AliasInput): AliasSent => ({
    Name: name,
    FunctionVersion: version,
    Description: description,
    RoutingConfig: { AdditionalVersionWeights: { ...weights } },
  });
  return {
    createAlias: (FunctionName, input) =>
      request({ operation: 'CreateAlias', retry: 'never' }, async (client, sdk) => {
        const sent = members(input);
        return writtenAlias(await client.send(new sdk.CreateAliasCommand({ FunctionName, ...sent })), sent);
      }),
    updateAlias: (FunctionName, { RevisionId, ...input }) =>
      request({ operation: 'UpdateAlias', retry: 'never' }, async (client, sdk) => {
        const sent = members(input);
        const revision = RevisionId ? { RevisionId } : {};
        return writtenAlias(
          await client.send(new sdk.UpdateAliasCommand({ FunctionName, ...sent, ...revision })),
          sent,
        );
      }),
    addPermission: (FunctionName, { qualifier, statementId, sourceArn }) =>
      request({ operation: 'AddPermission' }, async (client, sdk) => {
        const { Statement } = await client.send(
          new sdk.AddPermissionCommand({
            FunctionName,
            Qualifier: qualifier,
            StatementId: statementId,
            Action: 'lambda:InvokeFunction',
            Principal: 'apigateway.amazonaws.com',
            SourceArn: sourceArn,
          }),
        );
        if (!required(Statement, 'Statement').includes(`"${statementId}"`))
          throw new ForeignReply('its Statement is not what was sent');
      }),
  };
}

function invocations(request: Request): Pick<Lambda, 'invoke' | 'invokeDryRun'> {
  return {
    invoke: (FunctionName, Qualifier, { payload, mark }) =>
      request({ operation: 'Invoke', retry: 'never' }, async (client, sdk) => {
        const output = await client.send(
          new sdk.InvokeCommand({
            FunctionName,
            Qualifier,
            Payload: Buffer.from(payload),
            LogType: 'Tail',
            ClientContext: Buffer.from(clientContext(mark)).toString('base64'),
          }),
        );
        return {
          executedVersion: required(output.ExecutedVersion, 'ExecutedVersion'),
          functionError: output.FunctionError,
          payload: output.Payload ?? new Uint8Array(),
          logTail: Buffer.from(output.LogResult ?? '', 'base64').toString('utf8'),
        };
      }),
    invokeDryRun: (FunctionName, Qualifier) =>
      request({ operation: 'Invoke' }, async (client, sdk) => {
        const { StatusCode } = await client.send(
          new sdk.InvokeCommand({ FunctionName, Qualifier, InvocationType: 'DryRun' }),
        );
        requireSent({ StatusCode }, { StatusCode: 204 });
      }),
  };
}

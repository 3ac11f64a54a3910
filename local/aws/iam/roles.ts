import type {
  GetRoleCommandInput,
  GetRoleCommandOutput,
  ListOpenIDConnectProvidersCommandOutput,
} from '@aws-sdk/client-iam';
import { plainError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { IamRole, OidcProvider } from '../iam-state.ts';
import { nextId } from '../state.ts';
import { isoTime } from '../wire.ts';
import type { Wire } from '../wire.ts';

type Properties = Readonly<Record<string, unknown>>;
interface InlinePolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: unknown;
}

export function createRole(aws: AwsContext, properties: Properties, name: string): IamRole {
  const { state } = aws;
  if (state.roles[name] !== undefined)
    throw plainError(409, 'EntityAlreadyExists', `Role with name ${name} already exists.`);
  if (name.length > 64)
    throw plainError(
      400,
      'ValidationError',
      `1 validation error detected: Value '${name}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    );
  const role: IamRole = {
    name,
    id: nextId(state, 'AROA').toUpperCase(),
    arn: `arn:${state.partition}:iam::${state.accountId}:role/${name}`,
    trust: '',
    policies: {},
    managed: [],
    createdAt: aws.now(),
  };
  state.roles[name] = role;
  putRole(aws, properties, name);
  return role;
}

/** All inline policies of a role together. */
const INLINE_LIMIT = 10_240;

export function putRole({ state }: AwsContext, properties: Properties, name: string): void {
  const role = state.roles[name];
  if (role === undefined) throw noSuchRole(name);
  const policies = (properties['Policies'] ?? []) as readonly InlinePolicy[];
  role.trust = JSON.stringify(properties['AssumeRolePolicyDocument']);
  role.managed = (properties['ManagedPolicyArns'] ?? []) as string[];
  role.policies = Object.fromEntries(
    policies.map(({ PolicyName, PolicyDocument }) => [PolicyName, JSON.stringify(PolicyDocument)]),
  );
  if (Object.values(role.policies).join('').length > INLINE_LIMIT)
    throw plainError(
      409,
      'LimitExceeded',
      `Maximum policy size of ${INLINE_LIMIT} bytes exceeded for role ${name}`,
    );
}

export function deleteRole({ state }: AwsContext, name: string): void {
  delete state.roles[name];
}

export function createOidcProvider(aws: AwsContext, properties: Properties): OidcProvider {
  const { state } = aws;
  const url = String(properties['Url']);
  const arn = `arn:${state.partition}:iam::${state.accountId}:oidc-provider/${url.replace('https://', '')}`;
  if (state.oidcProviders[arn] !== undefined)
    throw plainError(409, 'EntityAlreadyExists', `Provider with url ${url} already exists.`);
  const provider: OidcProvider = { arn, url, clientIds: (properties['ClientIdList'] ?? []) as string[] };
  state.oidcProviders[arn] = provider;
  return provider;
}

export function listOpenIdConnectProviders({
  state,
}: AwsContext): Wire<ListOpenIDConnectProvidersCommandOutput> {
  return { OpenIDConnectProviderList: Object.keys(state.oidcProviders).map((Arn) => ({ Arn })) };
}

export function getRole(
  { state }: AwsContext,
  { RoleName = '' }: GetRoleCommandInput,
): Wire<GetRoleCommandOutput> {
  const role = state.roles[RoleName];
  if (role === undefined) throw noSuchRole(RoleName);
  const { name, id, arn, trust, createdAt } = role;
  return {
    Role: {
      Path: '/',
      RoleName: name,
      RoleId: id,
      Arn: arn,
      CreateDate: isoTime(createdAt),
      AssumeRolePolicyDocument: encodeURIComponent(trust),
    },
  };
}

function noSuchRole(name: string) {
  return plainError(404, 'NoSuchEntity', `The role with name ${name} cannot be found.`);
}

/** What an AWS account has already, and who asks. */
import { orMissing } from '../errors.ts';
import { clientOptions, once, type ClientDependencies } from './aws-config.ts';
import { call } from './call.ts';
import { withCredentials } from './credentials.ts';
import { required } from './reply.ts';

export interface Account {
  /** `account` has 12 digits; `arn` is the caller's. */
  identity(): Promise<{ readonly account: string; readonly arn: string }>;
  /** Whether tokens of this issuer (a host name) are accepted. */
  hasProvider(issuer: string): Promise<boolean>;
  hasRole(name: string): Promise<boolean>;
}

export function accountClient(dependencies: ClientDependencies): Account {
  const sdk = once(() => import('./sdk/identity.ts'));
  const options = once(() => clientOptions(dependencies.aws));
  const iam = withCredentials(once(async () => new (await sdk()).IAMClient(await options())));
  const sts = withCredentials(once(async () => new (await sdk()).STSClient(await options())));
  return {
    identity: () =>
      call(dependencies, { service: 'STS', operation: 'GetCallerIdentity' }, async () => {
        const { GetCallerIdentityCommand } = await sdk();
        const { Account: account, Arn: arn } = await (await sts()).send(new GetCallerIdentityCommand({}));
        return { account: required(account, 'Account'), arn: required(arn, 'Arn') };
      }),
    hasProvider: (issuer) =>
      call(dependencies, { service: 'IAM', operation: 'ListOpenIDConnectProviders' }, async () => {
        const { ListOpenIDConnectProvidersCommand } = await sdk();
        const reply = await (await iam()).send(new ListOpenIDConnectProvidersCommand({}));
        const providers = required(reply.OpenIDConnectProviderList, 'OpenIDConnectProviderList');
        return providers.some(({ Arn }) => Arn?.endsWith(`:oidc-provider/${issuer}`) === true);
      }),
    hasRole: async (RoleName) => {
      const found = await orMissing(
        call(dependencies, { service: 'IAM', operation: 'GetRole' }, async () => {
          const { GetRoleCommand } = await sdk();
          return (await iam()).send(new GetRoleCommand({ RoleName }));
        }),
      );
      return found !== undefined;
    },
  };
}

/** What is called of the SDKs of IAM and STS, by name: the bundle leaves the rest out. */
export { GetRoleCommand, IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
export { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

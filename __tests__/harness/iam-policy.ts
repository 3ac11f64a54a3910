/** IAM's evaluation of an identity policy, as far as our policies use it: Allow only, wildcards in resources, no conditions. */
import { readFileSync } from 'node:fs';
import type { AskedCall } from '../../local/aws/aws.ts';
import { s3Request } from '../../local/aws/s3.ts';
import { fromUtf8, queryValue, type LocalRequest } from '../../local/http.ts';

/** What IAM decides on: one action on one resource. */
export interface Ask {
  readonly action: string;
  readonly resource: string;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** One action on one resource pattern of a policy: what a user would otherwise have to grant by itself. */
export interface Grant extends Ask {
  readonly policy: string;
  readonly sid: string;
}

/** Every combination that a policy file allows, with its placeholders filled in. */
export function grantsOf(path: string, values: Readonly<Record<string, string>>): readonly Grant[] {
  const text = readFileSync(path, 'utf8').replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path}: no value for the placeholder ${whole}`);
    return value;
  });
  return grantsIn(path, text);
}

/** The same for a policy's text without placeholders. */
export function grantsIn(policy: string, text: string): readonly Grant[] {
  const { Statement } = JSON.parse(text) as { Statement: readonly Statement[] };
  return Statement.flatMap(({ Sid, Action, Resource }) =>
    [Action]
      .flat()
      .flatMap((action) => [Resource].flat().map((resource) => ({ policy, sid: Sid, action, resource }))),
  );
}

/** `*` stands for anything, `?` in a test's own values for one part of a name; the published policies contain none. */
export function allows(grant: Grant, ask: Ask): boolean {
  const pattern = escape(grant.resource).replaceAll('\\*', '.*').replaceAll('\\?', '[^:/]+');
  return grant.action === ask.action && new RegExp(`^${pattern}$`).test(ask.resource);
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** What a recorded call has to be allowed: none for what IAM does not guard (layer downloads by signed URL, the API's own URL). */
export function asksOf({ call, request }: AskedCall, account: string, region: string): readonly Ask[] {
  switch (call.service) {
    case 'lambda':
      return lambdaAsks(call.operation, request, `arn:aws:lambda:${region}:${account}:function:`);
    case 'ecr':
      return [ecrAsk(call.operation, request, `arn:aws:ecr:${region}:${account}:repository/`)];
    case 'apigateway':
    case 'apigatewayv2':
      return [
        {
          // API Gateway's actions are HTTP methods, its resources are paths; those of HTTP APIs leave /v2 out.
          action: `apigateway:${request.method}`,
          resource: `arn:aws:apigateway:${region}::${decodeURIComponent(request.path).replace(/^\/v2\//, '/')}`,
        },
      ];
    case 'cloudformation':
      return [
        {
          action: `cloudformation:${call.operation}`,
          resource: `arn:aws:cloudformation:${region}:${account}:stack/${formValue(request, 'StackName')}/id`,
        },
      ];
    case 'iam':
      return [
        {
          action: `iam:${call.operation}`,
          resource:
            call.operation === 'GetRole'
              ? `arn:aws:iam::${account}:role/${formValue(request, 'RoleName')}`
              : '*',
        },
      ];
    case 's3':
      return s3Asks(request);
    // Everybody may ask who they are.
    case 'sts':
    case 'blobs':
    case 'execute-api':
      return [];
    default:
      throw new Error(`no IAM rule for ${call.service} ${call.operation}`);
  }
}

function lambdaAsks(operation: string, request: LocalRequest, functions: string): readonly Ask[] {
  if (operation === 'CreateFunction') {
    const { FunctionName, Role } = bodyOf(request);
    return [
      { action: 'lambda:CreateFunction', resource: `${functions}${FunctionName}` },
      { action: 'iam:PassRole', resource: String(Role) },
    ];
  }
  if (operation === 'GetAccountSettings') return [{ action: 'lambda:GetAccountSettings', resource: '*' }];
  const name = decodeURIComponent(request.path.split('/')[3] ?? '');
  const qualifier = queryValue(request, 'Qualifier');
  return [
    {
      action: operation === 'Invoke' ? 'lambda:InvokeFunction' : `lambda:${operation}`,
      resource: `${functions}${name}${qualifier === undefined ? '' : `:${qualifier}`}`,
    },
  ];
}

function ecrAsk(operation: string, request: LocalRequest, repositories: string): Ask {
  // These two are about the whole registry.
  if (operation === 'GetAuthorizationToken' || operation === 'GetRegistryScanningConfiguration')
    return { action: `ecr:${operation}`, resource: '*' };
  const { repositoryName, repositoryNames } = bodyOf(request);
  const name = repositoryName ?? (repositoryNames as readonly string[])[0];
  return { action: `ecr:${operation}`, resource: `${repositories}${String(name)}` };
}

function s3Asks(request: LocalRequest): readonly Ask[] {
  const { operation, bucket, key } = s3Request(request) ?? {};
  return operation === 'ListObjectsV2'
    ? [{ action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` }]
    : [{ action: `s3:${operation}`, resource: `arn:aws:s3:::${bucket}/${key}` }];
}

function formValue(request: LocalRequest, name: string): string {
  return new URLSearchParams(fromUtf8(request.body)).get(name) ?? '';
}

function bodyOf(request: LocalRequest): Record<string, unknown> {
  return JSON.parse(fromUtf8(request.body)) as Record<string, unknown>;
}

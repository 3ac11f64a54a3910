/** What an API in front of the function needs: its integration names the alias, its stage carries the release. */
import type { Integration, Stage } from '../clients/api-gateway.ts';
import { UserError } from '../errors.ts';
import type { Release } from '../record/release.ts';
import type { Commit, VersionNumber } from '../types.ts';

/** The release as a stage carries it. Names as API Gateway allows them; values fit [A-Za-z0-9-._~:/?#&=,]+. */
export interface StagedRelease {
  readonly alias: string;
  readonly version: VersionNumber;
  readonly commit: Commit | undefined;
}

export const STAGE_VARIABLES = {
  alias: 'release_alias',
  version: 'release_version',
  commit: 'release_commit',
} as const;

export function stageVariables({
  alias,
  version,
  commit,
}: StagedRelease): Readonly<Record<string, string | undefined>> {
  return {
    [STAGE_VARIABLES.alias]: alias,
    [STAGE_VARIABLES.version]: version,
    [STAGE_VARIABLES.commit]: commit,
  };
}

export function carries(stage: Stage, release: StagedRelease): boolean {
  return Object.entries(stageVariables(release)).every(([name, value]) => stage.variables[name] === value);
}

/** Whether this alias was connected to this stage before. */
export function wasConnected(stage: Stage, alias: string): boolean {
  return stage.variables[STAGE_VARIABLES.alias] === alias;
}

/**
 * Whether the permission that was proven when the alias was connected is still believed. It goes with an alias that somebody deletes, and
 * the record goes with it too; and a release that was taken back may have been taken back for want of it.
 */
export function stillProven(release: Release): boolean {
  return release.kind === 'recorded' && release.record.state === 'ok';
}

/** Set on the stage before its integrations are changed and removed by the write that ends the repair; without `op`, its removal. */
export function repairMark<Op extends string | undefined>(op: Op) {
  return { release_repair: op };
}

/** A run began to point the API's integrations to the alias and did not come to the end. */
export function isBeingRepaired(stage: Stage): boolean {
  return Object.keys(repairMark('')).some((name) => name in stage.variables);
}

export interface FunctionAddress {
  /** `arn:aws:lambda:<region>:<account>:function:<name>`, without a qualifier. */
  readonly arn: string;
  readonly alias: string;
}

/** Integrations of this function, by whether they name the alias. Stage variables are resolved as API Gateway would. */
export function sortIntegrations(
  integrations: readonly Integration[],
  stage: Stage,
  { arn, alias }: FunctionAddress,
) {
  const name = arn.split(':').at(-1) ?? '';
  const ours = integrations.flatMap((integration) => {
    const uri = resolve(integration.uri, { ...stage.variables, [STAGE_VARIABLES.alias]: alias });
    const match = /function:([A-Za-z0-9-_]+)(?::([A-Za-z0-9-_$]+))?(?:\/invocations)?$/.exec(uri);
    return match?.[1] === name ? [{ integration, qualifier: match[2] }] : [];
  });
  return {
    toAlias: ours.filter(({ qualifier }) => qualifier === alias).map(({ integration }) => integration),
    elsewhere: ours.filter(({ qualifier }) => qualifier !== alias),
  };
}

function resolve(uri: string, variables: Readonly<Record<string, string>>): string {
  return uri.replaceAll(
    /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g,
    (whole, name: string) => variables[name] ?? whole,
  );
}

/** The URI that names the alias, in the form its API wants. */
export function aliasUri(kind: 'REST' | 'HTTP', { arn, alias }: FunctionAddress): string {
  if (kind === 'HTTP') return `${arn}:${alias}`;
  const [, partition, , region] = arn.split(':');
  return `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}:${alias}/invocations`;
}

/** Who may call the alias: this API, any stage, method and path. */
export function sourceArn(functionArn: string, apiId: string): string {
  const [, partition, , region, account] = functionArn.split(':');
  return `arn:${partition}:execute-api:${region}:${account}:${apiId}/*`;
}

export const statementId = (apiId: string) => `model-release-${apiId}`;

/** Whether a resource policy lets API Gateway call with this source. */
export function allowsApi(policyText: string | undefined, apiId: string): boolean {
  if (policyText === undefined || policyText === '') return false;
  const { Statement = [] } = JSON.parse(policyText) as { Statement?: readonly Statement[] };
  return Statement.some((statement) => {
    const principal =
      typeof statement.Principal === 'object' ? statement.Principal?.Service : statement.Principal;
    const source =
      statement.Condition?.ArnLike?.['AWS:SourceArn'] ?? statement.Condition?.ArnLike?.['aws:SourceArn'];
    return (
      statement.Effect === 'Allow' &&
      principal === 'apigateway.amazonaws.com' &&
      (source === undefined || source.includes(`:${apiId}/`))
    );
  });
}

interface Statement {
  readonly Effect?: string;
  readonly Principal?: string | { readonly Service?: string };
  readonly Condition?: { readonly ArnLike?: Readonly<Record<string, string>> };
}

/** The address people call. Undefined for a custom endpoint, where only the caller knows it. */
export function defaultApiUrl(
  functionArn: string,
  api: { kind: 'REST' | 'HTTP'; apiId: string; stage: string },
): string {
  const [, partition, , region] = functionArn.split(':');
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const path = api.stage === '$default' ? '' : `${api.stage}`;
  return `https://${api.apiId}.execute-api.${region}.${suffix}/${path}`;
}

export function notConnected(
  alias: string,
  elsewhere: readonly { integration: Integration; qualifier: string | undefined }[],
  repair: string,
): UserError {
  const what =
    elsewhere.length === 0
      ? 'No integration of the API calls this function.'
      : `${elsewhere.map(({ integration, qualifier }) => `${integration.label} calls ${qualifier ?? '$LATEST'}`).join(', ')} instead of the alias ${alias}.`;
  return new UserError('api-not-connected', {
    what,
    fix: elsewhere.length === 0 ? 'Give the API a Lambda proxy integration for it first.' : repair,
  });
}

/** Pages of AWS's console. Their forms are AWS's own and undocumented; where a region's console is not known there is no link. */
import { consoleDomain, ecrRegistry } from '../aws/partitions.ts';
import type { Digest, VersionNumber } from '../types.ts';

interface Place {
  readonly region: string;
  readonly name: string;
}

/** @param arn of a function, or of a version of it. */
export function versionPage(arn: string | undefined, version: VersionNumber): string | undefined {
  return functionPage(arn, `versions/${version}?tab=code`);
}

export function aliasPage(arn: string | undefined, alias: string): string | undefined {
  return functionPage(arn, `aliases/${encodeURIComponent(alias)}?tab=configure`);
}

function functionPage(arn: string | undefined, what: string): string | undefined {
  const { region = '', name = '' } = placeOf(arn) ?? {};
  return page(region, `lambda/home?region=${region}#/functions/${encodeURIComponent(name)}/${what}`);
}

/** @param group undefined for Lambda's default. */
export function logGroupPage(arn: string | undefined, group: string | undefined): string | undefined {
  const { region = '' } = placeOf(arn) ?? {};
  return page(
    region,
    `cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(groupOf(arn, group))}`,
  );
}

/** What one version logged in the last hour: its number stands in the names of its log streams. */
export function versionLogsPage(
  arn: string | undefined,
  group: string | undefined,
  version: VersionNumber,
): string | undefined {
  const { region = '' } = placeOf(arn) ?? {};
  const query = `fields @timestamp, @message | filter @logStream like "[${version}]" | sort @timestamp desc | limit 200`;
  const detail = `~(end~0~start~-3600~timeType~'RELATIVE~unit~'seconds~editorString~'${starred(query)}~source~(~'${starred(groupOf(arn, group))}))`;
  return page(region, `cloudwatch/home?region=${region}#logsV2:logs-insights$3FqueryDetail$3D${detail}`);
}

/** @param imageUri `<repository>@<digest>`; undefined, or another registry than ECR: no page. */
export function imagePage(imageUri: string | undefined): string | undefined {
  const [, repository, digest] = /^[^/]+\/(.+)@(sha256:[0-9a-f]{64})$/.exec(imageUri ?? '') ?? [];
  const registry = imageUri === undefined ? undefined : ecrRegistry(imageUri);
  if (repository === undefined || digest === undefined || registry === undefined) return undefined;
  const { account, region } = registry;
  const path = repository.split('/').map(encodeURIComponent).join('/');
  return page(
    region,
    `ecr/repositories/private/${account}/${path}/_/image/${digest}/details?region=${region}`,
  );
}

/** Whether an image's address names this digest. */
export function isImage(imageUri: string | undefined, digest: Digest | undefined): boolean {
  return digest !== undefined && imageUri?.endsWith(`@${digest}`) === true;
}

export function groupOf(arn: string | undefined, group: string | undefined): string {
  return group ?? `/aws/lambda/${placeOf(arn)?.name ?? ''}`;
}

function placeOf(arn: string | undefined): Place | undefined {
  const [, region, name] = /^arn:[^:]+:lambda:([a-z0-9-]+):\d{12}:function:([^:]+)/.exec(arn ?? '') ?? [];
  return region === undefined || name === undefined ? undefined : { region, name };
}

function page(region: string, path: string): string | undefined {
  const domain = region === '' ? undefined : consoleDomain(region);
  return domain === undefined ? undefined : `https://${region}.${domain}/${path}`;
}

/** As CloudWatch's console writes names into its address: encoded twice, with `$` for the sign of percent. */
function twice(text: string): string {
  return encodeURIComponent(encodeURIComponent(text)).replaceAll('%', '$');
}

/** As Logs Insights writes texts into its address: `*` and two hexadecimal digits for each byte of every other character. */
function starred(text: string): string {
  return text.replaceAll(/[^\w.-]/gu, (sign) =>
    [...new TextEncoder().encode(sign)].map((byte) => `*${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

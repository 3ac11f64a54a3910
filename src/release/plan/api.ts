/** What an API in front of the function needs: its integration names the alias, its stage carries the release. */
import type { Integration, Stage } from '../../clients/api-gateway.ts';
import type { Write } from '../../clients/writes.ts';
import { dnsSuffix } from '../../aws/partitions.ts';
import { UserError } from '../../errors.ts';
import type { Release } from '../record/release.ts';
import type { Commit, VersionNumber } from '../../types.ts';
import { readIntegrationUri, writeIntegrationUri } from './integration-uri.ts';

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

/** Whether a stage carries another release of the alias than it should. One that was never connected stays as it is. */
export function mustRestore(stage: Stage, release: StagedRelease): boolean {
  return !carries(stage, release) && wasConnected(stage, release.alias);
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

/** What a repair points to the alias: everything, where nothing names it yet; otherwise what calls `$LATEST` beside it. */
type RepairScope = 'all' | 'latest';

/** Set on the stage before its integrations are changed. */
export function repairMark(op: string, scope: RepairScope) {
  return { release_repair: scope === 'all' ? op : `${scope}:${op}` };
}

/** Removes the mark, with the write that ends the repair. */
export const REPAIRED = { release_repair: undefined } as const;

/** The scope of a repair that a run began and did not bring to its end. */
function begunRepair({ variables }: Stage): RepairScope | undefined {
  const mark = variables['release_repair' satisfies keyof typeof REPAIRED];
  if (mark === undefined) return undefined;
  return mark.startsWith('latest:') ? 'latest' : 'all';
}

export interface Repair {
  readonly scope: RepairScope;
  /** Those that are to name the alias from now on. */
  readonly integrations: readonly Pick<Elsewhere, 'integration' | 'aliasUri'>[];
  /** An earlier run marked the stage already. */
  readonly begun: boolean;
}

/**
 * A repair that was cut off is carried to its end, whether it is wished for now or not: half of an API on the alias is worse than none.
 * Beside integrations that name our alias, those that name another alias or a version are somebody's intention and stay.
 */
function planRepair(
  stage: Stage,
  { toAlias, elsewhere }: SortedIntegrations,
  wished: boolean,
): Repair | undefined {
  const begun = begunRepair(stage);
  const wanted = toAlias.length > 0 ? 'latest' : 'all';
  const scope = toAlias.length > 0 ? (begun ?? wanted) : wanted;
  const chosen = scope === 'all' ? elsewhere : onLatest(elsewhere);
  if (begun === undefined && !(wished && chosen.length > 0)) return undefined;
  return {
    scope,
    integrations: chosen,
    begun: begun !== undefined,
  };
}

/** Integrations that serve each new image from its upload on, before anything was asked of it. */
export function onLatest(elsewhere: SortedIntegrations['elsewhere']): SortedIntegrations['elsewhere'] {
  return elsewhere.filter(({ qualifier }) => qualifier === undefined || qualifier === '$LATEST');
}

/** What an API looks like now. */
export interface ApiSituation {
  readonly stage: Stage;
  readonly integrations: readonly Integration[];
  /** The permission was seen when this alias was connected, and nothing says that it may be gone: then it is not read. */
  readonly proven: boolean;
}

/** What an API needs so that its stage serves the alias and carries the release. */
export interface ApiPlan {
  /** The integrations that call the alias, once the repair is done. */
  readonly connected: readonly Integration[];
  readonly elsewhere: SortedIntegrations['elsewhere'];
  readonly repair: Repair | undefined;
  /** Who wants repairs has everything looked at; else a release reads the permission only where there is a doubt. */
  readonly readsPermission: boolean;
}

export function planApi(
  { stage, integrations, proven }: ApiSituation,
  address: FunctionAddress,
  repairs: boolean,
): ApiPlan {
  const sorted = sortIntegrations(integrations, stage, address);
  const repair = planRepair(stage, sorted, repairs);
  return {
    connected: [...sorted.toAlias, ...(repair?.integrations ?? []).map(({ integration }) => integration)],
    elsewhere: sorted.elsewhere,
    repair,
    readsPermission: !(proven && !repairs && wasConnected(stage, address.alias)),
  };
}

/** What a repair writes before the stage carries the release. HTTP APIs that deploy by themselves refuse an explicit deployment. */
export function repairWrites(repair: Repair | undefined, stage: Stage): readonly Write[] {
  if (repair === undefined) return [];
  return [
    ...(repair.begun ? [] : (['apigateway:UpdateStage'] as const)),
    ...repair.integrations.map(() => 'apigateway:UpdateIntegration' as const),
    ...(stage.autoDeploy ? [] : (['apigateway:CreateDeployment'] as const)),
  ];
}

export interface FunctionAddress {
  /** `arn:aws:lambda:<region>:<account>:function:<name>`, without a qualifier. */
  readonly arn: string;
  readonly alias: string;
}

/** An integration of this function that does not name the alias. */
interface Elsewhere {
  readonly integration: Integration;
  readonly qualifier: string | undefined;
  /** The URI that names the alias, in the form that the integration has: another form would change how answers travel. */
  readonly aliasUri: string;
}

export interface SortedIntegrations {
  readonly toAlias: readonly Integration[];
  readonly elsewhere: readonly Elsewhere[];
}

/** Integrations of this function, by whether they name the alias. Stage variables are resolved as API Gateway would. */
export function sortIntegrations(
  integrations: readonly Integration[],
  stage: Stage,
  { arn, alias }: FunctionAddress,
): SortedIntegrations {
  const ours = integrations.flatMap((integration): readonly Elsewhere[] => {
    const uri = resolve(integration.uri, { ...stage.variables, [STAGE_VARIABLES.alias]: alias });
    const called = readIntegrationUri(uri);
    // The whole ARN: another account's function of the same name is not ours to point anywhere.
    if (called?.functionArn !== arn) return [];
    const aliasUri = writeIntegrationUri({ ...called, qualifier: alias });
    return [{ integration, qualifier: called.qualifier, aliasUri }];
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

/** The address people call. Undefined for a custom endpoint, where only the caller knows it. */
export function defaultApiUrl(
  functionArn: string,
  api: { kind: 'REST' | 'HTTP'; apiId: string; stage: string },
): string {
  const [, , , region = ''] = functionArn.split(':');
  const path = api.stage === '$default' ? '' : `${api.stage}`;
  return `https://${api.apiId}.execute-api.${region}.${dnsSuffix(region)}/${path}`;
}

export function notConnected(alias: string, elsewhere: SortedIntegrations['elsewhere']): UserError {
  const what =
    elsewhere.length === 0
      ? 'No integration of the API calls this function.'
      : `${elsewhere.map(({ integration, qualifier }) => `${integration.label} calls ${qualifier ?? '$LATEST'}`).join(', ')} instead of the alias ${alias}.`;
  return new UserError('api-not-connected', {
    what,
    fix:
      elsewhere.length === 0
        ? 'Give the API a Lambda proxy integration for it first.'
        : 'Point the integration to the alias, or set api-repair: true to have it done here.',
  });
}

/** Model Monitor's constraints.json: the quality form limits metrics, the data form describes the columns of a table. */
import type { ValueNode } from '@humanwhocodes/momoa';
import { shortName, JsonFile, type FileKind } from './json-file.ts';

/** A limit is broken by a metric that is below it (`LessThanThreshold`) or above it. */
export interface MetricLimit {
  readonly metric: string;
  readonly threshold: number;
  readonly brokenBy: 'below' | 'above';
}

type ColumnType = 'Integral' | 'Fractional' | 'String' | 'Unknown';

/** What a column must be. Shares are 0 to 1. */
export interface Feature {
  readonly name: string;
  readonly type: ColumnType;
  /** The smallest share of rows that have a value. */
  readonly completeness: number | undefined;
  readonly isNonNegative: boolean;
  /** The only texts that it may hold; undefined: any. */
  readonly domain: ReadonlySet<string> | undefined;
  readonly monitoring: Monitoring;
}

/** `monitoring_config`, as far as it is about types and domains. */
interface Monitoring {
  readonly isEvaluated: boolean;
  /** The smallest share of values that are of the column's type. */
  readonly typeShare: number;
  /** The smallest share of values that are in the domain. */
  readonly domainShare: number;
}

const KIND: FileKind = {
  code: 'invalid-constraints',
  what: 'constraints of Model Monitor',
  fix: 'docs/gate.md shows both forms; Model Monitor’s baseline job writes them, and a text editor does as well.',
};

/** The only version there is; Model Monitor writes it as 0 or 0.0. */
const VERSION = 0;

const QUALITY = [
  'binary_classification_constraints',
  'multiclass_classification_constraints',
  'regression_constraints',
] as const;

function membersIn(json: JsonFile): ReadonlyMap<string, ValueNode> {
  return json.object(json.root, 'it') ?? new Map();
}

/** @throws UserError `invalid-constraints` with every mistake. */
export function readQualityConstraints(file: string, text: string | undefined): readonly MetricLimit[] {
  const json = new JsonFile(file, text, KIND);
  const members = membersIn(json);
  checkVersion(json, members);
  const forms = QUALITY.filter((name) => members.has(name));
  if (forms.length === 0)
    json.mistake(
      json.root,
      members.has('features')
        ? 'it is the data form, which describes columns; metrics need the quality form'
        : `it has none of ${QUALITY.join(', ')}`,
    );
  if (forms.length > 1) json.mistake(json.root, `it has ${forms.join(' and ')}, and a model has one of them`);
  const limits = forms.flatMap((name) => {
    const metrics = [...(json.object(members.get(name), name) ?? [])];
    if (metrics.length === 0) json.mistake(json.root, `${name} limits nothing`);
    return metrics.flatMap(([metric, node]) => limitOf(json, metric, node) ?? []);
  });
  json.end();
  return limits;
}

function limitOf(json: JsonFile, metric: string, node: ValueNode): MetricLimit | undefined {
  const members = json.object(node, shortName(metric));
  if (members === undefined) return undefined;
  const given = members.get('threshold');
  if (given === undefined) json.mistake(node, `${shortName(metric)} has no threshold`);
  const threshold = json.number(given, `the threshold of ${shortName(metric)}`);
  const operator = members.get('comparison_operator');
  if (operator === undefined) json.mistake(node, `${shortName(metric)} has no comparison_operator`);
  const name = json.text(operator, `the comparison_operator of ${shortName(metric)}`);
  const brokenBy = BROKEN_BY[name ?? ''];
  if (operator !== undefined && name !== undefined && brokenBy === undefined)
    json.mistake(
      operator,
      `the comparison_operator of ${shortName(metric)} is ${shortName(JSON.stringify(name))}, and it is ${Object.keys(BROKEN_BY).join(' or ')}`,
    );
  if (threshold === undefined || brokenBy === undefined) return undefined;
  return { metric, threshold, brokenBy };
}

/** The operator says when a limit is broken, as in CloudWatch's alarms. */
const BROKEN_BY: Readonly<Record<string, MetricLimit['brokenBy']>> = {
  LessThanThreshold: 'below',
  GreaterThanThreshold: 'above',
};

function checkVersion(json: JsonFile, members: ReadonlyMap<string, ValueNode>): void {
  const node = members.get('version');
  if (node === undefined) return json.mistake(json.root, 'it has no version');
  const version = json.number(node, 'its version');
  if (version !== undefined && version !== VERSION)
    json.mistake(node, `it is of version ${version}, and only version 0 is known`);
}

/** @throws UserError `invalid-constraints` with every mistake. */
export function readDataConstraints(file: string, text: string | undefined): readonly Feature[] {
  const json = new JsonFile(file, text, KIND);
  const members = membersIn(json);
  checkVersion(json, members);
  const monitoring = monitoringOf(json, members.get('monitoring_config'), {
    isEvaluated: true,
    typeShare: 1,
    domainShare: 1,
  });
  const nodes = json.list(members.get('features'), 'features');
  if (!members.has('features'))
    json.mistake(
      json.root,
      QUALITY.some((name) => members.has(name))
        ? 'it is the quality form, which limits metrics; data needs the data form'
        : 'it has no features',
    );
  if (nodes?.length === 0) json.mistake(json.root, 'it describes no column');
  const names = new Set<string>();
  const features = (nodes ?? []).flatMap((node) => {
    const feature = featureOf(json, node, monitoring);
    if (feature === undefined) return [];
    if (names.has(feature.name)) json.mistake(node, `${shortName(feature.name)} is described twice`);
    names.add(feature.name);
    return [feature];
  });
  json.end();
  return features;
}

const TYPES: ReadonlySet<string> = new Set(['Integral', 'Fractional', 'String', 'Unknown']);

function featureOf(json: JsonFile, node: ValueNode, shared: Monitoring): Feature | undefined {
  const members = json.object(node, 'a feature');
  if (members === undefined) return undefined;
  const name = json.text(members.get('name'), 'the name of a feature');
  if (!members.has('name')) json.mistake(node, 'a feature has no name');
  const of = `of ${shortName(name ?? '?')}`;
  const type = json.text(members.get('inferred_type'), `the inferred_type ${of}`);
  if (!members.has('inferred_type')) json.mistake(node, `${shortName(name ?? '?')} has no inferred_type`);
  if (type !== undefined && !TYPES.has(type))
    json.mistake(
      node,
      `the inferred_type ${of} is ${shortName(JSON.stringify(type))}, and it is ${[...TYPES].join(', ')}`,
    );
  const numbers = json.object(members.get('num_constraints'), `num_constraints ${of}`);
  const texts = json.object(members.get('string_constraints'), `string_constraints ${of}`);
  const overrides = members.get('monitoringConfigOverrides') ?? members.get('monitoring_config_overrides');
  return {
    name: name ?? '',
    type: (type ?? 'Unknown') as ColumnType,
    completeness: json.share(members.get('completeness'), `the completeness ${of}`),
    isNonNegative: isNonNegative(json, numbers?.get('is_non_negative'), of),
    domain: domainOf(json, texts?.get('domains'), of),
    monitoring: monitoringOf(json, overrides, shared),
  };
}

function isNonNegative(json: JsonFile, node: ValueNode | undefined, of: string): boolean {
  if (node !== undefined && node.type !== 'Boolean')
    json.mistake(node, `is_non_negative ${of} is neither true nor false`);
  return node?.type === 'Boolean' && node.value;
}

function domainOf(json: JsonFile, node: ValueNode | undefined, of: string): ReadonlySet<string> | undefined {
  const values = json.list(node, `domains ${of}`);
  const domain = values?.map((value) => json.text(value, `a value in domains ${of}`) ?? '');
  return domain && new Set(domain);
}

/** Distribution constraints are for windows of traffic: a gate does not judge by them. */
function monitoringOf(json: JsonFile, node: ValueNode | undefined, shared: Monitoring): Monitoring {
  const members = json.object(node, 'monitoring_config');
  const share = (name: string) => json.share(members?.get(name), name);
  const switchNode = members?.get('evaluate_constraints');
  const given = json.text(switchNode, 'evaluate_constraints');
  if (switchNode !== undefined && given !== undefined && !/^(Enabled|Disabled)$/.test(given))
    json.mistake(switchNode, 'evaluate_constraints is neither Enabled nor Disabled');
  return {
    isEvaluated: given === undefined ? shared.isEvaluated : given === 'Enabled',
    typeShare: share('datatype_check_threshold') ?? shared.typeShare,
    domainShare: share('domain_content_threshold') ?? shared.domainShare,
  };
}

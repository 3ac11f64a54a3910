/** The metrics that training wrote: flat, nested, or Model Monitor's statistics.json in its quality form. */
import type { ValueNode } from '@humanwhocodes/momoa';
import { join, membersOf } from '../json.ts';
import { isNotFinite, JsonFile, type FileKind } from './json-file.ts';

/** Metrics by their dotted name; NaN where training could not compute one. */
export type Metrics = ReadonlyMap<string, number>;

const KIND: FileKind = {
  code: 'invalid-metrics',
  what: 'metrics',
  fix: 'Write {"accuracy": 0.97}, or statistics.json of Model Monitor’s quality form; docs/gate.md shows both.',
};

const QUALITY = /^(binary_classification|multiclass_classification|regression)_metrics$/;
/** In Model Monitor's form these hold no metric. */
const NO_METRIC = new Set([
  'confusion_matrix',
  'precision_recall_curve',
  'receiver_operating_characteristic_curve',
]);

/** @throws UserError `invalid-metrics` for a file that is none, or that holds no number. */
export function readMetrics(file: string, text: string | undefined): Metrics {
  const json = new JsonFile(file, text, KIND);
  const quality = [...membersOf(json.root)].filter(([name]) => QUALITY.test(name));
  const metrics = new Map<string, number>();
  if (quality.length > 0)
    for (const [name, node] of quality) gatherQuality(metrics, json.object(node, name) ?? new Map());
  else gather(metrics, json.root, '');
  if (metrics.size === 0) json.mistake(json.root, 'it holds no number');
  json.end();
  return metrics;
}

/** `{"accuracy": {"value": 0.97, "standard_deviation": 0.01}}`. */
function gatherQuality(metrics: Map<string, number>, members: ReadonlyMap<string, ValueNode>): void {
  for (const [name, node] of members) {
    if (NO_METRIC.has(name)) continue;
    const value = node.type === 'Object' ? membersOf(node).get('value') : node;
    if (value !== undefined) add(metrics, name, value);
  }
}

/** Every number of the file; texts, lists and switches are something else than metrics. */
function gather(metrics: Map<string, number>, node: ValueNode, path: string): void {
  if (node.type !== 'Object') return add(metrics, path, node);
  const members = membersOf(node);
  const value = members.get('value');
  // `{"value": 0.97, "standard_deviation": …}` is one metric wherever it stands.
  if (path !== '' && value !== undefined && value.type !== 'Object') return add(metrics, path, value);
  for (const [name, child] of members) gather(metrics, child, join(path, name));
}

function add(metrics: Map<string, number>, name: string, node: ValueNode): void {
  if (isNotFinite(node)) metrics.set(name, NaN);
  else if (node.type === 'Number') metrics.set(name, node.value);
}

/** Whether a larger value of a metric is the better one; undefined for a name that is not known. */
export function isLargerBetter(metric: string): boolean | undefined {
  // `test.accuracy`, `eval_f1`, `macro avg.f1-score`: the last word says what it is.
  const words =
    metric
      .toLowerCase()
      .split(/[.[\]"]+/)
      .filter((word) => word !== '')
      .at(-1) ?? '';
  const name = words.replaceAll(/[\s-]+/g, '_').replace(/^(test|eval|val|valid|validation|holdout)_/, '');
  if (LARGER.test(name)) return true;
  return SMALLER.test(name) ? false : undefined;
}

/** The tables in docs/gate.md. */
const LARGER =
  /^((weighted_|macro_|micro_)?(accuracy|precision|recall|f_?[0-9]([_.]?[0-9])?(_score)?|f(beta)?_score)|(balanced|top_[0-9]+|categorical)_accuracy|(roc_|pr_)?auc(_roc|_pr|_score)?|roc_auc_score|average_precision|map|m_?ap|ndcg|mcc|matthews_corrcoef|kappa|cohen_kappa|r2(_score)?|explained_variance|sensitivity|specificity|tpr|tnr|true_(positive|negative)_rate|iou|dice|bleu|rouge.?)$/;
const SMALLER =
  /^((mean_)?(absolute|squared)_error|(mean_)?squared_log_error|mae|mse|rmse|rmsle|mape|smape|medae|max_error|(log_?|cross_?entropy_?|zero_one_|hinge_)?loss|log_?loss|cross_?entropy|brier(_score)?|error(_rate)?|fpr|fnr|false_(positive|negative)_rate|perplexity|wer|cer|ece|expected_calibration_error)$/;

/** Differences below this share of the larger value are rounding. */
export const ROUNDING = 1e-12;

/** As people write a metric. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}

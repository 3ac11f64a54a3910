/** The metrics of a release travel with its image, so that the next release is compared with them: one label, compact JSON. */
import { createHash } from 'node:crypto';
import type { Metrics } from '../../checks/constraints/metrics.ts';

/** The image's label. An image that was built elsewhere, or without metrics, has none. */
export const METRICS_LABEL = 'model-release.metrics';

/** An image's configuration is read at every pull: the label stays small. Bytes. */
export const LARGEST_LABEL = 8 * 1024;

/** The label's value: `{"accuracy":0.97}`, or the digest of what would be too much. What is NaN is left out. */
export function metricsLabel(metrics: Metrics): { readonly value: string; readonly isWhole: boolean } {
  const known = [...metrics].filter(([, value]) => Number.isFinite(value));
  const text = JSON.stringify(Object.fromEntries(known));
  if (Buffer.byteLength(text) <= LARGEST_LABEL) return { value: text, isWhole: true };
  return { value: `sha256:${createHash('sha256').update(text).digest('hex')}`, isWhole: false };
}

/** What a label says; a clause where it says no metrics. Somebody else may have written it. */
export function metricsIn(label: string | undefined): Metrics | string {
  if (label === undefined) return 'its image carries none';
  if (/^sha256:[0-9a-f]{64}$/.test(label)) return `they had more than ${LARGEST_LABEL / 1024} KiB`;
  const entries = label.length > LARGEST_LABEL ? [] : Object.entries(objectIn(label));
  const isMetric = (entry: [string, unknown]): entry is [string, number] => Number.isFinite(entry[1]);
  return entries.length > 0 && entries.every(isMetric)
    ? new Map(entries)
    : `its image's label ${METRICS_LABEL} holds no metrics`;
}

function objectIn(label: string): object {
  try {
    const value: unknown = JSON.parse(label);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

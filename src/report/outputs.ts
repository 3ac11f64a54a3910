/** The outputs of deploy and rollback; the same names mean the same things in both. */
import type { ReleaseResult } from '../release/result.ts';
import type { ReleaseName } from '../types.ts';
import { failedSamplesJson, isProven } from './proof.ts';

export const OUTPUT_NAMES = [
  'outcome',
  'version',
  'digest',
  'image-uri',
  'previous-version',
  'previous-digest',
  'previous-commit',
  'commit',
  'api-url',
  'changed',
  'proven',
  'failed-samples',
  'services',
] as const;

export type OutputName = (typeof OUTPUT_NAMES)[number];

/**
 * `version`, `digest` and `commit` name what is live at the end where the run knows it; `previous-*` what was live when it began.
 * An empty text stands for "unknown" or "none".
 */
export function outputsOf(result: ReleaseResult): Readonly<Record<OutputName, string>> {
  const live = liveAtEnd(result);
  return {
    outcome: result.outcome,
    version: live?.version ?? '',
    digest: live?.digest ?? '',
    'image-uri': result.imageUri ?? '',
    'previous-version': result.before?.version ?? '',
    'previous-digest': result.before?.digest ?? '',
    'previous-commit': result.before?.commit ?? '',
    commit: live?.commit ?? '',
    'api-url': result.apiUrl ?? '',
    changed: String(result.changed),
    proven: String(isProven(result) ?? ''),
    'failed-samples': failedSamplesJson(result),
    services: '',
  };
}

/** What is live at the end; undefined where there is nothing, or where it is not known. */
export function liveAtEnd({ before, after, undecided }: ReleaseResult): ReleaseName | undefined {
  return undecided ? undefined : (after ?? before);
}

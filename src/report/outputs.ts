/** The outputs of deploy and rollback; the same names mean the same things in both. */
import type { Story } from './story.ts';

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
  'services',
] as const;

export type OutputName = (typeof OUTPUT_NAMES)[number];

/**
 * `version`, `digest` and `commit` name what is live at the end as far as the run knows; `previous-*` what was live when it began.
 * An empty text stands for "unknown" or "none".
 */
export function outputsOf(story: Story): Readonly<Record<OutputName, string>> {
  const live = story.after ?? story.before;
  return {
    outcome: story.outcome,
    version: live?.version ?? '',
    digest: live?.digest ?? '',
    'image-uri': story.imageUri ?? '',
    'previous-version': story.before?.version ?? '',
    'previous-digest': story.before?.digest ?? '',
    'previous-commit': story.before?.commit ?? '',
    commit: live?.commit ?? '',
    'api-url': story.apiUrl ?? '',
    changed: String(story.changed),
    services: '',
  };
}

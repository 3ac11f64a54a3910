/** The outputs of deploy and rollback; the same names mean the same things in both. */
import { liveAtEnd, type Story } from './story.ts';

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
 * `version`, `digest` and `commit` name what is live at the end where the run knows it; `previous-*` what was live when it began.
 * An empty text stands for "unknown" or "none".
 */
export function outputsOf(story: Story): Readonly<Record<OutputName, string>> {
  const live = liveAtEnd(story);
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

/** Several services, one release: what they came to together, and how it is told. One service tells its own story. */
import type { Outcome } from '../types.ts';
import { OUTPUT_NAMES, outputsOf, type OutputName } from './outputs.ts';
import { liveAtEnd, type Story } from './story.ts';
import { escape, HEADLINES, summaryOf } from './summary.ts';
import { PREVIOUS, rollbackCommand } from './rollback-command.ts';
import { named, short } from './words.ts';

/** At least one. */
export type Stories = readonly [Story, ...Story[]];

/**
 * The outcome of all: what is not known of one is not known of all, and what one could not do all could not do. Services that this
 * run left at different releases are `unknown`, whichever way it ended.
 */
export function outcomeOf(stories: Stories): Outcome {
  const outcomes = stories.map(({ outcome }) => outcome);
  const has = (outcome: Outcome) => outcomes.includes(outcome);
  if (has('unknown') || has('unknown:superseded')) return has('unknown') ? 'unknown' : 'unknown:superseded';
  const [{ action }] = stories;
  if (has('failed')) {
    const moved = stories.some(({ changed }) => changed);
    if (moved) return 'unknown';
    return action === 'deploy' && has('rolled-back') ? 'rolled-back' : 'failed';
  }
  if (has('superseded')) return 'superseded';
  if (has('rolled-back')) return 'rolled-back';
  return has('ok') ? 'ok' : 'ok:noop';
}

/** Why, in one clause, where there is more to say than the outcome does. */
export function whyOf(stories: Stories): string {
  const [first, ...more] = stories;
  if (more.length === 0) return first.why;
  return stories
    .filter(({ why }) => why !== '')
    .map(({ service, why }) => `${service}: ${why}`)
    .join('; ');
}

/**
 * One service: its outputs. Several: `outcome` and `changed` of all, what they have in common, and nothing where they differ.
 * `services` holds the outputs of each as JSON, by name; empty where the file lists no services.
 */
export function outputsOfAll(stories: Stories): Readonly<Record<OutputName, string>> {
  const each = stories.map((story) => outputsOf(story));
  const common = Object.fromEntries(
    OUTPUT_NAMES.map((name) => [
      name,
      each.every((one) => one[name] === each[0]?.[name]) ? each[0]?.[name] : '',
    ]),
  ) as Record<OutputName, string>;
  return {
    ...common,
    outcome: outcomeOf(stories),
    changed: String(stories.some(({ changed }) => changed)),
    services: servicesJson(stories),
  };
}

function servicesJson(stories: Stories): string {
  if (stories[0].service === undefined) return '';
  const entries = stories.map((story) => {
    const { services: _, ...outputs } = outputsOf(story);
    return [story.service ?? '', outputs] as const;
  });
  return JSON.stringify(Object.fromEntries(entries));
}

/** One summary: all services in a table first, then each one's own story. */
export function summaryOfAll(stories: Stories): string {
  const [first, ...more] = stories;
  if (more.length === 0) return summaryOf(first);
  const rows = stories.map(
    (story) =>
      `| ${escape(story.service ?? '')} | \`${escape(story.functionName)}\` → \`${escape(story.aliasName)}\` | ${story.outcome} | ${live(story.before)} | ${story.undecided ? 'not known' : live(liveAtEnd(story))} |`,
  );
  const outcome = outcomeOf(stories);
  const overview = [
    `# ${first.dryRun && outcome === 'ok:noop' ? '📋 Plan' : HEADLINES[outcome]}: ${stories.length} services together`,
    ...(apart(stories) ? ['', APART] : []),
    '',
    '| service | alias | outcome | was live | is live |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...(first.action === 'deploy' && outcome === 'ok' ? ['', ...wayBackOfAll(first)] : []),
  ].join('\n');
  return [`${overview}\n`, ...stories.map(summaryOf)].join('\n');
}

const APART =
  '> ⚠️ The services are at different releases. Run this again: it continues from what is live. Or return all of them: rollback takes only those back that this release moved.';

const wayBackOfAll = ({ environment, run }: Story) => [
  'One step back for all of them:',
  '',
  '```sh',
  rollbackCommand({ environment, run, service: undefined }, PREVIOUS),
  '```',
];

/** This run moved some and not the others that it was to move. */
function apart(stories: Stories): boolean {
  return stories.some(({ changed }) => changed) && stories.some(({ outcome }) => !SETTLED.has(outcome));
}

const SETTLED = new Set<Outcome>(['ok', 'ok:noop', 'rolled-back']);

function live(release: Story['before']): string {
  return release === undefined
    ? '–'
    : `${named({ ...release, commit: undefined })} \`${short(release.commit) || '–'}\``;
}

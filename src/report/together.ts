/** Several services, one release: their common outcome, and how it is reported. One service has a report of its own. */
import type { Outcome } from '../types.ts';
import type { Changed, ReleaseResult, Results } from '../release/result.ts';
import { named, short } from '../words.ts';
import { liveAtEnd, OUTPUT_NAMES, outputsOf, type OutputName } from './outputs.ts';
import { escape } from './markdown.ts';
import { caveatOf } from './proof.ts';
import { headlineOf, summaryOf } from './summary.ts';
import { PREVIOUS, rollbackCommand } from './rollback-command.ts';

/**
 * The outcome of all: what is not known of one is not known of all, and what one could not do all could not do. Services that this
 * run left at different releases are `unknown`, whichever way it ended.
 */
export function outcomeOf(results: Results): Outcome {
  const outcomes = results.map(({ outcome }) => outcome);
  const has = (outcome: Outcome) => outcomes.includes(outcome);
  if (has('unknown') || has('unknown:superseded')) return has('unknown') ? 'unknown' : 'unknown:superseded';
  const [{ action }] = results;
  if (has('failed')) {
    const moved = results.some(({ shifted }) => shifted);
    if (moved) return 'unknown';
    return action === 'deploy' && has('rolled-back') ? 'rolled-back' : 'failed';
  }
  if (has('superseded')) return 'superseded';
  if (has('rolled-back')) return 'rolled-back';
  return has('ok') ? 'ok' : 'ok:noop';
}

/** Why, in one clause, where there is more to say than the outcome does. */
export function whyOf(results: Results): string {
  const [first, ...more] = results;
  if (more.length === 0) return first.why;
  return results
    .filter(({ why }) => why !== '')
    .map(({ service, why }) => `${service}: ${why}`)
    .join('; ');
}

/**
 * One service: its outputs. Several: `outcome` and `changed` of all, what they have in common, and nothing where they differ.
 * `services` holds the outputs of each as JSON, by name; empty where the file lists no services.
 */
export function outputsOfAll(results: Results): Readonly<Record<OutputName, string>> {
  const each = results.map((result) => outputsOf(result));
  const common = Object.fromEntries(
    OUTPUT_NAMES.map((name) => [
      name,
      each.every((one) => one[name] === each[0]?.[name]) ? each[0]?.[name] : '',
    ]),
  ) as Record<OutputName, string>;
  return {
    ...common,
    outcome: outcomeOf(results),
    changed: String(changedOf(results)),
    services: servicesJson(results),
  };
}

function changedOf(results: Results): Changed {
  return (
    results.some(({ changed }) => changed === true) || (results.some(({ changed }) => changed) && 'unknown')
  );
}

function servicesJson(results: Results): string {
  if (results[0].service === undefined) return '';
  const entries = results.map((result) => {
    const { services: _, ...outputs } = outputsOf(result);
    return [result.service ?? '', outputs] as const;
  });
  return JSON.stringify(Object.fromEntries(entries));
}

/** One summary: all services in a table first, then each one's own report. */
export function summaryOfAll(results: Results, docs?: string): string {
  const [first, ...more] = results;
  if (more.length === 0) return summaryOf(first, docs);
  const rows = results.map(
    (result) =>
      `| ${escape(result.service ?? '')} | \`${escape(result.functionName)}\` → \`${escape(result.aliasName)}\` | ${result.outcome} | ${live(result.before)} | ${result.undecided ? 'not known' : live(liveAtEnd(result))} |`,
  );
  const outcome = outcomeOf(results);
  const headline = headlineOf({ outcome, changed: changedOf(results) });
  const shown = results.some((one) => caveatOf(one) !== '') ? headline.replace('✅', '⚠️') : headline;
  const overview = [
    `# ${first.dryRun && outcome === 'ok:noop' ? '📋 Plan' : shown}: ${results.length} services together`,
    ...(apart(results) ? ['', APART] : []),
    '',
    '| service | alias | outcome | was live | is live |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...(first.action === 'deploy' && outcome === 'ok' ? ['', ...rollbackOfAll(first)] : []),
  ].join('\n');
  return [`${overview}\n`, ...results.map((result) => summaryOf(result, docs))].join('\n');
}

const APART =
  '> ⚠️ The services are at different releases. Run this again: it continues from what is live. Or return all of them: rollback takes only those back that this release moved.';

const rollbackOfAll = ({ environment, run }: ReleaseResult) => [
  'To roll all of them back to their previous releases:',
  '',
  '```sh',
  rollbackCommand({ environment, run, service: undefined }, PREVIOUS),
  '```',
];

/** This run moved some and not the others that it was to move. */
function apart(results: Results): boolean {
  return results.some(({ shifted }) => shifted) && results.some(({ outcome }) => !SETTLED.has(outcome));
}

const SETTLED = new Set<Outcome>(['ok', 'ok:noop', 'rolled-back']);

function live(release: ReleaseResult['before']): string {
  return release === undefined
    ? '–'
    : `${named({ ...release, commit: undefined })} \`${short(release.commit) || '–'}\``;
}

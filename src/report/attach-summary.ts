import type { AttachResult } from '../fleet/result.ts';
import type { RepositoryOutcome, RepositoryRow } from '../fleet/plan/rows.ts';
import { codePage } from './github-links.ts';
import { link } from './markdown.ts';

/** Summaries above 1 MiB are refused whole by GitHub; the rest is for what other tools of the step append. */
const ATTACH_SUMMARY_LIMIT_BYTES = 900_000;

/** What needs people comes first; what is fine is only counted. */
const ORDER: readonly RepositoryOutcome[] = [
  'failed',
  'remaining',
  'conflict',
  'declined',
  'incomplete',
  'to-create',
  'to-update',
  'created',
  'updated',
  'skipped',
  'open',
];

const WORDS: Readonly<Record<RepositoryOutcome, string>> = {
  'in-sync': 'in sync',
  open: 'pull request open',
  created: 'pull request opened',
  updated: 'pull request updated',
  'to-create': 'needs a pull request',
  'to-update': 'its pull request needs an update',
  conflict: 'left alone: changed by people',
  declined: 'left alone: declined',
  skipped: 'skipped',
  failed: 'failed',
  remaining: 'remaining',
  complete: 'complete',
  incomplete: 'incomplete',
};

/** Outcome → number of repositories, those without any left out. */
export function countsOf(rows: readonly RepositoryRow[]): ReadonlyMap<RepositoryOutcome, number> {
  const counts = new Map<RepositoryOutcome, number>();
  for (const { outcome } of rows) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

interface Shape {
  /** Bytes. */
  readonly limit?: number;
  /** Where this action's documentation is. */
  readonly docs?: string | undefined;
}

/** The job summary in Markdown, at most `limit` bytes: what does not fit is counted and left to the artifact. */
export function attachSummary(
  result: AttachResult,
  { limit = ATTACH_SUMMARY_LIMIT_BYTES, docs }: Shape = {},
): string {
  const lines = [...heading(result, docs), ...structureCommands(result)];
  const shown = ORDER.flatMap((outcome) => result.rows.filter((row) => row.outcome === outcome));
  if (shown.length > 0)
    lines.push('| repository | result | pull request | why |', '| --- | --- | --- | --- |');
  let size = bytes(lines.join('\n'));
  let left = shown.length;
  for (const row of shown) {
    const line = tableLine(row);
    size += bytes(line) + 1;
    if (size > limit - 200) break;
    lines.push(line);
    left -= 1;
  }
  if (left > 0)
    lines.push(
      '',
      `_${left} more repositories do not fit here; the JSON report (output \`report\`) has them all._`,
    );
  return `${lines.join('\n')}\n`;
}

function heading(result: AttachResult, docs: string | undefined): string[] {
  const { organization, mode, dryRun, rows, notSelected, unreadable, requests } = result;
  const counts = [...countsOf(rows)].map(([outcome, count]) => `${count} ${WORDS[outcome]}`);
  const how = dryRun ? `${mode}, dry run: nothing was written` : mode;
  const others = [
    `${notSelected} not selected`,
    ...(unreadable > 0 ? [`${unreadable} that GitHub did not show`] : []),
  ].join(', ');
  return [
    `## attach: ${organization} (${how})`,
    '',
    `**${sentenceOf(result)}** ${rows.length} repositories: ${counts.join(', ') || 'none selected'}; ${others}.`,
    '',
    ...failureLines(result, docs),
    `${requests.reads + requests.writes} requests (${requests.writes} writing) in ${duration(result.durationMs)}.`,
    '',
  ];
}

/** What the table does not say. */
function failureLines({ outcome, failure }: AttachResult, docs: string | undefined): string[] {
  if (failure === undefined || outcome === 'drift' || outcome === 'partial') return [];
  const lines = failure.message.trimEnd().split('\n').map(cell);
  const code = link(failure.code, codePage(docs, failure.code));
  return ['> [!CAUTION]', ...lines.map((line, n) => `> ${n === 0 ? `**${code}** ` : ''}${line}`), ''];
}

function sentenceOf({ outcome, rows }: AttachResult): string {
  if (outcome === 'ok') return 'Done.';
  if (outcome === 'failed') return 'Nothing was done.';
  if (outcome === 'drift') return 'Not everything is in place.';
  return rows.some((row) => row.outcome === 'remaining')
    ? 'Not finished: run it again, it continues where this run ended.'
    : 'Not everything could be done: the table says why.';
}

function tableLine({ name, url, outcome, pull, reason }: RepositoryRow): string {
  const request = pull === undefined ? '' : `[#${pull.number}](${pull.url})`;
  const link = url === '' ? cell(name) : `[${cell(name)}](${url})`;
  return `| ${link} | ${WORDS[outcome]} | ${request} | ${cell(reason)} |`;
}

/** Per repository, what is missing and the commands that add it; they overwrite nothing. */
function structureCommands({ rows }: AttachResult): string[] {
  const incomplete = rows.filter(({ missing }) => missing !== undefined && missing.length > 0).slice(0, 50);
  return incomplete.flatMap(({ name, missing = [] }) => [
    `<details><summary>${cell(name)} lacks ${missing.map(({ entry }) => `<code>${entry.path}</code>`).join(', ')}</summary>`,
    '',
    '```sh',
    ...missing.map(
      ({ entry, command }) => command || `# ${entry.path} must be a ${entry.type}: move what is there first`,
    ),
    '```',
    '',
    '</details>',
    '',
  ]);
}

/** Text from outside in one cell of a table: no markup, no new cell, one line. */
function cell(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('|', '\\|');
}

function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes > 0 ? `${minutes} min ${Math.round((ms % 60_000) / 1000)} s` : `${(ms / 1000).toFixed(1)} s`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

import type { Mode, RepositoryOutcome, RepositoryRow } from '../fleet/plan/rows.ts';

/** Everything that one run of attach reports; the JSON artifact is exactly this. */
export interface AttachReport {
  readonly organization: string;
  readonly mode: Mode;
  readonly dryRun: boolean;
  /** `ok`; `drift`: a check found something; `partial`: not everything that was to be done was done. */
  readonly outcome: 'ok' | 'drift' | 'partial';
  /** Whose token it was. */
  readonly viewer: string;
  /** Paths every repository receives, and the digest of their content. */
  readonly files: readonly string[];
  readonly digest: string;
  readonly rows: readonly RepositoryRow[];
  /** Repositories of the organization that the selection does not mean. */
  readonly notSelected: number;
  readonly unreadable: number;
  readonly requests: { readonly reads: number; readonly writes: number; readonly limited: number };
  readonly durationMs: number;
}

/** Summaries above 1 MiB are refused whole by GitHub; the rest is for what other tools of the step append. */
export const ATTACH_SUMMARY_LIMIT_BYTES = 900_000;

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

export function outcomeWords(outcome: RepositoryOutcome): string {
  return WORDS[outcome];
}

/** Outcome → number of repositories, those without any left out. */
export function countsOf(rows: readonly RepositoryRow[]): ReadonlyMap<RepositoryOutcome, number> {
  const counts = new Map<RepositoryOutcome, number>();
  for (const { outcome } of rows) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

/** The job summary in Markdown, at most `limit` bytes: what does not fit is counted and left to the artifact. */
export function attachSummary(report: AttachReport, limit = ATTACH_SUMMARY_LIMIT_BYTES): string {
  const lines = [...heading(report), ...structureCommands(report)];
  const shown = ORDER.flatMap((outcome) => report.rows.filter((row) => row.outcome === outcome));
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

function heading(report: AttachReport): string[] {
  const { organization, mode, dryRun, rows, notSelected, unreadable, requests } = report;
  const counts = [...countsOf(rows)].map(([outcome, count]) => `${count} ${WORDS[outcome]}`);
  const how = dryRun ? `${mode}, dry run: nothing was written` : mode;
  const others = [
    `${notSelected} not selected`,
    ...(unreadable > 0 ? [`${unreadable} that GitHub did not show`] : []),
  ].join(', ');
  return [
    `## attach: ${organization} (${how})`,
    '',
    `**${result(report)}** ${rows.length} repositories: ${counts.join(', ') || 'none selected'}; ${others}.`,
    '',
    `${requests.reads + requests.writes} requests (${requests.writes} writing) in ${duration(report.durationMs)}.`,
    '',
  ];
}

function result({ outcome, rows }: AttachReport): string {
  if (outcome === 'ok') return 'Done.';
  if (outcome === 'drift') return 'Not everything is in place.';
  return rows.some((row) => row.outcome === 'remaining')
    ? 'Not finished: run it again, it continues where this run ended.'
    : 'Not everything could be done: the table says why.';
}

function tableLine({ name, url, outcome, pull, reason }: RepositoryRow): string {
  const request = pull === undefined ? '' : `[#${pull.number}](${pull.url})`;
  return `| [${cell(name)}](${url}) | ${WORDS[outcome]} | ${request} | ${cell(reason)} |`;
}

/** Per repository, what is missing and the commands that add it; they overwrite nothing. */
function structureCommands({ rows }: AttachReport): string[] {
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

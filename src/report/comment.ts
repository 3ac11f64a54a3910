/** The comment on a pull request: verdict, table, then details folded away; a function of the results, within GitHub's size. */
import type { ReleaseResult, Results } from '../release/result.ts';
import { planLines, plural, short } from '../words.ts';
import { CHANGED_HEAD, changedRows, findingLines, gateTable } from './gate.ts';
import { commitPage } from './github-links.ts';
import { code, cut, details, escape, link, prose, unlinked } from './markdown.ts';
import { testsSection } from './proof.ts';
import { verdictOf } from './verdict.ts';

/** GitHub refuses longer comments. Characters; some are kept for what counts them otherwise. */
export const COMMENT_LIMIT = 65_536;
const ROOM = COMMENT_LIMIT - 1_000;

interface CommentParts {
  /** The hidden line by which the comment is found again; it comes first. */
  readonly marker: string;
  /** The head of the pull request, where it is not the commit that was built: GitHub builds the merge of it. */
  readonly head: string | undefined;
  /** What was left out and why, each a sentence. */
  readonly leftOut: readonly string[];
  /** How long ago an instant (ISO 8601) was, in milliseconds. */
  readonly ageMs: (since: string) => number;
}

/** What is before the rows of a long table, the rows, and what is after: rows are left out where there is no room. */
interface Block {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly string[];
  readonly isOpen?: boolean;
}

/** Markdown, at most COMMENT_LIMIT characters, whatever the results hold. */
export function commentOf(results: Results, parts: CommentParts): string {
  const [first, ...more] = results;
  const top = [
    parts.marker,
    ...(more.length === 0 ? [] : [`## ${worst(results)} Model release: ${results.length} services`]),
  ];
  const end = [leftOut(parts.leftOut), footer(first, parts)].filter((part) => part !== '');
  const each = results.map((result) => ({ fixed: fixedPart(result, parts), blocks: blocksOf(result) }));
  const taken = [...top, ...end, ...each.map(({ fixed }) => fixed)].join('\n\n').length;
  const room = Math.floor((ROOM - taken) / results.length);
  const sections = each.map(({ fixed, blocks }) => [fixed, ...fitted(blocks, room)].join('\n\n'));
  const whole = [...top, ...sections, ...end].join('\n\n');
  // Many services, each with long texts: what is said first is kept.
  return whole.length <= COMMENT_LIMIT
    ? whole
    : `${whole.slice(0, ROOM).toWellFormed()}\n\n_Cut here: the job summary has the rest._`;
}

function worst(results: Results): string {
  const marks = results.map((result) => verdictOf(result).mark);
  return (['❌', '⚠️', '📋'] as const).find((mark) => marks.includes(mark)) ?? '✅';
}

/** Heading, verdict, table and age: what is never left out. */
function fixedPart(result: ReleaseResult, { ageMs }: CommentParts): string {
  const { mark, sentence } = verdictOf(result);
  const { service, functionName, aliasName, environment, gate } = result;
  const where = environment === undefined ? '' : ` in ${escape(environment)}`;
  const named = service === undefined || service === functionName ? '' : `${escape(service)}: `;
  const parts = [
    `### ${mark} ${named}\`${escape(functionName)}\` → \`${escape(aliasName)}\`${where}`,
    `**${prose(cut(sentence, 1500))}.**`,
    gate === undefined ? '' : gateTable(gate, 'this pull request'),
    age(result, ageMs),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** What it was compared with, and how old that is. */
function age({ gate, run, before }: ReleaseResult, ageMs: CommentParts['ageMs']): string {
  const live = gate?.comparison?.live;
  if (live === undefined) return '';
  const { version, commit = before?.commit, since } = live;
  const ms = since === undefined ? Number.NaN : ageMs(since);
  const when = Number.isNaN(ms) || since === undefined ? '' : `, ${instant(since)} (${ageInWords(ms)})`;
  const named = commit === undefined ? '' : `, commit ${link(code(short(commit)), commitPage(run, commit))}`;
  return `Compared with version ${escape(version)}${named}${when}. What is live was asked everything twice.`;
}

function instant(iso: string): string {
  return `live since ${escape(iso.slice(0, 16).replace('T', ' '))} UTC`;
}

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

function ageInWords(ms: number): string {
  if (ms < MINUTE) return 'just now';
  if (ms < HOUR) return `${plural(Math.floor(ms / MINUTE), 'minute')} ago`;
  if (ms < 2 * DAY) return `${plural(Math.floor(ms / HOUR), 'hour')} ago`;
  return `${plural(Math.floor(ms / DAY), 'day')} ago`;
}

function blocksOf(result: ReleaseResult): readonly Block[] {
  const { gate, plan, warnings, error } = result;
  const findings = gate?.findings ?? [];
  const changed = gate?.comparison?.changed ?? [];
  const refused = findingLines(findings, 'refused');
  const rest = findingLines(findings, 'unknown', 'shown', 'passed');
  const lines = (text: string) => (text === '' ? [] : text.split('\n'));
  const blocks: readonly Block[] = [
    { title: 'What refuses a release of this', head: [], rows: lines(refused), isOpen: true },
    {
      title: `Changed predictions (${changed.length})`,
      head: CHANGED_HEAD,
      rows: changedRows(changed),
      isOpen: changed.length <= FEW,
    },
    {
      title: 'What failed',
      head: [],
      rows:
        error === undefined
          ? []
          : cut(error.message, 3_000)
              .split('\n')
              .map((line) => `- ${prose(line.replace(/^ +- /, ''))}`),
    },
    { title: 'What else was measured', head: [], rows: lines(rest) },
    {
      title: plural(warnings.length, 'warning'),
      head: [],
      rows: warnings.map((one) => `- ${prose(cut(one, 1_000))}`),
    },
    { title: 'What a deploy would do', head: [], rows: planLines(plan).map((line) => prose(cut(line, 500))) },
    { title: 'Tests', head: [], rows: lines(testsTable(result)) },
  ];
  return blocks.filter(({ rows }) => rows.length > 0);
}

/** So many changed predictions are shown unfolded. */
const FEW = 5;

/** The blocks in their order, each with as many rows as there is room for. */
function fitted(blocks: readonly Block[], room: number): readonly string[] {
  let left = room;
  const shown: string[] = [];
  for (const { title, head, rows, isOpen } of blocks) {
    left -= title.length + head.join('\n').length + 200;
    const kept: string[] = [];
    for (const row of rows) {
      if (left < row.length + 1) break;
      left -= row.length + 1;
      kept.push(row);
    }
    if (kept.length === 0 && rows.length > 0 && left < 0) continue;
    const more = rows.length - kept.length;
    const body = [
      [...head, ...kept].join('\n'),
      ...(more > 0 ? [`_${plural(more, 'more line')} did not fit here; the job summary has them._`] : []),
    ];
    const folded = details(title, ...body);
    shown.push(isOpen === true ? folded.replace('<details>', '<details open>') : folded);
  }
  return shown;
}

function leftOut(sentences: readonly string[]): string {
  return sentences.map((one) => `> ℹ️ ${prose(cut(one, 1_000))}`).join('\n>\n');
}

function footer({ run }: ReleaseResult, { head }: CommentParts): string {
  if (run === undefined) return '';
  const commit = head ?? run.commit;
  const parts = [
    `commit ${link(code(short(commit)), commitPage(run, commit))}`,
    ...(run.runUrl === '' ? [] : [link(`run ${escape(run.runId)}`, run.runUrl)]),
    'nothing was pushed, published or released',
  ];
  return `<sub>${parts.join(' · ')}</sub>`;
}

/** Without what the tests printed: that may be anything, and the job summary has it. */
function testsTable(result: ReleaseResult): string {
  const tests = result.tests.map(({ tail: _, ...line }) => line);
  return unlinked(testsSection({ ...result, tests }).replace(/^### Tests\n+/, ''));
}

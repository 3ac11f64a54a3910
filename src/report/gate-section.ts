/** What the gate measured, for the job summary of a deploy and of a plan. */
import type { ReleaseResult } from '../release/result.ts';
import { plural } from '../words.ts';
import { CHANGED_HEAD, changedRows, findingLines, gateTable } from './gate.ts';
import { details, prose } from './markdown.ts';
import { verdictOf } from './verdict.ts';

/** Of a mebibyte that GitHub takes for a summary. Characters. */
const ROOM = 200_000;

export function gateSection(result: ReleaseResult): string {
  const { gate, dryRun, leftOut = [] } = result;
  const notes = leftOut.map((one) => `> ${prose(one)}`).join('\n>\n');
  if (gate === undefined) return notes;
  const subject = dryRun ? 'this commit' : 'this release';
  const said = dryRun ? `**${prose(verdictOf(result).sentence)}.**` : '';
  const why =
    gate.notCompared === undefined ? '' : `Not compared with what is live: ${prose(gate.notCompared)}.`;
  const parts = [
    '### What changes for callers',
    said,
    why,
    gateTable(gate, subject),
    changedTable(gate.comparison?.changed ?? []),
    findingLines(gate.findings, 'refused', 'unknown', 'passed', 'shown'),
    notes,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function changedTable(changed: Parameters<typeof changedRows>[0]): string {
  if (changed.length === 0) return '';
  let used = 0;
  const rows = changedRows(changed);
  const kept = rows.filter((row) => (used += row.length + 1) <= ROOM);
  const left = rows.length - kept.length;
  const more = left === 0 ? [] : [`_${plural(left, 'more row')} did not fit here._`];
  return details(`Changed predictions (${changed.length})`, [...CHANGED_HEAD, ...kept].join('\n'), ...more);
}

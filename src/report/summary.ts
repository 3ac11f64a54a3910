/** The job summary: what was live, what is live, what proved it, and how to roll back, in that order. */
import type { Asked, ReleaseResult } from '../release/result.ts';
import { capital, markOf, named, planLines, seconds, short } from '../words.ts';
import { codePage } from './github-links.ts';
import { code, details, escape, link } from './markdown.ts';
import { gateSection } from './gate-section.ts';
import { caveatOf, samplesSection, testsSection } from './proof.ts';
import { changes, origin, record, releases } from './releases.ts';
import { PREVIOUS, rollbackCommand } from './rollback-command.ts';

/**
 * Markdown for the job summary. Texts from outside are escaped; nothing secret reaches a result.
 * @param docs where this action's documentation is; undefined: no links to it.
 */
export function summaryOf(result: ReleaseResult, docs?: string): string {
  const parts = [
    headline(result),
    origin(result),
    failure(result, docs),
    result.warnings.map((warning) => `> ⚠️ ${escape(warning)}`).join('\n>\n'),
    result.dryRun ? planSection(result) : releases(result),
    changes(result),
    notUndone(result),
    testsSection(result),
    samplesSection(result),
    gateSection(result),
    rollbackSection(result),
    history(result),
    record(result),
    timings(result),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const HEADLINES: Readonly<Record<ReleaseResult['outcome'], string>> = {
  ok: '✅ Released',
  'ok:noop': '✅ Nothing to do',
  superseded: '⏭️ Superseded by a newer run',
  'rolled-back': '↩️ Rolled back',
  failed: '❌ Failed: what was live is live',
  unknown: '❓ Unknown: AWS did not say',
  'unknown:superseded': '❓ Unknown: another run took over',
};

/** Outcomes that say by themselves that something changed, or that it is not known. */
const TELLING = new Set(['ok', 'rolled-back', 'unknown', 'unknown:superseded']);

export function headlineOf({ outcome, changed }: Pick<ReleaseResult, 'outcome' | 'changed'>): string {
  if (changed === false || TELLING.has(outcome)) return HEADLINES[outcome];
  const title =
    { 'ok:noop': '✅ Live already', failed: '❌ Failed' }[outcome as string] ?? HEADLINES[outcome];
  return `${title}; ${changed === true ? 'changes were made' : 'whether something was changed is not known'}`;
}

function headline(result: ReleaseResult): string {
  const title = result.dryRun && result.error === undefined ? '📋 Plan' : headlineOf(result);
  const subject =
    result.functionName === ''
      ? result.action
      : `${result.service === undefined ? '' : `${escape(result.service)}, `}${result.action} \`${escape(result.functionName)}\` → \`${escape(result.aliasName)}\`${result.environment === undefined ? '' : ` in ${escape(result.environment)}`}`;
  const caveat = caveatOf(result);
  const shown = caveat === '' ? title : title.replace('✅', '⚠️');
  return `## ${shown}: ${subject}${caveat === '' ? '' : `; ${escape(caveat)}`}${result.why === '' ? '' : `\n\n${escape(capital(result.why))}.`}`;
}

/** What went wrong; of several mistakes each on a line of its own. */
function failure({ error, outcome }: ReleaseResult, docs: string | undefined): string {
  if (error === undefined) return '';
  const [head = '', ...items] = error.message.split('\n  - ');
  const [last = '', ...closing] = items.pop()?.split('\n') ?? [];
  return [
    `> [!${outcome === 'superseded' ? 'WARNING' : 'CAUTION'}]`,
    `> **${link(escape(error.code), codePage(docs, error.code))}** ${escape(head)}`,
    ...[...items, ...(last === '' ? [] : [last])].map((item) => `> - ${escape(item)}`),
    ...(closing.length === 0 ? [] : ['>', `> ${escape(closing.join('\n'))}`]),
  ].join('\n');
}

function planSection(result: ReleaseResult): string {
  if (result.plan.length === 0) return '';
  return `### What a run would do\n\n${planLines(result.plan).map(escape).join('\n')}\n\nNothing was changed.`;
}

function notUndone(result: ReleaseResult): string {
  if (result.action !== 'rollback' || !(result.shifted || (result.dryRun && result.plan.length > 0)))
    return '';
  return "Not undone: data that the model wrote, changes to the API's definition, and everything outside the function's version, its alias and the API's stage.";
}

function rollbackSection(result: ReleaseResult): string {
  const lines = isRollbackPlan(result) ? [`To do it:`, ...paste(result, result.asked)] : stepBack(result);
  // The target was proven for this release only.
  if (result.shifted && result.rollbackTarget !== undefined) lines.push(escape(result.rollbackTarget));
  return lines.length === 0 ? '' : ['### Rollback', ...lines].join('\n\n');
}

/** After the dry run of a rollback, the line to paste is the rollback itself. */
function isRollbackPlan(result: ReleaseResult): result is ReleaseResult & { readonly asked: Asked } {
  return result.asked !== undefined && result.dryRun && result.plan.length > 0 && result.error === undefined;
}

/** The line in a block of its own. An action does not know the environment of its job unless an input says it. */
function paste(result: ReleaseResult, asked: Asked): string[] {
  const lines = [['```sh', rollbackCommand(result, asked), '```'].join('\n')];
  if (result.environment === undefined && result.run?.typed === undefined)
    lines.push(
      'Without the input `environment` that line rolls back the default environment of the workflow.',
    );
  return lines;
}

/** After a deploy that released nothing, the line to paste would roll back another run's release. */
function leadsOn({ action, outcome, shifted, dryRun }: ReleaseResult): boolean {
  return action === 'rollback' || shifted || outcome === 'rolled-back' || (outcome === 'ok:noop' && !dryRun);
}

/** Paragraphs: the rollback target of `to: previous`, and the line to paste where there is one. */
function stepBack(result: ReleaseResult): string[] {
  const back = leadsOn(result) ? result.stepBack : undefined;
  const command = paste(result, PREVIOUS);
  switch (back?.kind) {
    case undefined:
      return [];
    case 'to':
      return [`The previous release is ${named(back.release)}. To roll back to it:`, ...command];
    case 'ends-canary':
      return [`A rollback ends the canary and shifts all traffic to ${named(back.stable)}:`, ...command];
    case 'returned': {
      const list =
        result.history.length > 0
          ? '.'
          : '; a rollback to `previous` now changes nothing and lists the earlier releases.';
      return [
        `This release is live because of a rollback. An earlier release needs an explicit \`to\`${list}`,
      ];
    }
    case 'nothing':
      return ['There is no release before this one.'];
    case 'unrecorded':
      return [
        'The alias does not name the previous release. A rollback to `previous` reads it from the live version, where that names one; otherwise name a version.',
        ...command,
      ];
  }
}

function history(result: ReleaseResult): string {
  const apart = result.history.filter(({ note }) => note === 'never served');
  const rows = result.history
    .filter((line) => !apart.includes(line))
    .map(
      (line) =>
        `| ${line.version} | ${code(short(line.commit))} | ${escape(line.when)} | ${line.note} | ${wayTo(result, line)} |`,
    );
  if (result.history.length === 0) return '';
  const none = result.history.every(({ note }) => note === 'live' || note === 'never served');
  const versions = apart.map(({ version, commit }) => `${version} (${code(short(commit))})`).join(', ');
  return [
    '### Releases',
    '',
    '| version | commit | published | | to roll back to it |',
    '| --: | --- | --- | --- | --- |',
    ...rows,
    ...(none ? ['', 'There is no earlier release to roll back to.'] : []),
    ...(apart.length === 0
      ? []
      : ['', `Published and not known to have served, so that only \`force\` leads there: ${versions}.`]),
  ].join('\n');
}

function wayTo(result: ReleaseResult, { note, version }: ReleaseResult['history'][number]): string {
  if (note === 'live' || note === 'no rollback target') return '';
  const asked = { to: version, force: note === 'rolled back' };
  return `\`${rollbackCommand(result, asked).replaceAll('|', '\\|')}\``;
}

function timings(result: ReleaseResult): string {
  if (result.timings.length === 0) return '';
  const rows = result.timings.map(
    (step) =>
      `| ${markOf(step.ok)} ${escape(step.name)} | ${escape(step.result)} | ${seconds(step.durationMs)} |`,
  );
  const table = ['| step | result | time |', '| --- | --- | --: |', ...rows].join('\n');
  return details('Steps and timings', table);
}

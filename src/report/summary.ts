/** The job summary: what was live, what is live, what proved it, and the way back, in that order. */
import { liveAtEnd, type Asked, type Story } from './story.ts';
import { PREVIOUS, rollbackCommand } from './rollback-command.ts';
import { named, plural, planLines, seconds, short } from './words.ts';

/** Markdown for the job summary. Texts from outside are escaped; nothing secret reaches a story. */
export function summaryOf(story: Story): string {
  const parts = [
    headline(story),
    failure(story),
    story.warnings.map((warning) => `> ⚠️ ${escape(warning)}`).join('\n>\n'),
    story.dryRun ? planSection(story) : releases(story),
    notUndone(story),
    tests(story),
    samples(story),
    wayBack(story),
    history(story),
    timings(story),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

export const HEADLINES: Readonly<Record<Story['outcome'], string>> = {
  ok: '✅ Released',
  'ok:noop': '✅ Nothing to do',
  superseded: '⏭️ Superseded by a newer run',
  'rolled-back': '↩️ Rolled back',
  failed: '❌ Failed: what was live is live',
  unknown: '❓ Unknown: AWS did not say',
  'unknown:superseded': '❓ Unknown: another run took over',
};

function headline(story: Story): string {
  const title = story.dryRun && story.error === undefined ? '📋 Plan' : HEADLINES[story.outcome];
  const subject =
    story.functionName === ''
      ? story.action
      : `${story.service === undefined ? '' : `${escape(story.service)}, `}${story.action} \`${escape(story.functionName)}\` → \`${escape(story.aliasName)}\``;
  return `## ${title}: ${subject}${story.why === '' ? '' : `\n\n${escape(capital(story.why))}.`}`;
}

/** What went wrong; of several mistakes each on a line of its own. */
function failure({ error }: Story): string {
  if (error === undefined) return '';
  const [head = '', ...items] = error.message.split('\n  - ');
  const [last = '', ...closing] = items.pop()?.split('\n') ?? [];
  return [
    `> **${escape(error.code)}** ${escape(head)}`,
    ...[...items, ...(last === '' ? [] : [last])].map((item) => `> - ${escape(item)}`),
    ...(closing.length === 0 ? [] : ['>', `> ${escape(closing.join('\n'))}`]),
  ].join('\n');
}

function planSection(story: Story): string {
  if (story.plan.length === 0) return '';
  return `### What a run would do\n\n${planLines(story.plan).map(escape).join('\n')}\n\nNothing was changed.`;
}

function releases(story: Story): string {
  if (story.before === undefined && story.after === undefined) return '';
  const row = (label: string, release: Story['before'], otherwise = '–') =>
    `| ${label} | ${release?.version ?? otherwise} | ${code(short(release?.digest))} | ${code(short(release?.commit))} |`;
  const lines = [
    '| | version | image digest | commit |',
    '| --- | --- | --- | --- |',
    row('was live', story.before),
    row(story.changed ? '**is live**' : 'is live', liveAtEnd(story), story.undecided ? 'not known' : '–'),
  ];
  if (story.apiUrl !== undefined)
    lines.push(
      '',
      `API: ${escape(story.apiUrl)}${story.apiVerdict === undefined ? '' : ` (${escape(story.apiVerdict)})`}`,
    );
  if (story.record !== undefined) lines.push('', `Record on the alias: \`${escape(story.record)}\``);
  return lines.join('\n');
}

function tests(story: Story): string {
  if (story.tests.length === 0) return '';
  const cell = (count: number | undefined) => count ?? '–';
  const rows = story.tests.map(
    (line) =>
      `| ${escape(line.name)} | ${escape(line.status)} | ${cell(line.passed)} | ${cell(line.failed)} | ${cell(line.skipped)} | ${seconds(line.durationMs)} |`,
  );
  return [
    '### Tests',
    '',
    '| stage | result | passed | failed | skipped | time |',
    '| --- | --- | --: | --: | --: | --: |',
    ...rows,
  ].join('\n');
}

/** More rows than a person reads are counted instead. */
const SAMPLE_ROWS = 30;

function samples(story: Story): string {
  if (story.samples.length === 0) return '';
  const wrong = story.samples.filter((sample) => sample.mismatch !== undefined);
  const shown = [...wrong, ...story.samples.filter((sample) => sample.mismatch === undefined)].slice(
    0,
    SAMPLE_ROWS,
  );
  const rows = shown.map(
    (sample) =>
      `| ${escape(sample.name)} | ${sample.mismatch === undefined ? 'as expected' : escape(sample.mismatch)} | ${seconds(sample.durationMs)} |`,
  );
  const rest = story.samples.length - shown.length;
  return [
    `### Samples: ${story.samples.length - wrong.length} of ${story.samples.length} as expected`,
    '',
    '| sample | answer | time |',
    '| --- | --- | --: |',
    ...rows,
    ...(rest > 0 ? [`| _and ${plural(rest, 'other')}_ | as expected | |`] : []),
  ].join('\n');
}

function notUndone(story: Story): string {
  if (story.action !== 'rollback' || !(story.changed || (story.dryRun && story.plan.length > 0))) return '';
  return "Not undone: data that the model wrote, changes to the API's definition, and everything outside the function's version, its alias and the API's stage.";
}

function wayBack(story: Story): string {
  const lines = isRollbackPlan(story) ? [`To do it:`, ...paste(story, story.asked)] : stepBack(story);
  // It was proven for this release, not for what serves without it.
  if (story.changed && story.wayBack !== undefined) lines.push(escape(story.wayBack));
  return lines.length === 0 ? '' : ['### The way back', ...lines].join('\n\n');
}

/** What a person who looked before leaping needs next is what they asked for, and not one step back. */
function isRollbackPlan(story: Story): story is Story & { readonly asked: Asked } {
  return story.asked !== undefined && story.dryRun && story.plan.length > 0 && story.error === undefined;
}

/** The line in a block of its own. An action does not know the environment of its job unless an input says it. */
function paste(story: Story, asked: Asked): string[] {
  const lines = [['```sh', rollbackCommand(story, asked), '```'].join('\n')];
  if (story.environment === undefined)
    lines.push(
      'Without the input `environment` that line goes back in the environment that the workflow takes by itself.',
    );
  return lines;
}

/** Behind a deploy that released nothing, the line to paste would take back a release that nobody complained of. */
function leadsOn({ action, outcome, changed, dryRun }: Story): boolean {
  return action === 'rollback' || changed || outcome === 'rolled-back' || (outcome === 'ok:noop' && !dryRun);
}

/** Paragraphs: where one step back leads, and the line to paste where it leads anywhere. */
function stepBack(story: Story): string[] {
  const back = leadsOn(story) ? story.stepBack : undefined;
  const command = paste(story, PREVIOUS);
  switch (back?.kind) {
    case undefined:
      return [];
    case 'to':
      return [`One step back leads to ${named(back.release)}:`, ...command];
    case 'ends-canary':
      return [`One step back ends the canary: all traffic for ${named(back.stable)}.`, ...command];
    case 'returned': {
      const list =
        story.history.length > 0
          ? '.'
          : '; asked for `previous` once more, a run changes nothing and lists the candidates.';
      return [`This is the release that was returned to. Going further back needs an explicit \`to\`${list}`];
    }
    case 'nothing':
      return ['There is no release before this one.'];
    case 'unrecorded':
      return [
        'The alias does not tell what served before. One step back asks the live version, which may know; otherwise name a version.',
        ...command,
      ];
  }
}

function history(story: Story): string {
  if (story.history.length === 0) return '';
  const rows = story.history.map(
    (line) =>
      `| ${line.version} | ${code(short(line.commit))} | ${escape(line.when)} | ${line.note} | ${wayTo(story, line)} |`,
  );
  return [
    '### Releases',
    '',
    '| version | commit | published | | to return to it |',
    '| --: | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function wayTo(story: Story, { note, version }: Story['history'][number]): string {
  if (note === 'live' || note === 'cannot be returned to') return '';
  const asked = { to: version, force: note === 'rolled back' };
  return `\`${rollbackCommand(story, asked).replaceAll('|', '\\|')}\``;
}

function timings(story: Story): string {
  if (story.stages.length === 0) return '';
  const rows = story.stages.map(
    (stage) =>
      `| ${stage.ok ? '✓' : '✗'} ${escape(stage.name)} | ${escape(stage.result)} | ${seconds(stage.durationMs)} |`,
  );
  return [
    '<details><summary>Steps and timings</summary>',
    '',
    '| step | result | time |',
    '| --- | --- | --: |',
    ...rows,
    '',
    '</details>',
  ].join('\n');
}

function code(text: string): string {
  return text === '' ? '–' : `\`${text}\``;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Markdown and HTML lose their meaning; a table's cell stays one cell. */
export function escape(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('|', '\\|')
    .replaceAll('`', '\\`')
    .replaceAll(/\r?\n/g, '<br>');
}

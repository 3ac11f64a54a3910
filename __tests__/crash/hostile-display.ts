/** What people and runners are shown: no text from outside may change its structure, or be a command of its own. */
import { splitCommand } from '../../src/inputs/command-line.ts';
import { outputsOf } from '../../src/report/outputs.ts';
import { newStory, type Story } from '../../src/report/story.ts';
import { summaryOf } from '../../src/report/summary.ts';
import { rollbackStep } from '../../src/report/words.ts';

/** As far as inputs are shown. */
export interface Shown {
  readonly functionName: string;
  readonly alias: string;
  readonly environment: string | undefined;
  readonly apiUrl: string | undefined;
  readonly reason?: string | undefined;
}

const RELEASE = { version: '1', digest: undefined, commit: undefined };

function story(action: Story['action'], shown: Shown, dryRun: boolean): Story {
  const { functionName, alias: aliasName, environment, apiUrl, reason } = shown;
  const found = newStory(action, {
    service: undefined,
    functionName,
    aliasName,
    run: undefined,
    dryRun,
    environment,
  });
  return Object.assign(found, {
    outcome: 'ok',
    changed: !dryRun,
    why: reason ?? '',
    before: RELEASE,
    after: RELEASE,
    stepBack: { kind: 'to', release: RELEASE },
    apiUrl,
    plan: [rollbackStep(RELEASE, RELEASE, reason)],
    history: [{ ...RELEASE, when: '2026-01-01 00:00', note: 'live' }],
  });
}

/** What is wrong with how these values are shown, compared with how right ones are. */
export function displayFaults(action: Story['action'], shown: Shown, right: Shown): readonly string[] {
  return [false, true].flatMap((dryRun) => {
    const [given, usual] = [shown, right].map((values) => summaryOf(story(action, values, dryRun))) as [
      string,
      string,
    ];
    return [
      ...(structure(given) === structure(usual) ? [] : ['the summary has another structure']),
      ...(dryRun ? [] : pastedFaults(given, shown)),
      ...Object.entries(outputsOf(story(action, shown, dryRun))).flatMap(([name, value]) =>
        /[\r\n]/.test(value) ? [`the output ${name} has several lines`] : [],
      ),
    ];
  });
}

/** Line by line: cells, code spans and tags. */
function structure(markdown: string): string {
  let fenced = false;
  const lines = markdown.split('\n').map((line) => {
    if (line.startsWith('```')) fenced = !fenced;
    if (fenced) return line.startsWith('```') ? 'fence' : 'code';
    const bare = line.replaceAll(/\\[\\|`]/g, '');
    // Inside a code span a tag is only text.
    const tags = bare.replaceAll(/`[^`]*`/g, '').match(/<\/?[a-z!]/gi)?.length ?? 0;
    return `${bare.split('|').length} ${bare.split('`').length} ${tags}`;
  });
  return lines.join('\n');
}

/** The line to paste is one command with each value as one argument, for any shell. */
function pastedFaults(summary: string, { environment }: Shown): readonly string[] {
  const line = /```sh\n([^\n]*)\n```/.exec(summary)?.[1] ?? '';
  const words = splitCommand(line);
  const where = environment === undefined ? [] : ['-f', `environment=${environment}`];
  const wanted = ['gh', 'workflow', 'run', 'rollback.yml', ...where, '-f', 'to=previous'];
  if ('value' in words && JSON.stringify(words.value) === JSON.stringify(wanted)) return [];
  return [`the command to paste is ${JSON.stringify(line.slice(0, 300))}`];
}

/** What the runner would obey in lines that are meant to be read only. */
export function forgedIn(printed: string): boolean {
  return printed.split(/\r\n|\r|\n/).some((line) => /^\s*::/.test(line) || /##\[/.test(line));
}

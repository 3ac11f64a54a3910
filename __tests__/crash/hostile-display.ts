/** What people and runners are shown: no text from outside may change its structure, or be a command of its own. */
import { splitCommand } from '../../src/inputs/command-line.ts';
import { outputsOf } from '../../src/report/outputs.ts';
import type { ReleaseResult } from '../../src/release/result.ts';
import { rollbackSteps } from '../../src/release/plan/rollback-steps.ts';
import { listOf } from '../../src/run/plan.ts';
import { resultWith } from '../harness/results.ts';
import { summaryOf } from '../../src/report/summary.ts';

/** As far as inputs are shown. */
export interface Shown {
  readonly functionName: string;
  readonly alias: string;
  readonly environment: string | undefined;
  readonly apiUrl: string | undefined;
  readonly reason?: string | undefined;
}

const RELEASE = { version: '1', digest: undefined, commit: undefined };

function result(action: ReleaseResult['action'], shown: Shown, dryRun: boolean): ReleaseResult {
  const { functionName, alias: aliasName, environment, apiUrl, reason } = shown;
  const steps = rollbackSteps({
    isChecked: true,
    functionName,
    aliasName,
    from: RELEASE,
    to: RELEASE,
    isIdle: false,
    serves: false,
    api: undefined,
    ends: '',
    reason,
    shownIn: environment,
  });
  return resultWith({
    action,
    functionName,
    aliasName,
    dryRun,
    environment,
    outcome: 'ok',
    changed: !dryRun,
    shifted: !dryRun,
    written: dryRun ? [] : listOf(steps).map(({ does }) => ({ does, effect: 'done' as const })),
    why: reason ?? '',
    before: RELEASE,
    after: RELEASE,
    stepBack: { kind: 'to', release: RELEASE },
    apiUrl,
    plan: listOf(steps),
    history: [{ ...RELEASE, when: '2026-01-01 00:00', note: 'live' }],
  });
}

/** What is wrong with how these values are shown, compared with how right ones are. */
export function displayFaults(
  action: ReleaseResult['action'],
  shown: Shown,
  right: Shown,
): readonly string[] {
  return [false, true].flatMap((dryRun) => {
    const [given, usual] = [shown, right].map((values) => summaryOf(result(action, values, dryRun))) as [
      string,
      string,
    ];
    return [
      ...(structure(given) === structure(usual) ? [] : ['the summary has another structure']),
      ...(dryRun ? [] : pastedFaults(given, shown)),
      ...Object.entries(outputsOf(result(action, shown, dryRun))).flatMap(([name, value]) =>
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

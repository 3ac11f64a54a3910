import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clients/clock.ts';
import type { GitHubClient } from '../clients/github.ts';
import { createGitHub } from '../clients/github.ts';
import type { Runner } from '../clients/runner.ts';
import { UserError } from '../errors.ts';
import type { AttachInputs } from '../inputs/attach-inputs.ts';
import { readAttachInputs } from '../inputs/attach-inputs.ts';
import type { RepositoryRow } from '../plan/attach/rows.ts';
import { troubles } from '../plan/attach/rows.ts';
import { attachSummary, countsOf, type AttachReport } from '../report/attach-summary.ts';
import { observeFleet, type Fleet } from '../steps/attach/fleet.ts';
import { checkStructure, planFleet, proposeChanges } from '../steps/attach/modes.ts';

/** What a run of attach stands in. */
export interface AttachSurroundings {
  readonly runner: Runner;
  readonly clock: Clock;
  /** The folder of this project: its `workflows/` are what repositories receive unless another folder is given. */
  readonly home: string;
  readonly signal: AbortSignal;
  /** Replaces the network. */
  readonly fetch?: typeof fetch;
}

/**
 * Attaches repositories to this pipeline, or checks whether they are: look at all, plan each, write where allowed, tell.
 * @throws UserError after outputs, summary and artifact are written, when anything that was to be done is not.
 */
export async function attach(around: AttachSurroundings): Promise<AttachReport> {
  const { runner, clock } = around;
  const startedAt = clock.now();
  const inputs = readAttachInputs({ text: runner.input });
  await runner.secret(inputs.token);
  const mayWrite = inputs.mode === 'apply' && !inputs.dryRun;
  const deadline = startedAt + inputs.minutes * 60_000;
  const github = await createGitHub({
    token: inputs.token,
    clock,
    apiUrl: runner.env['GITHUB_API_URL'],
    fetch: around.fetch,
    env: runner.env,
    readOnly: !mayWrite,
    deadline,
    onWait: (ms, why) => runner.info(`waiting ${Math.ceil(ms / 1000)} s: ${why}`),
  });
  const tools = { github, clock, progress: runner.info, signal: around.signal };
  const fleet = await observeFleet(inputs, tools, around.home);
  const planned = planFleet(fleet, inputs);
  const rows =
    inputs.mode === 'check-structure'
      ? checkStructure(fleet, runner.env)
      : mayWrite
        ? await proposeChanges({ fleet, planned, inputs, deadline, env: runner.env }, tools)
        : planned.rows;
  const report = reportOf({ inputs, fleet, rows, github }, clock.now() - startedAt);
  await tell(report, runner);
  const bad = troubles(rows, inputs.mode, inputs.dryRun);
  if (bad.length > 0) throw incomplete(report, bad);
  return report;
}

interface Result {
  readonly inputs: AttachInputs;
  readonly fleet: Fleet;
  readonly rows: readonly RepositoryRow[];
  readonly github: GitHubClient;
}

function reportOf({ inputs, fleet, rows, github }: Result, durationMs: number): AttachReport {
  const bad = troubles(rows, inputs.mode, inputs.dryRun);
  return {
    organization: inputs.organization,
    mode: inputs.mode,
    dryRun: inputs.dryRun,
    outcome: bad.length === 0 ? 'ok' : inputs.mode === 'apply' ? 'partial' : 'drift',
    viewer: fleet.viewer,
    files: fleet.wanted.files.map(({ path }) => path),
    digest: fleet.wanted.digest,
    rows,
    notSelected: fleet.notSelected,
    unreadable: fleet.unreadable,
    requests: { ...github.count },
    durationMs,
  };
}

async function tell(report: AttachReport, runner: Runner): Promise<void> {
  const path = join(runner.env['RUNNER_TEMP'] ?? '.', 'model-release-attach.json');
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  const counts = countsOf(report.rows);
  const count = (...outcomes: RepositoryRow['outcome'][]) =>
    String(outcomes.reduce((sum, outcome) => sum + (counts.get(outcome) ?? 0), 0));
  await runner.output('outcome', report.outcome);
  await runner.output('report', path);
  await runner.output('selected', String(report.rows.length));
  await runner.output('in-sync', count('in-sync', 'complete'));
  await runner.output('changed', count('created', 'updated'));
  await runner.output('open', count('open', 'created', 'updated'));
  await runner.output('out-of-sync', count('to-create', 'to-update', 'incomplete'));
  await runner.output('left-alone', count('conflict', 'declined'));
  await runner.output('skipped', count('skipped'));
  await runner.output('failed', count('failed'));
  await runner.output('remaining', count('remaining'));
  await runner.summary(attachSummary(report));
}

/** The run's verdict as an error: everything has been told by now, and partial success is never green. */
function incomplete(report: AttachReport, bad: readonly RepositoryRow[]): UserError {
  const [first] = bad;
  const example = first === undefined ? '' : ` (${first.name}: ${first.reason || first.outcome})`;
  if (report.mode === 'apply') {
    return new UserError('attach-partial', {
      what: `${bad.length} of ${report.rows.length} repositories could not be brought in sync${example}.`,
      fix: 'The summary names each with its reason; run it again to continue, it repeats nothing.',
    });
  }
  return new UserError('attach-drift', {
    what: `${bad.length} of ${report.rows.length} repositories are not as they should be${example}.`,
    fix:
      report.mode === 'check'
        ? 'Run attach with mode: apply to open pull requests.'
        : 'The summary lists what is missing, with the commands that add it.',
  });
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGitHub } from '../clients/github.ts';
import { readAttachInputs } from '../inputs/attach-inputs.ts';
import { verdict } from '../fleet/plan/verdict.ts';
import { attachOutputs } from '../report/attach-outputs.ts';
import { attachSummary, type AttachReport } from '../report/attach-summary.ts';
import { aboutFleet, observeFleet } from '../fleet/steps/fleet.ts';
import { carryOut } from '../fleet/steps/modes.ts';
import type { AttachSurroundings } from '../fleet/steps/surroundings.ts';

/**
 * Attaches repositories to this pipeline, or checks whether they are: look at all, plan each, write where allowed, tell.
 * @throws UserError after outputs, summary and artifact are written, when anything that was to be done is not.
 */
export async function attach(around: AttachSurroundings): Promise<AttachReport> {
  const { runner, clock } = around;
  const startedAt = clock.now();
  const inputs = readAttachInputs({ text: runner.input }, runner.env);
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
    signal: around.signal,
    onWait: (ms, why) => runner.info(`waiting ${Math.ceil(ms / 1000)} s: ${why}`),
  });
  const tools = { github, clock, progress: runner.info, signal: around.signal };
  const fleet = await observeFleet(inputs, tools, around.home);
  const rows = await carryOut({ fleet, inputs, mayWrite, deadline, env: runner.env }, tools);
  const failure = verdict(rows, inputs.mode, inputs.dryRun);
  const report: AttachReport = {
    outcome: failure === undefined ? 'ok' : inputs.mode === 'apply' ? 'partial' : 'drift',
    ...aboutFleet(fleet, inputs),
    rows,
    requests: { ...github.count },
    durationMs: clock.now() - startedAt,
  };
  await tell(report, around);
  if (failure !== undefined) throw failure;
  return report;
}

/** Artifact, outputs and summary: before the verdict, so that a failed run has told everything too. */
async function tell(report: AttachReport, { runner }: AttachSurroundings): Promise<void> {
  const path = join(runner.env['RUNNER_TEMP'] ?? '.', 'model-release-attach.json');
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  for (const [name, value] of Object.entries(attachOutputs(report, path))) await runner.output(name, value);
  await runner.summary(attachSummary(report));
}

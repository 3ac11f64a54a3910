/** The gate on a published version: what it showed beside what is live, before any traffic. */
import { askVersion } from '../checks/gate/ask-version.ts';
import { askLive, trialOf, type LiveSubject } from '../checks/gate/ask-live.ts';
import { forceColdStarts } from '../checks/gate/cold-starts.ts';
import { refuseByGate } from '../checks/gate/gate-refused.ts';
import { judgeGate } from '../checks/gate/judge-gate.ts';
import { loadVersion } from '../checks/gate/load.ts';
import type { GateResult, LiveTrials, TrialAnswer, TrialRow } from '../checks/gate/trial.ts';
import { checkSamples, type CheckedVersion, type SampleResult } from '../checks/check-samples.ts';
import type { Sample } from '../checks/samples.ts';
import type { Tools } from '../clients/tools.ts';
import type { GatePolicy } from '../inputs/gate-policy.ts';
import type { PlanStep } from '../run/plan.ts';
import type { FunctionVersion } from '../types.ts';
import { gateSaid } from './deploy-words.ts';
import { coldStartsWanted } from './plan/gate-step.ts';
import type { ProvenTarget } from './steps/version/prove-rollback-target.ts';
import type { Observation } from './observe.ts';
import type { Facts } from './result.ts';
import type { ReleaseSession } from './tools.ts';

/** What the samples step learned of the candidate. */
export interface Sampled {
  readonly results: readonly SampleResult[];
  /** Those that were forced; undefined where none were. Milliseconds. */
  readonly coldStartsMs: readonly number[] | undefined;
}

/** Cold starts come first, where they are asked for: the samples would warm the version. @throws SamplesFailed, and as `checkSamples`. */
export async function checkCandidate(
  tools: Tools,
  checked: CheckedVersion,
  { samples, policy }: { readonly samples: readonly Sample[]; readonly policy: GatePolicy },
): Promise<Sampled> {
  const wanted = coldStartsWanted(policy);
  if (wanted === 0) return { results: await checkSamples(tools, checked, samples), coldStartsMs: undefined };
  const inputs = samples.map(({ input }) => input);
  const { coldStartsMs, said } = await forceColdStarts(tools, checked, { wanted, inputs });
  tools.log.info(`Cold starts: ${said}`);
  return { results: await checkSamples(tools, checked, samples), coldStartsMs };
}

export interface GateScene {
  readonly policy: GatePolicy;
  readonly checked: CheckedVersion;
  /** The candidate as Lambda describes it. */
  readonly version: FunctionVersion;
  readonly sampled: Sampled;
  /** Captured requests, which go to both. */
  readonly captured: readonly TrialRow[];
  /** Of the candidate, compressed. */
  readonly imageBytes: number | undefined;
  /** Undefined where nothing is live. */
  readonly live: Omit<LiveSubject, 'imageBytes' | 'functionName'> | undefined;
  /** Of what is live, compressed: read by the time it is wanted. */
  readonly liveBytes: Promise<number | undefined>;
}

/**
 * Compares and measures as the policy says, in the step that announced it.
 * @returns undefined where there is nothing to say: no samples, and nothing asked for.
 * @throws GateRefused, which holds what was measured; Cancelled. What is live, and what Lambda refuses, never fails it.
 */
export async function gateVersion(
  session: ReleaseSession,
  step: PlanStep | undefined,
  scene: GateScene,
): Promise<GateResult | undefined> {
  const work = async () => {
    const gate = await measure(session.tools, scene);
    tellFindings(session.tools, gate);
    refuseByGate(gate);
    return gate;
  };
  if (step !== undefined) return session.step(step, work, gateSaid);
  return scene.sampled.results.length === 0 ? undefined : measure(session.tools, scene);
}

async function measure(tools: Tools, scene: GateScene): Promise<GateResult> {
  const { policy, checked, version, sampled, imageBytes } = scene;
  const own = sampled.results.flatMap(({ asked }) => asked ?? []);
  const answers = [...own, ...(await askCaptured(tools, scene))];
  const rows = answers.map(({ row }) => row);
  const compared = await compare(tools, scene, rows);
  const gate = judgeGate({
    candidate: trialOf({ version, imageBytes }, answers, sampled.coldStartsMs),
    ...compared,
    policy,
    hidden: checked.hidden ?? [],
  });
  if (policy.load === undefined) return gate;
  const inputs = own.map(({ row }) => row.sample.input);
  const { load, finding } = await loadVersion(tools, checked, { policy: policy.load, inputs });
  return { ...gate, ...(load && { load }), findings: [...gate.findings, finding] };
}

/** What is live, as the gate asks it. */
export function liveSubject({ live }: Pick<Observation, 'live'>, { before }: Facts): GateScene['live'] {
  return live && { version: live, commit: before?.commit, since: live.lastModified };
}

/** The size of the image that is live, where it can be had. */
export async function bytesOf(proof: Promise<ProvenTarget>): Promise<number | undefined> {
  const proven = await proof.catch(() => undefined);
  return proven?.bytes;
}

/** For the captured requests on the candidate. Milliseconds. */
const CAPTURED_BUDGET_MS = 5 * 60_000;

async function askCaptured(tools: Tools, scene: GateScene): Promise<readonly TrialAnswer[]> {
  const { captured: rows, checked } = scene;
  if (rows.length === 0) return [];
  const until = tools.clock.now() + CAPTURED_BUDGET_MS;
  const { answers, stopped } = await askVersion(tools, checked, { rows, atOnce: 16, until });
  if (stopped !== undefined)
    tools.log.info(`${answers.length} of ${rows.length} captured requests sent: ${stopped}`);
  return answers;
}

async function compare(
  tools: Tools,
  { policy, checked, live, liveBytes }: GateScene,
  rows: readonly TrialRow[],
): Promise<{ readonly live: LiveTrials | undefined; readonly notCompared: string | undefined }> {
  if (policy.live === 'none') return { live: undefined, notCompared: 'gate.live is none' };
  if (live === undefined) return { live: undefined, notCompared: 'nothing is live yet' };
  const subject = { ...live, functionName: checked.functionName, imageBytes: await liveBytes };
  const trials = await askLive(tools, subject, rows);
  return 'notCompared' in trials ? { live: undefined, ...trials } : { live: trials, notCompared: undefined };
}

const MARKS = { passed: '✓', refused: '✗', shown: '–', unknown: '?' } as const;

function tellFindings(tools: Tools, { findings, notCompared }: GateResult): void {
  if (notCompared !== undefined) tools.log.info(`Not compared with what is live: ${notCompared}`);
  for (const { key, kind, sentence, fix = '' } of findings) {
    if (kind === 'unknown') tools.log.warning(`gate.${key}: ${sentence}. ${fix}`.trim());
    else tools.log.info(`${MARKS[kind]} ${key}: ${sentence}`);
  }
}

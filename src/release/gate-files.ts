/** The gate's files: metrics and data of the workspace, judged before anything is built. */
import { readDataConstraints, readQualityConstraints } from '../checks/constraints/constraints.ts';
import { judgeData } from '../checks/constraints/judge-data.ts';
import { judgeMetrics } from '../checks/constraints/judge-metrics.ts';
import { readMetrics, type Metrics } from '../checks/constraints/metrics.ts';
import { readTable } from '../checks/constraints/read-table.ts';
import { refuseByGate } from '../checks/gate/gate-refused.ts';
import type { GateFinding, GateResult } from '../checks/gate/trial.ts';
import { insideWorkspace, readInside } from '../clients/workspace.ts';
import type { Tools } from '../clients/tools.ts';
import type { DataPolicy, GatePolicy, MetricsPolicy } from '../inputs/gate-policy.ts';
import type { FunctionVersion } from '../types.ts';
import type { Facts } from './result.ts';
import { plural } from '../words.ts';
import { METRICS_LABEL, LARGEST_LABEL, metricsLabel } from './plan/metrics-label.ts';
import { readLiveMetrics } from './steps/image/live-metrics.ts';
import type { Begun } from './provide.ts';
import type { ReleaseSession } from './tools.ts';
import { folders } from './steps/tests/test-model.ts';

type FilesPolicy = Pick<GatePolicy, 'metrics' | 'data'>;

/** What the files are compared with. */
interface Beside {
  readonly policy: FilesPolicy;
  /** The release's ECR repository. */
  readonly repository: string;
  readonly live: FunctionVersion | undefined;
}

/**
 * The gate's files before any build, and what they came to; nothing where the policy names none.
 * @throws GateRefused with what was measured.
 */
export async function gateFiles(
  session: ReleaseSession,
  { inputs, target, seen }: Pick<Begun, 'inputs' | 'target' | 'seen'>,
): Promise<Facts> {
  const { gate: policy } = inputs;
  if (policy.metrics === undefined && policy.data === undefined) return {};
  const beside = { policy, repository: target.repository, live: seen.live };
  const check = async () => {
    const findings = await checkFiles(session.tools, beside);
    for (const { key, sentence } of findings) session.tools.log.info(`gate.${key}: ${sentence}`);
    const gate = gateOfFiles(findings);
    refuseByGate(gate);
    return gate;
  };
  const gate = await session.group('Check metrics and data', check, ({ findings }) => keptInWords(findings));
  return { gate };
}

/**
 * Judges `gate.metrics` and `gate.data`. Nothing is read of AWS without `gate.metrics`.
 * @throws UserError for a file that cannot be read as what it should be: `invalid-constraints`, `invalid-metrics`, `invalid-data`.
 */
async function checkFiles(tools: Tools, beside: Beside): Promise<readonly GateFinding[]> {
  const { metrics, data } = beside.policy;
  const parts = await Promise.all([
    metrics === undefined ? [] : checkMetrics(tools, { ...beside, metrics }),
    data === undefined ? [] : checkData(tools, data),
  ]);
  return parts.flat();
}

async function checkMetrics(
  tools: Tools,
  { metrics: policy, ...beside }: Beside & { readonly metrics: MetricsPolicy },
): Promise<readonly GateFinding[]> {
  const { file, constraints, maxLoss } = policy;
  const metrics = await metricsOf(tools, policy);
  const limits =
    constraints === undefined
      ? []
      : readQualityConstraints(constraints, await textOf(tools, constraints, 'gate.metrics.constraints'));
  return judgeMetrics({ file, metrics, limits, maxLoss, live: await readLiveMetrics(tools, beside) });
}

async function checkData(tools: Tools, { file, constraints }: DataPolicy): Promise<readonly GateFinding[]> {
  const features = readDataConstraints(
    constraints,
    await textOf(tools, constraints, 'gate.data.constraints'),
  );
  const { workspace } = folders(tools);
  const path = await insideWorkspace({ workspace, path: file, input: 'gate.data.file' });
  return judgeData({ file, features, profile: await readTable({ file, path }, features) });
}

/** The label that the image gets, so that the next release can be compared; undefined without `gate.metrics`. */
export async function labelOfMetrics(tools: Tools, { metrics }: FilesPolicy): Promise<string | undefined> {
  if (metrics === undefined) return undefined;
  const { value, isWhole } = metricsLabel(await metricsOf(tools, metrics));
  if (!isWhole)
    tools.log.warning(
      `${metrics.file} holds more than ${LARGEST_LABEL / 1024} KiB of metrics: the image's label ${METRICS_LABEL} has their digest only, and the next release is not compared with them.`,
    );
  return value;
}

async function metricsOf(tools: Tools, { file }: MetricsPolicy): Promise<Metrics> {
  return readMetrics(file, await textOf(tools, file, 'gate.metrics.file'));
}

function textOf(tools: Tools, path: string, input: string): Promise<string | undefined> {
  return readInside({ workspace: folders(tools).workspace, path, input }, false);
}

function keptInWords(findings: readonly GateFinding[]): string {
  const passed = findings.filter(({ kind }) => kind === 'passed').length;
  return passed === 0 ? 'no limit is set' : `${plural(passed, 'limit')} kept`;
}

/** What is known where only files were looked at. */
export function gateOfFiles(findings: readonly GateFinding[]): GateResult {
  const unknown = { live: undefined, candidate: undefined };
  return {
    where: 'runner',
    asked: 0,
    comparison: undefined,
    notCompared: 'nothing was asked yet',
    latencyMs: unknown,
    coldStartMs: unknown,
    usedMb: unknown,
    memoryMb: unknown,
    imageBytes: unknown,
    costPer1000: unknown,
    findings,
  };
}

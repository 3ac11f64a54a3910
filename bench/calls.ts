/**
 * Calls to AWS per action, as the local AWS counts them, each wait ending at its first poll.
 *
 * - `release`: what the release itself needs, reads and writes.
 * - `samples`: invocations: the model's own samples, and one more through the alias.
 * - `api`: API Gateway.
 * - `way_back`, `noted`: what a deploy looks up beside itself, while nothing waits for it: whether the version before can be
 *   returned to, and the history for the summary.
 */
import type { RecordedCall } from '../local/calls.ts';
import { seedHttpApi, seedRestApi } from '../local/aws/api-seeds.ts';
import { commit, createWorld, FIRST, IRIS, type World } from '../__tests__/harness/world.ts';

export interface CallCount {
  readonly release: number;
  readonly samples: number;
  readonly api: number;
  readonly way_back: number;
  readonly noted: number;
  readonly writes: number;
  readonly total: number;
}

type Kind = 'release' | 'samples' | 'api' | 'way_back' | 'noted';

/** Calls of AWS's own APIs; a blob's download and a request to an API's URL are none. */
const AWS_SERVICES = new Set<string>(['lambda', 'ecr', 'apigateway', 'apigatewayv2']);

export function countCalls(calls: readonly RecordedCall[]): CallCount {
  const own = calls.filter((call) => isAws(call));
  const kinds = own.map((call, index) => kindOf(call, own.slice(0, index)));
  const count = (kind: Kind) => kinds.filter((found) => found === kind).length;
  return {
    release: count('release'),
    samples: count('samples'),
    api: count('api'),
    way_back: count('way_back'),
    noted: count('noted'),
    writes: own.filter((call) => call.isWrite && call.operation !== 'Invoke').length,
    total: own.length,
  };
}

function isAws(call: RecordedCall): boolean {
  return AWS_SERVICES.has(call.service);
}

const ASIDE: Readonly<Record<string, Kind>> = {
  GetLifecyclePolicy: 'way_back',
  DescribeImages: 'way_back',
  ListVersionsByFunction: 'noted',
  GetProvisionedConcurrencyConfig: 'noted',
};

function kindOf(call: RecordedCall, before: readonly RecordedCall[]): Kind {
  if (call.service.startsWith('apigateway')) return 'api';
  if (call.operation === 'Invoke') return 'samples';
  // The second look at ECR in a deploy is for the previous version's image.
  const isSecondLook = before.some((earlier) => earlier.operation === 'BatchGetImage');
  if (call.operation === 'BatchGetImage' && isSecondLook) return 'way_back';
  return ASIDE[call.operation] ?? 'release';
}

/** A world with one release live, behind an API where one is asked for; `inputs` reach it. */
export async function steadyWorld(
  api: 'none' | 'REST' | 'HTTP',
  latencyMs = 0,
): Promise<{ world: World; inputs: Record<string, string> }> {
  const world = createWorld();
  world.image(commit(1));
  await world.deploy(FIRST, { commit: commit(1) });
  const inputs: Record<string, string> = { ...IRIS, ...connected(world, api) };
  world.image(commit(2));
  await world.deploy(inputs, { commit: commit(2) });
  world.aws.latencyMs = latencyMs;
  return { world, inputs };
}

function connected(world: World, api: 'none' | 'REST' | 'HTTP'): Record<string, string> {
  if (api === 'none') return {};
  const target = { functionName: 'iris', alias: 'live' };
  const seeded = api === 'REST' ? seedRestApi(world.aws, target) : seedHttpApi(world.aws, target);
  return { [api === 'REST' ? 'rest-api-id' : 'http-api-id']: seeded.id, 'api-stage': seeded.stage };
}

export interface Measured {
  readonly calls: CallCount;
  readonly virtualMs: number;
  readonly operations: readonly string[];
}

/** Runs one action and counts what it called. @throws Error when it did not end as expected. */
export async function measure(
  world: World,
  run: () => Promise<{ result: { outcome: string; error?: unknown } }>,
  expected: string,
): Promise<Measured> {
  const [from, started] = [world.aws.calls.length, world.aws.clock.now()];
  const { result } = await run();
  if (result.outcome !== expected)
    throw new Error(`expected ${expected}, got ${result.outcome}: ${JSON.stringify(result.error)}`);
  const calls = world.aws.calls.slice(from);
  return {
    calls: countCalls(calls),
    virtualMs: world.aws.clock.now() - started,
    operations: calls.map(({ operation }) => operation),
  };
}

/**
 * How long an action takes on the virtual clock with 50 ms a call, against the longest chain of calls that must follow each other:
 * a lower bound for any tool, also for one that works in parallel.
 */
import { commit, type RunOptions } from '../__tests__/harness/world.ts';
import { measure, steadyWorld } from './calls.ts';

export const LATENCY_MS = 50;

const SAMPLES = [1, 2, 3]
  .map((n) => `${JSON.stringify({ name: `sample ${n}`, input: { n }, expected: { ok: true } })}\n`)
  .join('');
export const FILES = { 'tests/samples.jsonl': SAMPLES };

/** Each call needs the answer of the one before it. */
export const DEPLOY_CHAIN = [
  'GetFunction', // with GetAlias and BatchGetImage beside it
  'GetDownloadUrlForLayer', // the manifest names the configuration
  'download', // its architecture and commit, before any write
  'UpdateFunctionCode',
  'GetFunction', // until the update is done
  'PublishVersion',
  'Invoke', // the first sample: it is refused until the version is Active
  'Invoke', // the other samples, together
  'UpdateAlias', // only after every answer
  'Invoke', // through the alias
] as const;

export const ROLLBACK_CHAIN = [
  'GetAlias', // names the version
  'GetFunction', // names its image
  'BatchGetImage',
  'UpdateAlias',
  'Invoke', // through the alias
] as const;

export interface Latency {
  readonly virtualMs: number;
  readonly chainMs: number;
  readonly ratio: number;
}

export async function deployLatency(): Promise<Latency> {
  const { world, inputs } = await steadyWorld('none', LATENCY_MS);
  const { uri } = world.image(commit(3));
  const options: RunOptions = { commit: commit(3), files: FILES };
  const { virtualMs } = await measure(
    world,
    () => world.deploy({ ...inputs, 'image-uri': uri }, options),
    'ok',
  );
  return against(virtualMs, DEPLOY_CHAIN);
}

export async function rollbackLatency(): Promise<Latency> {
  const { world, inputs } = await steadyWorld('none', LATENCY_MS);
  const run = () => world.rollback(inputs, { commit: commit(2), event: 'workflow_dispatch', files: FILES });
  const { virtualMs } = await measure(world, run, 'rolled-back');
  return against(virtualMs, ROLLBACK_CHAIN);
}

function against(virtualMs: number, chain: readonly string[]): Latency {
  const chainMs = chain.length * LATENCY_MS;
  return { virtualMs, chainMs, ratio: virtualMs / chainMs };
}

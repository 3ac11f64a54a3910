/** L4: random sequences of twenty operations on one alias, by us, by people, by Terraform and by time. */
import type { AwsState } from '../../local/aws/state.ts';
import { commit, FIRST, IRIS } from '../harness/world.ts';
import { open, run, type CrashWorld, type RunSpec } from './crash-world.ts';
import { at, faults } from './faults.ts';
import { check, type Violation } from './invariants.ts';
import { Findings, type LevelOptions, type LevelResult } from './level.ts';
import { ALIAS, FUNCTION } from './observer.ts';
import type { History } from './history.ts';
import { afterContinuation, atRest, rollbackLeadsTo } from './outcomes.ts';
import { hashOf, Random } from './random.ts';
import {
  COMMITS,
  consoleEdit,
  deployRun,
  leaveCanary,
  rollbackRun,
  startState,
  terraformApply,
} from './starts.ts';

const OPERATIONS = 20;
const SEQUENCES = 10_000;
const LONG = 100_000;

/** One sequence on its way. */
interface Walk {
  readonly world: CrashWorld;
  readonly random: Random;
  readonly trace: string[];
  readonly violations: Violation[];
  readonly pastDeploys: RunSpec[];
  nextRun: number;
}

type Operation = (walk: Walk) => Promise<void> | void;

/** How often each happens, out of the sum. */
const operations: readonly { readonly name: string; readonly weight: number; readonly does: Operation }[] = [
  { name: 'newer deploy', weight: 6, does: (walk) => act(walk, newDeploy(walk)) },
  { name: 'an older run again', weight: 2, does: (walk) => again(walk) },
  { name: 'rollback', weight: 4, does: (walk) => act(walk, rollbackRun(nameOf(walk), (walk.nextRun += 1))) },
  { name: 'companion rollback', weight: 1, does: (walk) => companion(walk) },
  { name: 'rollback to a version', weight: 1, does: (walk) => toVersion(walk) },
  {
    name: 'dead canary',
    weight: 2,
    does: (walk) => leaveCanary(walk.world, walk.random.below(COMMITS) + 1, (walk.nextRun += 1)),
  },
  {
    name: 'console edit',
    weight: 1,
    does: (walk) => withVersion(walk, (version) => consoleEdit(walk.world, version)),
  },
  {
    name: 'terraform apply',
    weight: 1,
    does: (walk) => withVersion(walk, (version) => terraformApply(walk.world, version)),
  },
  { name: 'image expired', weight: 1, does: ({ world, random }) => expireImage(world.aws.state, random) },
  {
    name: 'image pushed again',
    weight: 1,
    does: ({ world, random }) => void world.world.image(commit(random.below(COMMITS) + 1)),
  },
  { name: 'version deleted', weight: 1, does: ({ world, random }) => deleteVersion(world.aws.state, random) },
];

export async function sequences(options: LevelOptions): Promise<LevelResult> {
  const findings = new Findings('L4');
  const count = Math.ceil((options.long ? LONG : SEQUENCES) * options.share);
  for (let index = options.part.index; index < count; index += options.part.of) {
    const name = `sequence ${index}`;
    if (options.only !== undefined && options.only !== name) continue;
    if (options.firstOnly && findings.broken.length > 0) break;
    const walk = await oneSequence(options, name);
    findings.runs += 1;
    findings.count('operations', OPERATIONS);
    findings.add(name, walk);
  }
  return findings.result;
}

async function oneSequence({ seed, guards }: LevelOptions, name: string): Promise<Walk> {
  const random = new Random(hashOf(`${seed}/${name}`));
  const start = random.chance(0.2) ? 'first deploy ever' : 'steady';
  const from = await startState({ start, api: 'no API', slow: random.chance(0.2) });
  const world = open(from, random, guards);
  const walk: Walk = { world, random, trace: [], violations: world.broken, pastDeploys: [], nextRun: 2000 };
  const sum = operations.reduce((total, { weight }) => total + weight, 0);
  for (let step = 0; step < OPERATIONS && walk.violations.length === 0; step += 1) {
    let left = random.below(sum);
    const operation = operations.find(({ weight }) => (left -= weight) < 0);
    walk.trace.push(`${step + 1}. ${operation?.name ?? ''}`);
    await operation?.does(walk);
    const { alias } = world.history;
    walk.trace.push(
      `   alias: ${alias === undefined ? 'none' : `${alias.version} ${JSON.stringify(alias.weights)} ${alias.description}`}`,
    );
  }
  return walk;
}

function nameOf(walk: Walk): string {
  return `run-${walk.nextRun + 1}`;
}

function newDeploy(walk: Walk): RunSpec {
  const spec = deployRun(nameOf(walk), (walk.nextRun += 1), walk.random.below(COMMITS) + 1);
  const changed = walk.random.chance(0.15) ? { 'memory-size': String(256 * (1 + walk.random.below(4))) } : {};
  const whole = {
    ...spec,
    inputs: { ...(walk.world.history.alias === undefined ? FIRST : IRIS), ...changed },
  };
  walk.pastDeploys.push(whole);
  return whole;
}

async function again(walk: Walk): Promise<void> {
  const [first, ...rest] = walk.pastDeploys;
  if (first === undefined) return;
  const past = walk.random.pick([first, ...rest]);
  const attempt =
    Object.values(walk.world.history.runs).filter(({ runId }) => runId === past.runId).length + 1;
  await act(walk, { ...past, name: `run-${past.runId}.${attempt}`, attempt });
}

async function companion(walk: Walk): Promise<void> {
  const last = walk.pastDeploys.at(-1);
  if (last === undefined) return;
  const attempt =
    Object.values(walk.world.history.runs).filter(({ runId }) => runId === last.runId).length + 1;
  await act(walk, {
    ...rollbackRun(`companion-${last.runId}.${attempt}`, last.runId),
    attempt,
    event: 'push',
  });
}

async function toVersion(walk: Walk): Promise<void> {
  const version = anyVersion(walk);
  if (version === undefined) return;
  await act(walk, rollbackRun(nameOf(walk), (walk.nextRun += 1), { to: 'version', version }));
}

function anyVersion({ world, random }: Walk): string | undefined {
  const [first, ...rest] = Object.keys(world.aws.state.functions[FUNCTION]?.versions ?? {});
  return first === undefined ? undefined : random.pick([first, ...rest]);
}

function withVersion(walk: Walk, edit: (version: string) => void): void {
  const version = anyVersion(walk);
  if (version !== undefined) edit(version);
}

function expireImage(state: AwsState, random: Random): void {
  const repository = state.repositories[FUNCTION];
  const [first, ...rest] = Object.keys(repository?.tags ?? {});
  if (repository === undefined || first === undefined) return;
  const tag = random.pick([first, ...rest]);
  const digest = repository.tags[tag] ?? '';
  delete repository.tags[tag];
  delete repository.images[digest];
}

/** Lambda refuses to delete a version that an alias names. */
function deleteVersion(state: AwsState, random: Random): void {
  const fn = state.functions[FUNCTION];
  if (fn === undefined) return;
  const alias = fn.aliases[ALIAS];
  const named = [alias?.functionVersion, ...Object.keys(alias?.weights ?? {})];
  const [first, ...rest] = Object.keys(fn.versions).filter((version) => !named.includes(version));
  if (first !== undefined) delete fn.versions[random.pick([first, ...rest])];
}

/** How often something goes wrong with a call of a run. */
const FAULTS = 0.4;
const CALLS = 16;

async function act(walk: Walk, spec: RunSpec): Promise<void> {
  const { world, random } = walk;
  const { aws, history } = world;
  const before = structuredClone(history);
  const stateBefore = structuredClone(aws.state);
  const firstCall = aws.calls.length;
  const fault = random.chance(FAULTS) ? random.pick([...faults] as [(typeof faults)[number]]) : undefined;
  const place = firstCall + 1 + random.below(CALLS);
  aws.faults.clear();
  const appliedBefore = aws.faults.applied.length;
  if (fault !== undefined) aws.faults.add(at(place, fault));
  const ended = await run(world, spec);
  const faulted = aws.faults.applied.length > appliedBefore;
  const calls = aws.calls.slice(firstCall);
  const end =
    ended.kind === 'crashed'
      ? 'crashed'
      : `${ended.result.outcome} ${ended.result.error?.code ?? ended.result.why}`;
  walk.trace.push(
    `   ${spec.name} ${spec.action} ${JSON.stringify(spec.inputs)} run ${spec.runId}.${spec.attempt} commit ${spec.commit.slice(0, 4)}: ${end}`,
    ...(faulted ? [`   ${fault?.name} at ${aws.calls[place - 1]?.operation}`] : []),
  );
  const rest = { world, spec, ended, before, calls, faulted };
  walk.violations.push(...check(atRest, rest));
  const plain =
    !faulted && (spec.inputs['to'] ?? 'previous') === 'previous' && spec.event === 'workflow_dispatch';
  if (plain && spec.action === 'rollback' && wayIsThere(before, stateBefore))
    walk.violations.push(
      ...check(afterContinuation, { ...rest, kind: 'rollback', stateBefore, refusedAnyway: undefined }),
    );
}

/** Where the previous version or its image is gone, an honest no is right: that is no matter of the oracle. */
function wayIsThere(history: History, state: AwsState): boolean {
  const leadsTo = rollbackLeadsTo(history, state);
  if (typeof leadsTo === 'string') return true;
  const digest = state.functions[FUNCTION]?.versions[leadsTo.version]?.code.digest;
  return digest !== undefined && state.repositories[FUNCTION]?.images[digest] !== undefined;
}

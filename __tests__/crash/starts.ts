/** Where a run may find things: each state is made by real releases, and by whoever broke it. */
import { seedHttpApi, seedRestApi } from '../../local/aws/api-seeds.ts';
import { nextRevisionId } from '../../local/aws/state.ts';
import type { LocalAws } from '../../local/aws/aws.ts';
import { parseRecord, renderRecord, type ReleaseRecord } from '../../src/release/record/record.ts';
import { commit, FIRST, IRIS } from '../harness/world.ts';
import { open, run, snapshot, type CrashWorld, type RunSpec, type Snapshot } from './crash-world.ts';
import { ALIAS, byHand, FUNCTION } from './observer.ts';
import { hashOf, Random } from './random.ts';

export type StartName =
  'steady' | 'first deploy ever' | 'dead canary' | 'drifted record' | 'just rolled back';
/** `REST repair`: its integration calls the function without the alias, and nothing permits the alias. */
export type Api = 'no API' | 'REST' | 'HTTP' | 'REST repair';

export interface Setting {
  readonly start: StartName;
  readonly api: Api;
  /** Updates and publications take their time, as on AWS, so that runs poll. */
  readonly slow: boolean;
}

/** Commits 1, 2, 3 were released as versions 1, 2, 3; the flows under trial release 4, whoever comes later 5; 6 is the dead canary. */
export const COMMITS = 9;
export const LIVE = 3;
export const TRIAL = 4;
export const LATER = 5;
export const CANARY = 6;

/** Run ids: those of the start grow from 1001. */
export const LAST_RUN_OF_START = 1003;

const makers: Readonly<Record<StartName, (world: CrashWorld, api: Record<string, string>) => Promise<void>>> =
  {
    steady: released,
    'first deploy ever': () => Promise.resolve(),
    'dead canary': async (world, api) => {
      await released(world, api);
      await leaveCanary(world, CANARY);
    },
    'drifted record': async (world, api) => {
      await released(world, api);
      consoleEdit(world, '1');
    },
    'just rolled back': async (world, api) => {
      await released(world, api);
      await must(world, rollbackRun('start-4', 1004, api));
    },
  };

export const startNames = Object.keys(makers) as readonly StartName[];

const made = new Map<string, Promise<Snapshot>>();

/** The state to start from, made once. */
export function startState(setting: Setting): Promise<Snapshot> {
  const name = JSON.stringify(setting);
  const known = made.get(name) ?? make(setting, name);
  made.set(name, known);
  return known;
}

async function make({ start, api, slow }: Setting, name: string): Promise<Snapshot> {
  const world = open(undefined, new Random(hashOf(name)));
  for (let n = 1; n <= COMMITS; n += 1) world.world.image(commit(n), { program: answer });
  if (start !== 'first deploy ever') await must(world, { ...deployRun('start-1', 1001, 1), inputs: FIRST });
  await makers[start](world, start === 'first deploy ever' ? {} : addApi(world.aws, api));
  if (slow) Object.assign(world.aws.state.settings, { updateMs: 2000, publishMs: 3000 });
  if (world.broken.length > 0) throw new Error(`start ${name}: ${JSON.stringify(world.broken)}`);
  return snapshot(world);
}

/** What every image answers, asked directly or through an API. */
function answer(event: unknown): unknown {
  const asked = (event ?? {}) as { httpMethod?: unknown; requestContext?: unknown };
  const throughApi = asked.httpMethod !== undefined || asked.requestContext !== undefined;
  return throughApi ? { statusCode: 200, body: JSON.stringify({ ok: true }) } : { ok: true };
}

/** The inputs that name the API; a first deploy has none to name. */
function addApi(aws: LocalAws, api: Api): Record<string, string> {
  const options = { functionName: FUNCTION, alias: ALIAS };
  switch (api) {
    case 'no API':
      return {};
    case 'REST':
      return { 'rest-api-id': seedRestApi(aws, options).id, 'api-stage': 'prod' };
    case 'HTTP':
      return { 'http-api-id': seedHttpApi(aws, options).id };
    case 'REST repair':
      seedRestApi(aws, { ...options, qualifier: '', permission: false });
      return {};
  }
}

/** The same inputs for runs that come later, read from the state. */
export function apiInputs({ state }: Pick<Snapshot, 'state'>, api: Api): Record<string, string> {
  const [rest] = Object.keys(state.restApis);
  const [http] = Object.keys(state.httpApis);
  const repair: Record<string, string> = api === 'REST repair' ? { 'api-repair': 'true' } : {};
  if (rest !== undefined) return { 'rest-api-id': rest, 'api-stage': 'prod', ...repair };
  return http === undefined ? {} : { 'http-api-id': http };
}

async function released(world: CrashWorld, api: Record<string, string>): Promise<void> {
  for (const n of [2, LIVE]) {
    const spec = deployRun(`start-${n}`, 1000 + n, n);
    await must(world, { ...spec, inputs: { ...spec.inputs, ...api } });
  }
}

async function must(world: CrashWorld, spec: RunSpec): Promise<void> {
  const ended = await run(world, spec);
  if (ended.kind === 'finished' && ended.result.error === undefined) return;
  throw new Error(
    `${spec.name} failed: ${ended.kind === 'finished' ? ended.result.error?.message : ended.kind}`,
  );
}

export function deployRun(name: string, runId: number, of: number): RunSpec {
  return { name, action: 'deploy', inputs: IRIS, runId, attempt: 1, commit: commit(of), event: 'push' };
}

export function rollbackRun(name: string, runId: number, more: Record<string, string> = {}): RunSpec {
  const inputs = { ...IRIS, ...more };
  return {
    name,
    action: 'rollback',
    inputs,
    runId,
    attempt: 1,
    commit: commit(LIVE),
    event: 'workflow_dispatch',
  };
}

/** A canary whose run is gone: a published, tried version at 10 %, and its record. */
export async function leaveCanary(world: CrashWorld, of: number, runId = 1005): Promise<void> {
  const { aws, history, world: runs } = world;
  const fn = aws.state.functions[FUNCTION];
  const alias = fn?.aliases[ALIAS];
  const parsed = parseRecord(alias?.description ?? '');
  if (fn === undefined || alias === undefined || parsed.kind !== 'record') return;
  // Nobody starts a canary on an alias that does not do what its record says.
  if (parsed.record.live !== alias.functionVersion || alias.weights !== undefined) return;
  const { digest, uri } = runs.image(commit(of), { program: answer });
  const version = String(fn.nextVersion);
  const before = fn.versions[alias.functionVersion] ?? fn.latest;
  fn.versions[version] = {
    ...structuredClone(before),
    version,
    description: `mr1;d=${digest};c=${commit(of)};base=${alias.functionVersion};run=${runId}.1`,
    code: { imageUri: uri, resolvedImageUri: uri, repository: FUNCTION, digest },
    revisionId: nextRevisionId(aws.state),
  };
  fn.nextVersion += 1;
  fn.changedSincePublish = true;
  history.smoked.push(version);
  const record: ReleaseRecord = {
    ...parsed.record,
    live: alias.functionVersion,
    state: 'canary',
    candidate: version,
    op: `${runId}.1.c0de`,
    seq: BigInt(runId),
  };
  history.runs['dead-canary'] = {
    name: 'dead-canary',
    action: 'deploy',
    runId,
    attempt: 1,
    force: false,
    to: '',
  };
  byHand({ aws, history }, 'dead-canary', () => {
    alias.description = renderRecord(record);
    alias.weights = { [version]: 0.1 };
    alias.revisionId = nextRevisionId(aws.state);
  });
}

/** Somebody points the alias elsewhere in the console; the Description stays. */
export function consoleEdit({ aws, history }: CrashWorld, version: string): void {
  const alias = aws.state.functions[FUNCTION]?.aliases[ALIAS];
  if (alias === undefined) return;
  byHand({ aws, history }, 'console', () => {
    alias.functionVersion = version;
    delete alias.weights;
    alias.revisionId = nextRevisionId(aws.state);
  });
}

/** `terraform apply` of an alias resource: no RevisionId, Description "", weights {}. */
export function terraformApply({ aws, history }: CrashWorld, version: string): void {
  const alias = aws.state.functions[FUNCTION]?.aliases[ALIAS];
  if (alias === undefined) return;
  byHand({ aws, history }, 'terraform', () => {
    alias.functionVersion = version;
    alias.description = '';
    delete alias.weights;
    alias.revisionId = nextRevisionId(aws.state);
  });
}

/** The flows under trial: a new one is a line here, and every level runs it. */
import { commit, FIRST, IRIS } from '../harness/world.ts';
import type { AwsState } from '../../local/aws/state.ts';
import type { RunSpec, Snapshot } from './crash-world.ts';
import { FUNCTION } from './observer.ts';
import {
  apiInputs,
  deployRun,
  LATER,
  LAST_RUN_OF_START,
  LIVE,
  rollbackRun,
  TRIAL,
  type Api,
  type Setting,
} from './starts.ts';

export interface Flow {
  readonly name: string;
  readonly action: 'deploy' | 'rollback';
  readonly api: Api;
  readonly slow?: true;
  /** L2 takes it: every pair of faults on its writing calls. */
  readonly pairs?: true;
  /** More inputs, where they depend on the state too. */
  readonly inputs?: (state: AwsState) => Readonly<Record<string, string>>;
  readonly commit?: string;
  /** Default: a run of its own, newer than all before it. */
  readonly runId?: number;
  readonly event?: string;
  /** What else is true before it. */
  readonly given?: (state: AwsState) => void;
}

const byImageUri = (state: AwsState) => ({ 'image-uri': uriOf(state, TRIAL) });
const gate = () => ({
  gate: JSON.stringify({
    'cold-starts': 2,
    'latency-p95-ms': 900_000,
    load: { requests: 4, concurrency: 2 },
  }),
});
const configuration = () => ({ 'memory-size': '1024', 'environment-variables': 'MODEL=4' });

export const flows: readonly Flow[] = [
  { name: 'deploy', action: 'deploy', api: 'no API', pairs: true },
  { name: 'deploy to a REST API', action: 'deploy', api: 'REST', pairs: true },
  { name: 'deploy to an HTTP API', action: 'deploy', api: 'HTTP' },
  { name: 'deploy an image-uri', action: 'deploy', api: 'no API', inputs: byImageUri },
  { name: 'deploy an image-uri to an HTTP API', action: 'deploy', api: 'HTTP', inputs: byImageUri },
  { name: 'deploy with cold starts, a comparison and a load', action: 'deploy', api: 'no API', inputs: gate },
  { name: 'deploy a configuration', action: 'deploy', api: 'no API', inputs: configuration },
  {
    name: 'deploy a configuration to a REST API, slowly',
    action: 'deploy',
    api: 'REST',
    slow: true,
    inputs: configuration,
  },
  { name: 'deploy and repair a REST API', action: 'deploy', api: 'REST repair' },
  { name: 'deploy what is live', action: 'deploy', api: 'REST', commit: commit(LIVE) },
  { name: 'rollback', action: 'rollback', api: 'no API' },
  { name: 'rollback with a REST API', action: 'rollback', api: 'REST', pairs: true },
  { name: 'rollback with an HTTP API', action: 'rollback', api: 'HTTP' },
  {
    name: "rollback as the deploy's companion",
    action: 'rollback',
    api: 'REST',
    runId: LAST_RUN_OF_START,
    event: 'push',
  },
  {
    name: 'rollback to a version',
    action: 'rollback',
    api: 'HTTP',
    inputs: () => ({ to: 'version', version: '1' }),
  },
  {
    name: 'rollback to a digest',
    action: 'rollback',
    api: 'no API',
    inputs: (state) => ({ to: 'digest', digest: digestOf(state, 1) }),
  },
  {
    name: 'rollback to a commit',
    action: 'rollback',
    api: 'REST',
    inputs: () => ({ to: 'commit', 'to-commit': commit(1) }),
  },
  { name: 'rollback to a deleted version', action: 'rollback', api: 'no API', given: deletePrevious },
  { name: 'rollback to an idle version', action: 'rollback', api: 'REST', slow: true, given: idlePrevious },
];

/** Run ids: the flow under trial, and those that follow it. */
const TRIAL_RUN = 2000;
const FOLLOWING_RUN = 3000;

export function settingOf({ api, slow }: Flow, start: Setting['start']): Setting {
  return { start, api, slow: slow ?? false };
}

/** The flow as a run from this state. */
export function trialRun(flow: Flow, from: Snapshot, start: Setting['start']): RunSpec {
  const { state } = from;
  const basis =
    flow.action === 'deploy' ? deployRun('trial', TRIAL_RUN, TRIAL) : rollbackRun('trial', TRIAL_RUN);
  return {
    ...basis,
    runId: flow.runId ?? TRIAL_RUN,
    commit: flow.commit ?? basis.commit,
    event: flow.event ?? basis.event,
    inputs: {
      ...(flow.action === 'deploy' && start === 'first deploy ever' ? FIRST : IRIS),
      ...apiInputs(from, flow.api),
      ...flow.inputs?.(state),
    },
  };
}

export const continuations = ['re-run', 'rollback', 'newer deploy'] as const;
export type ContinuationKind = (typeof continuations)[number];

/** What follows a run that failed or was lost; `round` 2 is what follows that. */
export function following(kind: ContinuationKind, ground: Following, round = 1): RunSpec {
  const { flow, spec, from } = ground;
  const api = apiInputs(from, flow.api);
  const name = `${kind} ${round}`;
  const runId = FOLLOWING_RUN * round;
  switch (kind) {
    case 're-run':
      return { ...spec, name, attempt: spec.attempt + round };
    case 'rollback':
      return rollbackRun(name, runId, api);
    case 'newer deploy': {
      const inputs = { ...(from.history.alias === undefined ? FIRST : IRIS), ...api };
      return { ...deployRun(name, runId, LATER), inputs };
    }
  }
}

interface Following {
  readonly flow: Flow;
  readonly spec: RunSpec;
  readonly from: Snapshot;
}

function digestOf(state: AwsState, of: number): string {
  return state.repositories[FUNCTION]?.tags[commit(of)] ?? '';
}

function uriOf(state: AwsState, of: number): string {
  return `${state.repositories[FUNCTION]?.uri ?? ''}@${digestOf(state, of)}`;
}

/** Version 2 serves before the live version 3 in every start. */
function deletePrevious(state: AwsState): void {
  const fn = state.functions[FUNCTION];
  const alias = fn?.aliases['live'];
  if (fn !== undefined && alias?.functionVersion !== '2') delete fn.versions['2'];
}

function idlePrevious(state: AwsState): void {
  const version = state.functions[FUNCTION]?.versions['2'];
  if (version !== undefined && state.functions[FUNCTION]?.aliases['live']?.functionVersion !== '2')
    version.state = 'Inactive';
}

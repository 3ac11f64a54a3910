import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import type { Sample } from '../checks/samples.ts';
import type { DeployTarget } from './plan/target.ts';
import type { ReleaseRecord } from './record/record.ts';
import type { ReleaseName } from '../report/story.ts';
import type { Observation } from './observe.ts';
import type { Alias, FunctionVersion } from '../types.ts';

/** A version that answered its samples and gets no traffic yet. */
export interface Candidate {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly seen: Observation;
  readonly version: FunctionVersion;
  readonly release: ReleaseName;
  readonly samples: readonly Sample[];
  /** What was read of the API is old by now: a build came between. */
  readonly readAgain: boolean;
}

/** A candidate that is live, with what is needed to take it back. */
export interface Live {
  readonly candidate: Candidate;
  readonly alias: Alias;
  readonly home: WayHome;
}

/** Where a release came from, as its record says it: what served when it was written, and not when its run began. */
export function before({ previous, previousCommit }: ReleaseRecord): ReleaseName | undefined {
  if (previous === undefined) return undefined;
  return { version: previous, digest: undefined, commit: previousCommit };
}

/** Where an alias that this run moved came from. */
export interface WayHome {
  readonly target: DeployTarget;
  /** As the run's own switch left it. */
  readonly alias: Alias;
  /** Undefined when this was the first release. */
  readonly to: ReleaseName | undefined;
}

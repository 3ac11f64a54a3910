/** What one run found, decided and did: the raw material of outputs and summary, filled in as it happens. */
import type { Commit, Digest, Outcome, RunIdentity, VersionNumber } from '../types.ts';
import type { PlannedStep } from '../release/plan/deploy.ts';

/** A release as a person names it. */
export interface ReleaseName {
  readonly version: VersionNumber;
  readonly digest: Digest | undefined;
  readonly commit: Commit | undefined;
}

export interface StageTiming {
  readonly name: string;
  readonly durationMs: number;
  /** One clause: what came out, or why it failed. */
  readonly result: string;
  readonly ok: boolean;
}

export interface TestLine {
  readonly name: string;
  readonly status: string;
  readonly passed?: number | undefined;
  readonly failed?: number | undefined;
  readonly skipped?: number | undefined;
  /** Failing tests by name, at most twenty; a reason where the output gives one. */
  readonly failures?: readonly { readonly name: string; readonly reason: string | undefined }[];
  readonly durationMs: number;
}

export interface SampleLine {
  readonly name: string;
  readonly mismatch: string | undefined;
  readonly durationMs: number;
}

export interface HistoryLine extends ReleaseName {
  readonly when: string;
  readonly note: '' | 'live' | 'previous' | 'rolled back' | 'cannot be returned to';
}

/** What a rollback was asked for, as the workflow's inputs say it. */
export interface Asked {
  readonly to: string;
  readonly force: boolean;
}

/** Where one step back (`to: previous`) leads from what is live, as far as the alias tells. */
export type StepBack =
  | { readonly kind: 'to'; readonly release: ReleaseName }
  /** A canary is under way: it ends, and the stable release keeps all traffic. */
  | { readonly kind: 'ends-canary'; readonly stable: ReleaseName }
  /** A rollback led here. */
  | { readonly kind: 'returned' }
  /** This is the first release. */
  | { readonly kind: 'nothing' }
  /** There is no record, or none to be believed. */
  | { readonly kind: 'unrecorded' };

export interface Story {
  readonly action: 'deploy' | 'rollback';
  /** Its name in the configuration file; undefined where that lists no services. */
  readonly service: string | undefined;
  readonly functionName: string;
  readonly aliasName: string;
  readonly run: RunIdentity | undefined;
  readonly dryRun: boolean;
  /** The GitHub environment, where one is given. */
  readonly environment?: string | undefined;
  outcome: Outcome;
  /** One clause on the outcome: why nothing was to do, whom it yielded to. */
  why: string;
  /** Whether this run changed what is live. */
  changed: boolean;
  /** Undefined for a deploy. */
  asked: Asked | undefined;
  plan: readonly PlannedStep[];
  /** What was live when the run began, and what has been since it wrote, or saw that somebody else did. */
  before: ReleaseName | undefined;
  after: ReleaseName | undefined;
  /** A write of the alias is under way, or its answer was lost: nobody knows what is live. */
  undecided: boolean;
  /** Undefined where there is no alias, or where it is not known what is live. */
  stepBack: StepBack | undefined;
  imageUri: string | undefined;
  apiUrl: string | undefined;
  apiVerdict: string | undefined;
  tests: readonly TestLine[];
  samples: readonly SampleLine[];
  wayBack: string | undefined;
  history: readonly HistoryLine[];
  readonly stages: StageTiming[];
  readonly warnings: string[];
  /** The record, once a write was tried: as it stands on the alias. */
  record: string | undefined;
  error: { readonly code: string; readonly message: string } | undefined;
}

/** What is live at the end; undefined where there is nothing, or where it is not known. */
export function liveAtEnd({ before, after, undecided }: Story): ReleaseName | undefined {
  return undecided ? undefined : (after ?? before);
}

export function newStory(
  action: Story['action'],
  target: Pick<Story, 'service' | 'functionName' | 'aliasName' | 'run' | 'dryRun' | 'environment'>,
): Story {
  return {
    action,
    ...target,
    // Until the alias moves, whatever stops the run leaves it a failure that changed nothing.
    outcome: 'failed',
    why: '',
    changed: false,
    asked: undefined,
    plan: [],
    before: undefined,
    after: undefined,
    undecided: false,
    stepBack: undefined,
    imageUri: undefined,
    apiUrl: undefined,
    apiVerdict: undefined,
    tests: [],
    samples: [],
    wayBack: undefined,
    history: [],
    stages: [],
    warnings: [],
    record: undefined,
    error: undefined,
  };
}

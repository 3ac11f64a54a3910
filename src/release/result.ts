/** What one run came to for one service: a value that is made once, at the end, and that outputs and summary are functions of. */
import type { GateResult, ImageTrial } from '../checks/gate/trial.ts';
import { explain, type Failure } from '../run/explain.ts';
import type { Written } from '../clients/writes.ts';
import type { PlanStep } from '../run/plan.ts';
import type { StepTiming } from '../run/session.ts';
import type { Outcome, ReleaseName, RunIdentity } from '../types.ts';
import type { ReleaseService } from './tools.ts';

export interface TestLine {
  readonly name: string;
  readonly status: string;
  readonly passed?: number | undefined;
  readonly failed?: number | undefined;
  readonly skipped?: number | undefined;
  /** Failing tests by name, at most twenty; a reason where the output gives one. */
  readonly failures?: readonly { readonly name: string; readonly reason: string | undefined }[];
  /** The last lines of output, fit to print. */
  readonly tail?: readonly string[];
  readonly durationMs: number;
}

export interface SampleLine {
  readonly name: string;
  readonly mismatch: string | undefined;
  /** In the samples file, counted from 1. */
  readonly line?: number;
  /** `answered`: the sample expects nothing. The others where an answer differs from what was expected. */
  readonly verdict?: {
    readonly kind: string;
    readonly field?: string;
    readonly expected?: string;
    readonly tolerance?: string;
    readonly got?: string;
  };
  readonly durationMs: number;
}

export interface HistoryLine extends ReleaseName {
  readonly when: string;
  readonly note: '' | 'live' | 'previous' | 'rolled back' | 'no rollback target' | 'never served';
}

/** The target of a rollback, as the workflow's inputs give it. */
export interface Asked {
  readonly to: string;
  readonly force: boolean;
}

/** The rollback target of `to: previous` from what is live, as far as the alias says. */
export type StepBack =
  | { readonly kind: 'to'; readonly release: ReleaseName }
  /** A canary is under way: it ends, and the stable release keeps all traffic. */
  | { readonly kind: 'ends-canary'; readonly stable: ReleaseName }
  /** A rollback led here. */
  | { readonly kind: 'returned' }
  /** This is the first release. */
  | { readonly kind: 'nothing' }
  /** There is no record, or it does not agree with the alias. */
  | { readonly kind: 'unrecorded' };

/** What a function logged at the first sample at which it failed, without values of its environment. */
interface FunctionLog {
  readonly sample: string;
  readonly lines: readonly string[];
}

/** What a run learned of one service on its way. Each phase returns what it learned, also when it fails. */
export interface Facts {
  /** What was live when the run began. */
  readonly before?: ReleaseName | undefined;
  /** What is live since the run wrote, or saw that somebody else did. */
  readonly after?: ReleaseName | undefined;
  /** A write of the alias was begun and its answer was lost: what is live is not known. */
  readonly undecided?: boolean;
  /** This run shifted the traffic to what is live. */
  readonly shifted?: boolean;
  /** Of the function, or of a version of it. */
  readonly functionArn?: string | undefined;
  /** Where the function logs; undefined for Lambda's default. */
  readonly logGroup?: string | undefined;
  /** The version that this run made, whether it went live or not. */
  readonly candidate?: ReleaseName | undefined;
  /** How its configuration differs from what was live, one line each. Values of variables are not in it. */
  readonly differences?: readonly string[];
  /** Of what was live and of the candidate, compressed, as ECR's manifests have it. Bytes. */
  readonly imageBytes?: { readonly before?: number | undefined; readonly now?: number | undefined };
  readonly functionLog?: FunctionLog | undefined;
  /** Undefined where there is no alias, or where it is not known what is live. */
  readonly stepBack?: StepBack | undefined;
  /** The record as it stands on the alias, once a write was tried. */
  readonly record?: string | undefined;
  /** Undefined for a deploy. */
  readonly asked?: Asked | undefined;
  readonly plan?: readonly PlanStep[];
  readonly imageUri?: string | undefined;
  readonly apiUrl?: string | undefined;
  readonly apiVerdict?: string | undefined;
  /** Why nothing can be told of the API, as one clause. */
  readonly apiNotChecked?: string | undefined;
  readonly tests?: readonly TestLine[];
  readonly samples?: readonly SampleLine[];
  /** What a plan left out, and why: a sentence each. */
  readonly leftOut?: readonly string[] | undefined;
  /** What the built image answered on this machine, or why it was not asked; undefined where nothing was built. */
  readonly imageTrial?: ImageTrial | undefined;
  /** What was measured before any traffic, whether it refused the release or not. */
  readonly gate?: GateResult | undefined;
  /** Whether a rollback could go to the previous release, in a sentence. */
  readonly rollbackTarget?: string | undefined;
  readonly history?: readonly HistoryLine[];
}

/** Facts with more of them. A fact that no result knows does not compile. */
export function also(facts: Facts, more: Facts): Facts {
  return { ...facts, ...more };
}

/** How a run ended for one service. */
export interface Ending {
  readonly outcome: Outcome;
  /** One clause on the outcome: why nothing was to do, to whom it yielded. */
  readonly why: string;
  readonly error?: Failure | undefined;
  readonly facts: Facts;
}

type Defaults = Required<Pick<Facts, 'undecided' | 'shifted' | 'plan' | 'tests' | 'samples' | 'history'>>;

export interface ReleaseResult extends Omit<Facts, keyof Defaults>, Defaults, Omit<Ending, 'facts'> {
  readonly action: 'deploy' | 'rollback';
  /** Its name in the configuration file; undefined where that lists no services. */
  readonly service: string | undefined;
  readonly functionName: string;
  readonly aliasName: string;
  readonly run: RunIdentity | undefined;
  readonly dryRun: boolean;
  /** The GitHub environment, where one is given. */
  readonly environment: string | undefined;
  readonly timings: readonly StepTiming[];
  /** What this run wrote of what serves callers, whether it put it back or not. */
  readonly written: readonly Written[];
  readonly changed: Changed;
  readonly warnings: readonly string[];
}

/** Whether anything of what serves callers was written; `unknown` where AWS's answers do not tell. */
export type Changed = boolean | 'unknown';

function changedBy(written: readonly Written[]): Changed {
  if (written.some(({ effect }) => effect === 'done')) return true;
  return written.length > 0 ? 'unknown' : false;
}

/** At least one. */
export type Results = readonly [ReleaseResult, ...ReleaseResult[]];

/** What of the inputs a result names. */
export interface NamedTarget {
  readonly functionName: string;
  readonly alias: string;
  readonly dryRun: boolean;
  readonly environment: string | undefined;
}

export function resultOf(
  action: ReleaseResult['action'],
  { name, inputs, session }: ReleaseService<NamedTarget>,
  ending: Ending,
): ReleaseResult {
  const written = session.written();
  return {
    ...NOTHING_KNOWN,
    action,
    service: name,
    functionName: inputs.functionName,
    aliasName: inputs.alias,
    run: session.run,
    dryRun: inputs.dryRun,
    environment: inputs.environment,
    ...ending.facts,
    outcome: ending.outcome,
    why: ending.why,
    error: ending.error,
    timings: session.timings(),
    written,
    changed: changedBy(written),
    warnings: session.warnings(),
  };
}

const NOTHING_KNOWN: Defaults = {
  undecided: false,
  shifted: false,
  plan: [],
  tests: [],
  samples: [],
  history: [],
};

/** The results of a run that broke off before or beside its services: a defect, or inputs that name no service. */
export function brokenResults(
  action: ReleaseResult['action'],
  error: Failure,
  services: readonly ReleaseService<NamedTarget>[],
): Results {
  const [first, ...more] = services;
  // What became of the services is not known where they had begun.
  if (first !== undefined)
    return [
      resultOf(action, first, { outcome: 'unknown', why: '', error, facts: {} }),
      ...more.map((service) => resultOf(action, service, { outcome: 'unknown', why: '', facts: {} })),
    ];
  return [
    {
      ...NOTHING_KNOWN,
      action,
      service: undefined,
      functionName: '',
      aliasName: '',
      run: undefined,
      dryRun: false,
      environment: undefined,
      outcome: 'failed',
      why: '',
      error,
      timings: [],
      written: [],
      changed: false,
      warnings: [],
    },
  ];
}

/** An ending that released nothing. */
export function failed(error: unknown, facts: Facts): Ending {
  return { outcome: 'failed', why: '', error: explain(error), facts };
}

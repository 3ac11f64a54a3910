/** The shapes of the lab, shared by its two doors. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SeededApi } from '../../local/aws/api-seeds.ts';
import type { LocalAws, LocalAwsOptions } from '../../local/aws/aws.ts';
import type { Program } from '../../local/aws/runtime.ts';
import type { SeededImage, SeedImageOptions } from '../../local/aws/seeds.ts';
import type { RecordedCall } from '../../local/calls.ts';
import type { LocalGitHub } from '../../local/github/github.ts';
import type { Settings } from '../../local/github/state.ts';

export type ActionName = 'deploy' | 'rollback' | 'attach' | 'pipeline';
/** As in `with:`; an empty text counts as absent. */
export type Inputs = Readonly<Record<string, string>>;
/** Path below the workspace → content. */
type Files = Readonly<Record<string, string | Uint8Array>>;

export interface LabOptions extends Pick<
  LocalAwsOptions,
  'region' | 'accountId' | 'settings' | 'latencyMs' | 'runtime'
> {
  /**
   * `bundle` (the default): each run is a process of the bundle that calls over HTTP, in real time.
   * `in-process`: each run is the action of `src/`; time is virtual, and no program may run.
   */
  readonly door?: 'bundle' | 'in-process';
  /** The folder with `deploy.js`, `rollback.js` and `attach.js`; default `dist` of this project. `pipeline` lies beside it. */
  readonly bundle?: string;
  /** The program that runs the bundle; default this Node. Only with `bundle`, and not for `pipeline`, which takes the Node of its PATH. */
  readonly node?: string;
  /** Real containers on a Docker Engine, which is found or started; only with `bundle`. Default: JavaScript programs. */
  readonly docker?: boolean;
  /** Told what the engine and the base image take time for. */
  readonly log?: (line: string) => void;
  /** What the local GitHub does differently from its defaults. */
  readonly github?: Partial<Settings>;
}

export interface RunOptions {
  /** A commit id, or a number for `commit(n)`. Default: HEAD when the workspace is a Git repository, else `commit(1)`. */
  readonly commit?: string | number;
  /** Default `push`; for a rollback `workflow_dispatch`. */
  readonly event?: string;
  /** Grows with every run by default. */
  readonly runId?: number;
  readonly attempt?: number;
  /** Further variables of this run; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Tells the run to stop, as a cancelled job does (SIGTERM). */
  readonly signal?: AbortSignal;
}

export interface Annotation {
  readonly level: 'warning' | 'error';
  readonly message: string;
  readonly title?: string | undefined;
}

export interface LabResult {
  /** 0, or what the step ended with; 137 after a crash fault. */
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** The job summary, Markdown. */
  readonly summary: string;
  /** Lines as the runner prints them, masked; annotations are lines that begin with `::error` or `::warning`. */
  readonly log: readonly string[];
  readonly annotations: readonly Annotation[];
  /** What reached the local AWS and GitHub while it ran. */
  readonly calls: { readonly aws: readonly RecordedCall[]; readonly github: readonly RecordedCall[] };
  /** The JSON file that the output `report` names, where there is one (attach). */
  readonly report: unknown;
  /** On the lab's clock: real seconds for the bundle, virtual ones in process. */
  readonly seconds: number;
}

export interface Lab {
  readonly aws: LocalAws;
  /** Has the organization `acme` and the token `app-token`, which may do what attach needs. */
  readonly github: LocalGitHub;
  /** The folder that stands for the checked-out repository. */
  readonly workspace: string;
  /** Inputs of a deploy that builds: BASE_IMAGE as a build argument, and the network of a build; empty without docker. */
  readonly build: Inputs;
  /** What a program needs in its environment to reach the local AWS; empty in process. */
  readonly env: Readonly<Record<string, string>>;
  /** A client of the local AWS, to play the console or Terraform. */
  readonly lambda: LambdaClient;
  /** URL of the API's stage where a run and `fetch` reach it; in process only runs do. */
  apiUrl(api: Pick<SeededApi, 'id' | 'stage' | 'url'>): string;
  write(files: Files): Promise<void>;
  /** Runs git in the workspace. Returns what it printed, trimmed. @throws Error when it fails. */
  git(...args: string[]): Promise<string>;
  /**
   * The image of a commit, as a build pushes it: repository `iris`, tagged and labelled with the commit.
   * @param name a commit id or number, or any tag.
   * @param program what an invocation does; default: answers `{"ok": true, "commit": …}`.
   */
  image(name: string | number, program?: Program, more?: Partial<SeedImageOptions>): SeededImage;
  /** Runs an action with exactly these inputs. Never rejects for an action that fails: see `exitCode`. */
  run(action: ActionName, inputs: Inputs, options?: RunOptions): Promise<LabResult>;
  /** `run` of a deploy of the function `iris` from the ECR repository `iris`; `inputs` come on top. */
  deploy(inputs?: Inputs, options?: RunOptions): Promise<LabResult>;
  /** `run` of a rollback of the function `iris`. */
  rollback(inputs?: Inputs, options?: RunOptions): Promise<LabResult>;
  /** `run` of attach for the organization `acme`, in the mode `apply`. */
  attach(inputs?: Inputs, options?: RunOptions): Promise<LabResult>;
  /** What a version or an alias (default `live`) answers to an event (default `{}`), as text. */
  ask(functionName: string, qualifier?: string, event?: unknown): Promise<string>;
  /** Ends what was started and removes every file. */
  stop(): Promise<void>;
}

/** One run, as a door carries it out. */
export interface LabJob {
  readonly action: ActionName;
  readonly inputs: Inputs;
  readonly commit: string;
  readonly event: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runId: number | undefined;
  readonly attempt: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The two services, and how a run gets to them. */
export interface Door {
  readonly aws: LocalAws;
  readonly github: LocalGitHub;
  readonly build: Inputs;
  readonly env: Lab['env'];
  apiUrl(api: Pick<SeededApi, 'id' | 'stage' | 'url'>): string;
  run(job: LabJob): Promise<Omit<LabResult, 'calls' | 'report' | 'seconds'>>;
  stop(): Promise<void>;
}

/** What a door is opened in. */
export interface Site {
  /** Everything temporary is below it; the lab removes it. */
  readonly temp: string;
  readonly workspace: string;
}

/** Whose organization, and which token: what both services of the lab know before anything is seeded. */
export const ORGANIZATION = 'acme';
export const TOKEN = 'app-token';
/** Where an action says that it comes from: what stubs of attach name. */
export const ACTION_SOURCE = {
  GITHUB_ACTION_REPOSITORY: 'acme/model-release',
  GITHUB_ACTION_REF: 'v1',
} as const;

/** The things of Lambda, ECR and the release, as the rest of the program sees them. Names are AWS's own. */

/** `sha256:` and 64 lower-case hex digits: the digest of an image manifest. */
export type Digest = `sha256:${string}`;

/** A full commit id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type Commit = string;

/** A published version's number, as Lambda writes it ("42"); never `$LATEST`. */
export type VersionNumber = string;

/** In place of a number: the version that a dry run would publish. */
export const NOT_YET: VersionNumber = 'new';

export type Architecture = 'x86_64' | 'arm64';

/** What of a function is configuration (not code), as far as a release sets it. Memory and storage in MiB, time in seconds. */
export interface Configuration {
  readonly memorySize: number;
  readonly timeout: number;
  readonly ephemeralStorage: number;
  readonly tracing: 'Active' | 'PassThrough';
  readonly environment: Readonly<Record<string, string>>;
  /** Why Lambda could not read the variables (`AccessDeniedException: …`): `environment` is empty then, and the function's is not. */
  readonly environmentError?: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Absent where nothing of the image is overridden; `{}` in an update removes what is. */
  readonly imageConfig?: ImageConfig;
  /** Absent is `None`. */
  readonly snapStart?: 'None' | 'PublishedVersions';
  /** Absent where AWS's own key is used. */
  readonly kmsKeyArn?: string;
  readonly deadLetterTargetArn?: string;
  readonly fileSystems?: readonly FileSystem[];
  /** Absent where Lambda does not tell it: Text. */
  readonly logging?: Logging;
}

/** What a function starts instead of what its image says; an absent member overrides nothing. */
export interface ImageConfig {
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  readonly workingDirectory?: string;
}

interface FileSystem {
  /** Of an access point. */
  readonly arn: string;
  readonly localMountPath: string;
}

export type ApplicationLogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL';
export type SystemLogLevel = 'DEBUG' | 'INFO' | 'WARN';

/** Lambda's level where JSON is chosen and no level is. */
export const DEFAULT_LOG_LEVEL = 'INFO';

/** The levels exist with JSON only. */
export interface Logging {
  readonly format: 'JSON' | 'Text';
  readonly applicationLevel?: ApplicationLogLevel;
  readonly systemLevel?: SystemLogLevel;
  readonly group?: string;
}

/** One version of a function (or `$LATEST`) with its code and configuration. */
export interface FunctionVersion {
  readonly arn: string;
  /** A number, or `$LATEST`. */
  readonly version: string;
  readonly packageType: 'Image' | 'Zip';
  /** What makes it a function of another kind, which an ordinary invocation does not check; absent for an ordinary one. */
  readonly kind?: 'tenant isolation' | 'managed instances' | 'durable executions';
  /** The image's digest; undefined for a zip function. Lambda's CodeSha256 in hex. */
  readonly digest: Digest | undefined;
  /** `<repository>@<digest>`, where GetFunction returned it. */
  readonly resolvedImageUri: string | undefined;
  readonly description: string;
  /** Undefined where the call that read it does not return it (List*), which counts as in progress when waiting. */
  readonly state: string | undefined;
  readonly stateReason: string;
  readonly lastUpdateStatus: string | undefined;
  readonly lastUpdateReason: string;
  readonly architecture: Architecture;
  readonly role: string;
  readonly layers: readonly string[];
  readonly lastModified: string;
  readonly configuration: Configuration;
}

/** It was not invoked for weeks: one invocation makes it Active again. Any other reason for Inactive is a defect that stays. */
export function isIdle(state: string | undefined, stateReason: string): boolean {
  return state === 'Inactive' && /^(Idle\b|$)/.test(stateReason);
}

/** An alias as Lambda holds it. */
export interface Alias {
  readonly arn: string;
  readonly name: string;
  readonly version: string;
  /** Additional version → share of traffic in (0, 1]. */
  readonly weights: Readonly<Record<string, number>>;
  readonly description: string;
  readonly revisionId: string;
}

/** Variables of a process, as Node gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A release as a person names it. */
export interface ReleaseName {
  readonly version: VersionNumber;
  readonly digest: Digest | undefined;
  readonly commit: Commit | undefined;
}

/** What one run of an action came to; see Outcomes in docs/how-it-works.md. */
export type Outcome =
  'ok' | 'ok:noop' | 'superseded' | 'rolled-back' | 'failed' | 'unknown' | 'unknown:superseded';

/** Who is writing: one run of a workflow. `seq` orders runs; `op` names one write. */
export interface RunIdentity {
  /** GitHub's run id: grows with every run, stays the same over re-runs. */
  readonly runId: string;
  readonly attempt: string;
  readonly commit: Commit;
  readonly actor: string;
  /** The workflow event: `push`, `workflow_dispatch`, … */
  readonly event: string;
  /** `OWNER/NAME`, and the page of this run. */
  readonly repository: string;
  readonly runUrl: string;
  /** The server and the repository (its id, which survives a new name, where known): run ids are in order only within it. */
  readonly home: string;
  readonly typed?: TypedLine;
}

/** How a run was started on a machine of one's own. */
export interface TypedLine {
  /** As a person types it: `npx ../model-release`. */
  readonly program: string;
  /** The flags that say what is released, as far as they were given: name and value. */
  readonly target: readonly (readonly [string, string])[];
}

/** The home of every run that is started by hand on a machine of one's own. */
export const LAPTOP = 'laptop';

/** Lambda's CodeSha256 of an image: the digest's hex digits. (Of a zip it would be base64.) */
export function codeSha256(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The digest behind an image's CodeSha256; undefined when it is no SHA-256 in hex. */
export function digestOfCodeSha256(text: string | undefined): Digest | undefined {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? `sha256:${text}` : undefined;
}

/** What must hold before a model gets traffic, as `gate:` says it. Everything has a default that lets a first release through. */

/** The policy of one release. Limits that are undefined refuse nothing: what was measured is shown. */
export interface GatePolicy {
  /** `samples`: the image that was just built must answer the samples on this machine before it is pushed. Default: `samples`. */
  readonly image: 'samples' | 'none';
  /** The TCP port on which the container serves HTTP; undefined for one that speaks Lambda's Runtime API. */
  readonly port: number | undefined;
  /** The variables of the container on this machine, and the only ones that it gets. */
  readonly variables: Readonly<Record<string, string>>;
  /** `compare`: the same samples go to the candidate and, twice, to what is live. Default: `compare`. */
  readonly live: 'compare' | 'none';
  /** Captured requests: a JSON Lines file of the workspace, or `s3://bucket/prefix`. Only with `replay: safe`. */
  readonly samplesFrom: string | undefined;
  /** `safe`: the handler writes nothing, so captured requests may be sent again. */
  readonly replay: 'safe' | undefined;
  readonly changed: {
    /** Largest share of predictions that may change, 0 to 1, above the noise of what is live. */
    readonly maxShare: number | undefined;
    /** Top-level fields of the answer that are compared, as dotted paths; all of it without them. */
    readonly fields: readonly string[];
  };
  /** Refuse where the candidate is measurably worse on samples with expected answers (exact McNemar, p < .05). Default: `false`. */
  readonly mustNotBeWorseThanLive: boolean;
  /** Milliseconds. */
  readonly latencyP95Ms: number | undefined;
  /** Milliseconds. */
  readonly coldStartP95Ms: number | undefined;
  /** How many cold starts are forced, 1 to 100; none where neither this nor a limit is given. */
  readonly coldStarts: number | undefined;
  /** Share of the function's memory that must stay free, 0 to 1. */
  readonly memoryHeadroom: number | undefined;
  /** Largest size of the image, compressed. Bytes. */
  readonly imageSize: number | undefined;
  readonly metrics: MetricsPolicy | undefined;
  readonly data: DataPolicy | undefined;
  readonly load: LoadPolicy | undefined;
  readonly scan: ScanPolicy | undefined;
}

/** Files of the workspace. */
export interface MetricsPolicy {
  readonly file: string;
  /** Model Monitor's constraints.json, quality form. */
  readonly constraints: string | undefined;
  /** Refuse a metric that is worse than the live release's by more than this share; undefined: it is shown. */
  readonly maxLoss: number | undefined;
}

/** Files of the workspace. */
export interface DataPolicy {
  /** CSV, Parquet or JSON Lines. */
  readonly file: string;
  /** Model Monitor's constraints.json, data form. */
  readonly constraints: string;
}

export interface LoadPolicy {
  /** Calls in all, 1 to 10,000. */
  readonly requests: number;
  /** Calls at once, 1 to 100; fewer where the account has less to spare. */
  readonly concurrency: number;
  /** Largest share of calls that may fail, 0 to 1. */
  readonly maxErrors: number | undefined;
  /** Milliseconds. */
  readonly p95Ms: number | undefined;
}

export interface ScanPolicy {
  /** The worst severity that is let through. */
  readonly maxSeverity: 'none' | 'low' | 'medium' | 'high' | 'critical';
  /** How long findings are waited for, 0 to 60 minutes. */
  readonly waitMinutes: number;
}

/** Proof of where an image was built: the top-level key `attestation`, for deploy and rollback. */
export interface AttestationPolicy {
  /** `warn`: a proof that cannot be had is a warning; one that contradicts refuses. `require` refuses both. Default: `off`. */
  readonly verify: 'off' | 'warn' | 'require';
  /** The repository whose workflow must have built it; default: this one. */
  readonly repository: string | undefined;
  /** The workflow that must have built it, such as `.github/workflows/ci_cd.yml`. */
  readonly workflow: string | undefined;
  /** A file of the workspace with the bundle (JSON or JSON Lines), for use without GitHub's API. */
  readonly bundle: string | undefined;
  /** A file of the workspace with the trusted root (JSON); default: GitHub's and Sigstore's public ones. */
  readonly trustedRoot: string | undefined;
  /** Attach provenance to what this run builds. Default: `false`. */
  readonly provenance: boolean;
}

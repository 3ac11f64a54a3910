/** What a model showed before any traffic: values that the gate's verdicts, the summary and the comment are functions of. */
import type { Answer, Unreadable } from '../answer.ts';
import type { Sample } from '../samples.ts';

/** One request that a trial sends. */
export interface TrialRow {
  /** A name for a sample; captured requests have a number only, because what they hold may be personal. */
  readonly name: string;
  /** Counted from 1, in its file. */
  readonly line: number;
  readonly from: 'samples' | 'captures';
  /** What was sent, and what the answer must be where the sample says so. */
  readonly sample: Sample;
}

/** How one request was answered. */
export interface TrialAnswer {
  readonly row: TrialRow;
  /** `failed`: the function or the container gave an error instead of an answer; a clause. */
  readonly answer: Answer | Unreadable | { readonly failed: string };
  /** Whether it is what the sample expects; undefined where the sample expects nothing. */
  readonly asExpected: boolean | undefined;
  /** As the caller saw it. Milliseconds. */
  readonly durationMs: number;
  /** What Lambda's REPORT line says, where its tail could be read. */
  readonly report: ReportLine | undefined;
}

/** Lambda's REPORT line or platform.report record. */
export interface ReportLine {
  /** Milliseconds. */
  readonly durationMs: number | undefined;
  readonly billedMs: number | undefined;
  readonly initMs: number | undefined;
  readonly restoreMs: number | undefined;
  readonly memoryMb: number | undefined;
  readonly usedMb: number | undefined;
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType: string | undefined;
}

/** One subject, asked once: the image on this machine, the candidate version, or what is live. */
export interface Trial {
  /** `runner`: a container on this machine; its times say little about Lambda's. */
  readonly where: 'lambda' | 'runner';
  readonly answers: readonly TrialAnswer[];
  readonly architecture: 'x86_64' | 'arm64';
  readonly memoryMb: number;
  /** The largest that was seen. */
  readonly usedMb: number | undefined;
  /** Each cold start that was seen. Milliseconds. */
  readonly coldStartsMs: readonly number[];
  /** Compressed, as ECR has it, or as the engine would push it. Bytes. */
  readonly imageBytes: number | undefined;
}

/** The image on this machine; `notTried`: why nothing was asked of it, as a clause. */
export type ImageTrial = Trial | { readonly notTried: string };

/** What is live, asked twice: where it disagrees with itself, a difference of the candidate counts only above that. */
export interface LiveTrials {
  readonly version: string;
  readonly commit: string | undefined;
  /** When it was released (ISO 8601), for the age of the comparison. */
  readonly since: string | undefined;
  readonly first: Trial;
  readonly second: Trial;
}

/** What one part of the policy came to. */
export interface GateFinding {
  /** The policy's key: `changed`, `latency-p95-ms`, `metrics`, `scan` … */
  readonly key: string;
  /** `shown`: measured, and no limit was set. `unknown`: it could not be told, which `sentence` explains. */
  readonly kind: 'passed' | 'refused' | 'shown' | 'unknown';
  /** What was measured and, where there is one, the limit: one sentence without its full stop. */
  readonly sentence: string;
  /** What to do about it: for `refused` and `unknown`. */
  readonly fix?: string;
}

/** A prediction that is another one than what is live gives. */
export interface ChangedPrediction {
  readonly name: string;
  readonly line: number;
  readonly from: 'samples' | 'captures';
  /** The fields that differ, largest difference first; captured requests show none of the values. */
  readonly fields: readonly {
    readonly field: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** For the order: 1 for another word, the share of the larger value for numbers. */
  readonly size: number;
}

/** A share with its Clopper–Pearson interval of 95 %. */
interface ShareWithInterval {
  readonly count: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

/** Milliseconds; undefined where nothing was answered. */
export interface Quantiles {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

/** The candidate beside what is live. */
export interface LiveComparison {
  readonly live: Pick<LiveTrials, 'version' | 'commit' | 'since'>;
  readonly where: Trial['where'];
  readonly agreement: ShareWithInterval;
  /** Rows in which what is live disagreed with itself. */
  readonly noise: ShareWithInterval;
  /** Whether the changes stand out from that noise. */
  readonly aboveNoise: boolean;
  /** Largest first, all of them. */
  readonly changed: readonly ChangedPrediction[];
  /** On samples with expected answers; undefined without any. */
  readonly labelled:
    | {
        readonly of: number;
        /** Right on what is live, wrong on the candidate. */
        readonly lost: number;
        /** Wrong on what is live, right on the candidate. */
        readonly won: number;
        /** One-sided exact McNemar, that the candidate is worse. */
        readonly p: number;
      }
    | undefined;
  /** Samples that what is live answers wrongly itself. */
  readonly liveFails: number;
}

/** One measure of both sides; undefined where it could not be had. */
export interface Beside<T> {
  readonly live: T | undefined;
  readonly candidate: T | undefined;
}

/** What the gate has to say in all. */
export interface GateResult {
  readonly where: Trial['where'];
  readonly asked: number;
  readonly comparison: LiveComparison | undefined;
  /** Why nothing was compared with what is live: a clause. */
  readonly notCompared: string | undefined;
  readonly latencyMs: Beside<Quantiles>;
  readonly coldStartMs: Beside<Quantiles>;
  readonly usedMb: Beside<number>;
  readonly memoryMb: Beside<number>;
  readonly imageBytes: Beside<number>;
  /** Dollars for 1,000 predictions, requests and duration, on demand, at list price; an estimate. */
  readonly costPer1000: Beside<number>;
  /** Where calls were sent at once to the candidate. */
  readonly load?: LoadResult;
  readonly findings: readonly GateFinding[];
}

/** A short load on the candidate version. */
export interface LoadResult {
  /** As the policy asks. */
  readonly requests: number;
  /** How many were sent; fewer where it stopped early. */
  readonly sent: number;
  /** At once, at most. */
  readonly concurrency: number;
  /** Calls that the function or Lambda failed, and those that Lambda refused for want of concurrency. */
  readonly failed: number;
  readonly throttled: number;
  /** As the caller saw it, over the calls that were answered. Milliseconds. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  /** Why it stopped before its end: a clause. */
  readonly stopped: string | undefined;
}

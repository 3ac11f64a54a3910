/** A model's own samples: what is sent to it, and what its answer is compared with. */

/** What the answer has to be. JSON is contained in the answer; the others are the whole body. */
export type Expectation =
  | { readonly kind: 'json'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly base64: string }
  | { readonly kind: 'sha256'; readonly hex: string };

/** How far a number may be from the expected one: the larger of both bounds counts. */
export interface Tolerance {
  /** Largest absolute difference. */
  readonly tolerance: number;
  /** Largest difference as a share of the expected number: 0.01 is one per cent. */
  readonly relativeTolerance: number;
}

/** A method and a path of an API, as a sample names it: no path parameters. */
export interface SampleRoute {
  readonly method: string;
  /** Begins with a slash; a query may follow. */
  readonly path: string;
}

/** One line of the samples file. */
export interface Sample extends Tolerance {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  /** The event, or the plain body: JSON text exactly as it is written in the file. */
  readonly input: string;
  /** Absent: any answer that is no error will do. */
  readonly expected?: Expectation;
  /** The HTTP status to expect; absent: any from 200 to 299. */
  readonly expectedStatus?: number;
  readonly route?: SampleRoute;
  readonly contentType?: string;
  readonly accept?: string;
}

// Names under which the release's own steps still import the parts of this folder.

export { withoutValues } from './shown.ts';

/** The gate speaks more than once in a run: of files, of an image, of a version. What it said stands together at the end. */
import type { GateResult } from './trial.ts';

/** What was measured last, with the findings of both in their order. */
export function bothGates(
  earlier: GateResult | undefined,
  later: GateResult | undefined,
): GateResult | undefined {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  const measured = later.asked === 0 && later.comparison === undefined ? earlier : later;
  return { ...measured, findings: [...earlier.findings, ...later.findings] };
}

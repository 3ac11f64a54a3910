/** How many calls a gate may send at once without taking the concurrency of callers. */
import type { Tools } from '../../clients/tools.ts';
import { AwsError } from '../../errors.ts';

/** How much of the concurrency is left to callers, because how much they use is not known. */
const LEFT_TO_CALLERS = 0.5;

export interface Spare {
  /** Undefined where it is not known. */
  readonly calls: number | undefined;
  /** Where the number comes from, or why there is none: a clause. */
  readonly why: string;
}

/** Two reads at most. What AWS refuses to tell is a result. */
export async function spareConcurrency(tools: Tools, functionName: string): Promise<Spare> {
  try {
    const reserved = await tools.lambda.getReservedConcurrency(functionName);
    const limit = reserved ?? (await tools.lambda.getUnreservedConcurrency());
    const whose = reserved === undefined ? 'the account has unreserved' : 'are reserved for the function';
    return {
      calls: Math.floor(limit * LEFT_TO_CALLERS),
      why: `half of the ${limit} that ${whose}, the rest is left to callers`,
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const needs = error.isForbidden ? ` (the role needs lambda:${error.operation})` : '';
    return { calls: undefined, why: `${error.operation} was refused: ${error.code}${needs}` };
  }
}

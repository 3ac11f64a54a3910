/** One answer of a version, as the gate compares it. */
import type { Invocation } from '../../clients/lambda.ts';
import { answerOfLambda } from '../answer.ts';
import { checkAnswer, type Verdict } from '../check-answer.ts';
import { readFunctionError, type FunctionError } from '../function-error.ts';
import { parseReportLine } from './report-line.ts';
import type { TrialAnswer, TrialRow } from './trial.ts';

/** An invocation with what it says, read once. */
export interface Invoked {
  readonly invocation: Invocation;
  readonly durationMs: number;
  readonly functionError: FunctionError | undefined;
  readonly answer: TrialAnswer['answer'];
}

/** @param version the one that was to answer. */
export function readInvocation(
  { invocation, durationMs }: Pick<Invoked, 'invocation' | 'durationMs'>,
  version: string,
): Invoked {
  const functionError = invocation.functionError === undefined ? undefined : readFunctionError(invocation);
  const { executedVersion, payload } = invocation;
  const failed =
    executedVersion === version
      ? functionError?.problem
      : `version ${executedVersion ?? 'unknown'} answered instead of ${version}`;
  const answer = failed === undefined ? answerOfLambda(payload) : { failed };
  return { invocation, durationMs, functionError, answer };
}

/** @param verdict where the answer was checked before. */
export function trialAnswer(
  row: TrialRow,
  { invocation, durationMs, answer }: Invoked,
  verdict?: Verdict,
): TrialAnswer {
  const { expected, expectedStatus } = row.sample;
  const isLabelled = expected !== undefined || expectedStatus !== undefined;
  const kind = verdict?.kind ?? ('failed' in answer ? 'differs' : checkAnswer(row.sample, answer).kind);
  return {
    row,
    answer,
    asExpected: isLabelled ? kind === 'as-expected' : undefined,
    durationMs,
    report: parseReportLine(invocation.logTail),
  };
}

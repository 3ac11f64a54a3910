/** Trials as values, for the judges. */
import { answerOfLambda } from '../../../../src/checks/answer.ts';
import type { Judged } from '../../../../src/checks/gate/judge-gate.ts';
import type { LiveTrials, ReportLine, Trial, TrialAnswer } from '../../../../src/checks/gate/trial.ts';

/** What Lambda's function returns, as text; or a failure. */
export type Given = string | Uint8Array | { readonly failed: string };

export interface GivenTrial extends Partial<Omit<Trial, 'answers'>> {
  readonly from?: 'samples' | 'captures';
  readonly asExpected?: readonly (boolean | undefined)[];
  readonly durationMs?: number;
  readonly report?: Partial<ReportLine>;
  readonly tolerance?: number;
}

const REPORT: ReportLine = {
  durationMs: undefined,
  billedMs: undefined,
  initMs: undefined,
  restoreMs: undefined,
  memoryMb: undefined,
  usedMb: undefined,
  status: 'success',
  errorType: undefined,
};

export function trialOf(answers: readonly Given[], given: GivenTrial = {}): Trial {
  const { from = 'samples', asExpected = [], durationMs = 10, report, tolerance = 0, ...trial } = given;
  const answered = answers.map((answer, index): TrialAnswer => {
    const line = index + 1;
    const name = `flower ${line}`;
    const sample = { name, line, input: '{}', tolerance, relativeTolerance: 0 };
    return {
      row: { name, line, from, sample },
      answer: typeof answer === 'string' || answer instanceof Uint8Array ? answerOfLambda(answer) : answer,
      asExpected: asExpected[index],
      durationMs,
      report: report === undefined ? undefined : { ...REPORT, ...report },
    };
  });
  return {
    where: 'lambda',
    architecture: 'x86_64',
    memoryMb: 512,
    usedMb: undefined,
    coldStartsMs: [],
    imageBytes: undefined,
    ...trial,
    answers: answered,
  };
}

export function liveOf(
  first: readonly Given[],
  second: readonly Given[] = first,
  given?: GivenTrial,
): LiveTrials {
  return {
    version: '41',
    commit: 'a'.repeat(40),
    since: '2026-11-28T09:00:00Z',
    first: trialOf(first, given),
    second: trialOf(second, given),
  };
}

export const NO_LIMITS: Judged['policy'] = {
  changed: { maxShare: undefined, fields: [] },
  mustNotBeWorseThanLive: false,
  latencyP95Ms: undefined,
  coldStartP95Ms: undefined,
  memoryHeadroom: undefined,
  imageSize: undefined,
};

export function label(word: string): string {
  return JSON.stringify({ label: word, p: 0.91 });
}

export function times<T>(count: number, value: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => value(index));
}

/** What predictions cost on Lambda: an estimate in dollars. */
import type { Trial, TrialAnswer } from './trial.ts';

/**
 * List prices on demand, first tier, without the free tier: AWS's price list of AWSLambda for us-east-1, in force since 2025-10-01.
 * Most commercial regions have the same; af-south-1, ap-east-1, eu-south-1, me-south-1, me-central-1 and China ask up to 40 % more.
 */
export const LIST_PRICE = {
  region: 'us-east-1',
  asOf: '2025-10-01',
  /** Dollars for one request. */
  request: 0.2 / 1_000_000,
  /** Dollars for one GB-second. */
  gigabyteSecond: { x86_64: 0.0000166667, arm64: 0.0000133334 },
} as const;

/** Of its answers, those of a warm environment: how many starts a thousand predictions need depends on traffic. */
type Billed = Pick<Trial, 'architecture' | 'memoryMb'> & { readonly answers: readonly TrialAnswer[] };

/** Dollars for 1,000 predictions: requests and duration. Undefined without answers. */
export function costPer1000({ architecture, memoryMb, answers }: Billed): number | undefined {
  if (answers.length === 0) return undefined;
  const total = answers.reduce((sum, answer) => sum + billedMs(answer), 0);
  const gigabyteSeconds = (total / answers.length / 1000) * (memoryMb / 1024);
  return 1000 * (LIST_PRICE.request + gigabyteSeconds * LIST_PRICE.gigabyteSecond[architecture]);
}

/** Whole milliseconds, as Lambda bills; its own figure where the log had one. */
function billedMs({ report, durationMs }: TrialAnswer): number {
  return report?.billedMs ?? Math.ceil(report?.durationMs ?? durationMs);
}

/** What a plan came to, in one sentence: for the first line of the comment and of the summary. */
import type { GateResult, LiveComparison } from '../checks/gate/trial.ts';
import type { ReleaseResult } from '../release/result.ts';
import { capital, plural } from '../words.ts';

/** `mark` stands for how good it is; `sentence` ends without its full stop and is not escaped. */
interface PlanVerdict {
  readonly mark: '✅' | '⚠️' | '❌' | '📋';
  readonly sentence: string;
}

export function verdictOf(result: ReleaseResult): PlanVerdict {
  const { gate, error, outcome, why, plan } = result;
  const refused = (gate?.findings ?? []).filter(({ kind }) => kind === 'refused');
  const [first] = refused;
  if (first !== undefined) {
    const more =
      refused.length === 1
        ? ''
        : `, and ${plural(refused.length - 1, 'other limit is', 'other limits are')} not kept`;
    return { mark: '❌', sentence: `A release of this would be refused: ${first.sentence}${more}` };
  }
  if (error !== undefined)
    return { mark: '❌', sentence: `A release of this would fail: ${headOf(error.message)}` };
  if (outcome === 'superseded') return { mark: '📋', sentence: `A newer release is live: ${why}` };
  if (gate?.comparison !== undefined) return compared(gate, gate.comparison);
  if (gate !== undefined) return notCompared(result, gate);
  if (plan.length === 0) return { mark: '📋', sentence: why === '' ? 'Nothing was compared' : capital(why) };
  return {
    mark: '📋',
    sentence: `A release of this would take ${plural(plan.length, 'step')}; nothing was built here`,
  };
}

function compared(gate: GateResult, comparison: LiveComparison): PlanVerdict {
  const { changed, agreement, aboveNoise, noise, live, labelled } = comparison;
  const costs = clauses(gate);
  const version = `version ${live.version}, which is live`;
  if (changed.length === 0)
    return {
      mark: costs.length === 0 ? '✅' : '⚠️',
      sentence: joined(
        `No prediction changes: ${agreement.count} of ${agreement.of} agree with ${version}`,
        costs,
      ),
    };
  const share = `${changed.length} of ${agreement.of} predictions`;
  if (!aboveNoise)
    return {
      mark: costs.length === 0 ? '✅' : '⚠️',
      sentence: joined(
        `No change beyond noise: ${share} differ from ${version}, which differs from itself in ${noise.count}`,
        costs,
      ),
    };
  const better =
    labelled === undefined || labelled.lost + labelled.won === 0
      ? ''
      : `; ${labelled.won} become right and ${labelled.lost} become wrong`;
  return { mark: '⚠️', sentence: joined(`${share} change against ${version}${better}`, costs) };
}

/** What gets worse by so much that a person wants to know it before the table. */
function clauses({ latencyMs, costPer1000, imageBytes, coldStartMs, where }: GateResult): readonly string[] {
  const isLambda = where === 'lambda';
  return [
    ...(isLambda ? grown('latency (p95)', [latencyMs.live?.p95, latencyMs.candidate?.p95], 1.25) : []),
    ...(isLambda ? grown('cold start (p95)', [coldStartMs.live?.p95, coldStartMs.candidate?.p95], 1.25) : []),
    ...grown('cost', [costPer1000.live, costPer1000.candidate], 1.1),
    ...grown('image size', [imageBytes.live, imageBytes.candidate], 1.25),
  ];
}

function grown(
  what: string,
  [from, to]: readonly [number | undefined, number | undefined],
  factor: number,
): readonly string[] {
  if (from === undefined || to === undefined || from <= 0 || to / from < factor) return [];
  return [`${what} +${Math.round((to / from - 1) * 100)} %`];
}

function joined(sentence: string, more: readonly string[]): string {
  return more.length === 0 ? sentence : `${sentence}; ${more.join(', ')}`;
}

function notCompared({ samples }: ReleaseResult, { notCompared: why, asked }: GateResult): PlanVerdict {
  const wrong = samples.filter(({ mismatch }) => mismatch !== undefined).length;
  const answered =
    asked === 0 ? 'The image was not asked anything' : `The image answers ${plural(asked, 'sample')}`;
  const sentence = `${answered}; nothing was compared with what is live${why === undefined ? '' : `, because ${why}`}`;
  return { mark: wrong > 0 ? '⚠️' : asked === 0 ? '📋' : '✅', sentence };
}

/** The first sentence of a message, on one line. */
function headOf(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return line.replace(/(?<=[.!?]) [A-Z][^]*$/, '').replace(/[.:]$/, '');
}

/** L7: each guard is replaced by what somebody would write who had not seen it fail. The suite must notice every one. */
import { guards, type Guards } from '../../src/release/record/guards.ts';
import { Findings, type LevelOptions, type LevelResult } from './level.ts';
import { interleavings } from './interleavings.ts';
import { sequences } from './sequences.ts';
import { singleFaults } from './single-faults.ts';

/** Which levels look, and at how much. */
const looks = {
  twoDeploys: { level: interleavings, share: 1, only: 'steady | two deploys' },
  oneFault: { level: singleFaults, share: 1 / 37 },
  aFaultAmongThree: {
    level: interleavings,
    share: 1,
    only: 'steady | two re-runs and a rollback, a fault',
  },
  sequences: { level: sequences, share: 1 / 50 },
} as const;

interface Naive {
  readonly id: string;
  readonly form: string;
  readonly guards: Guards;
  /** Where it is likeliest to be seen. */
  readonly at: keyof typeof looks;
}

export const naive: readonly Naive[] = [
  { id: 'G1', form: 'no RevisionId', guards: { ...guards, compareAndSwap: () => ({}) }, at: 'twoDeploys' },
  {
    id: 'G2',
    form: 'does not recognise its own writes',
    guards: { ...guards, isMyWrite: () => false },
    at: 'oneFault',
  },
  {
    id: 'G2',
    form: 'claims every write',
    guards: { ...guards, isMyWrite: () => true },
    at: 'aFaultAmongThree',
  },
  {
    id: 'G3',
    form: 'publishes whatever is there',
    guards: { ...guards, publishExactly: () => ({}) },
    at: 'twoDeploys',
  },
  {
    id: 'G4',
    form: 'nothing is ever the same',
    guards: { ...guards, isSameRelease: () => false },
    at: 'oneFault',
  },
  { id: 'G5', form: 'never yields', guards: { ...guards, yieldsToNewer: () => false }, at: 'twoDeploys' },
  {
    id: 'G6',
    form: 'a rollback binds nobody',
    guards: { ...guards, staysRolledBack: () => false },
    at: 'oneFault',
  },
  {
    id: 'G7',
    form: 'previous is the number one lower',
    guards: {
      ...guards,
      previousRelease: ({ live }) =>
        Number(live) > 1 ? { kind: 'to', version: String(Number(live) - 1) } : { kind: 'nothing' },
    },
    at: 'twoDeploys',
  },
  {
    id: 'G8',
    form: 'leaves what others left',
    guards: { ...guards, mustRecover: () => false },
    at: 'oneFault',
  },
  {
    id: 'G9',
    form: 'believes every record',
    guards: {
      ...guards,
      trustRecord: (alias, parsed) =>
        parsed.kind === 'record'
          ? { kind: 'recorded', alias, record: parsed.record }
          : guards.trustRecord(alias, parsed),
    },
    at: 'oneFault',
  },
];

export async function guardsOff(options: LevelOptions): Promise<LevelResult> {
  const findings = new Findings('L7');
  for (const [index, { id, form, guards: weakened, at }] of naive.entries()) {
    if (index % options.part.of !== options.part.index) continue;
    if (options.only !== undefined && !`${id} ${form}`.includes(options.only)) continue;
    const { only, ...rest } = options;
    void only;
    const seen = new Map<string, string>();
    // The likeliest first: one broken invariant is enough.
    for (const { level, ...how } of new Set([looks[at], ...Object.values(looks)])) {
      const part = { index: 0, of: 1 };
      const result = await level({ ...rest, ...how, guards: weakened, part, firstOnly: true });
      findings.runs += result.runs;
      for (const broken of result.broken)
        seen.set(
          broken.id,
          `${broken.level} ${broken.id} (${broken.says}): ${broken.detail}; ${broken.name}`,
        );
      if (seen.size > 0) break;
    }
    const broke = [...seen.values()];
    findings.note(`${id} off (${form}): ${broke.length === 0 ? 'NOTHING BROKE' : broke.join(' | ')}`);
    if (broke.length > 0) findings.count('killed');
    else
      findings.add(`${id} ${form}`, {
        violations: [{ id, says: 'taking a guard away breaks the suite', detail: `${form}: nothing broke` }],
        trace: [],
      });
  }
  return findings.result;
}

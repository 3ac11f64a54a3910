/** The levels of the failure bar. */
import { attachFaults } from './attach.ts';
import { faultPairs } from './fault-pairs.ts';
import { guardsOff } from './guards-off.ts';
import { hostileInputs } from './hostile-inputs.ts';
import { interleavings } from './interleavings.ts';
import type { LevelOptions, LevelResult } from './level.ts';
import { sequences } from './sequences.ts';
import { signals } from './signals.ts';
import { singleFaults } from './single-faults.ts';

export interface Level {
  /** What it does, in a few words. */
  readonly says: string;
  readonly run: (options: LevelOptions) => Promise<LevelResult>;
  /** Which share of it `npm test` runs. */
  readonly share: number;
  /** It uses the processor's cores by itself. */
  readonly alone?: true;
}

export type LevelName = 'L1' | 'L2' | 'L3' | 'L4' | 'L5' | 'L6' | 'L7' | 'attach';

export const levels: Readonly<Record<LevelName, Level>> = {
  L1: { says: 'one fault at every call, continued three ways', run: singleFaults, share: 1 / 40 },
  L2: { says: 'two faults at writing calls', run: faultPairs, share: 1 / 80 },
  L3: { says: 'interleavings, every state once', run: interleavings, share: 1 / 7 },
  L4: { says: 'random sequences', run: sequences, share: 1 / 100 },
  L5: { says: 'hostile strings in every input', run: hostileInputs, share: 1 / 40 },
  L6: { says: 'signals at every call boundary of the bundle', run: signals, share: 1 / 25, alone: true },
  L7: { says: 'guards taken away', run: guardsOff, share: 1 },
  attach: { says: 'one or two faults of attach at every request', run: attachFaults, share: 1 },
};

/** A gate that lets no traffic through. */
import { UserError } from '../../errors.ts';
import { capital, plural } from '../../words.ts';
import type { GateFinding, GateResult } from './trial.ts';

/** Every limit that was broken, with its way out. What was measured stays with it. */
export class GateRefused extends UserError {
  readonly gate: GateResult | undefined;

  constructor(refused: readonly GateFinding[], gate?: GateResult) {
    const broken = refused.map(({ key, sentence }) => `${nameOf(key)}: ${sentence}`).join('; ');
    const fixes = new Set(refused.flatMap(({ fix }) => fix?.replace(/\.$/, '') ?? []));
    super('gate-refused', {
      what: `The gate refused this model by ${plural(refused.length, 'limit')}: ${broken}.`,
      fix: `${capital([...fixes, 'no traffic was shifted'].join('; '))}.`,
    });
    this.gate = gate;
  }
}

/** @throws GateRefused where a finding refuses. */
export function refuseByGate(gate: GateResult): void {
  const refused = gate.findings.filter(({ kind }) => kind === 'refused');
  if (refused.length > 0) throw new GateRefused(refused, gate);
}

/** As the configuration file calls it: every part of the gate but one stands below `gate`. */
function nameOf(key: string): string {
  return key === 'attestation' ? key : `gate.${key}`;
}

import { apiFields, apiRules, targetFields, targetRules } from './deploy-inputs.ts';
import { readInputs, ruleOver, type Source, type ValuesOf } from './fields.ts';
import { attestationField } from './gate-fields.ts';
import { choice, text } from './kinds.ts';
import * as names from './names.ts';
import { regionOf } from './region.ts';
import { targetField, targetOf, type Target } from './rollback-target.ts';

export const rollbackFields = {
  ...targetFields,
  ...apiFields,
  to: targetField,
  version: text({ pattern: /^[1-9]\d{0,14}$/, expected: "a published version's number" }),
  digest: text({ pattern: names.DIGEST, expected: 'sha256: and 64 hex digits' }),
  'to-commit': text({ pattern: names.COMMIT, expected: 'a full commit id' }),
  'released-by': choice(['anyone', 'this-run', 'auto'], { fallback: 'auto' }),
  reason: text({ max: 500 }),
  attestation: attestationField,
  samples: text({ fallback: 'tests/samples.jsonl' }),
  'working-directory': text({ fallback: '.' }),
} as const;

type Texts = ValuesOf<typeof rollbackFields>;

export type RollbackInputs = Omit<Texts, keyof Target> & Target;

const rule = ruleOver<Texts>();

const rules = [
  rule(['to', 'version'], (v) =>
    v.to === 'version' && !v.version ? 'version is required with to: version' : undefined,
  ),
  rule(['to', 'digest'], (v) =>
    v.to === 'digest' && !v.digest ? 'digest is required with to: digest' : undefined,
  ),
  rule(['to', 'toCommit'], (v) =>
    v.to === 'commit' && !v.toCommit ? 'to-commit is required with to: commit' : undefined,
  ),
  rule(['to', 'version', 'digest', 'toCommit'], (v) => {
    const given = [v.version && 'version', v.digest && 'digest', v.toCommit && 'commit'].filter(Boolean);
    const { to } = targetOf(v.to);
    if (given.length > 0 && !given.includes(to))
      return `to: ${v.to} does not use ${given.join(', ')}; say to: ${given[0]}`;
    // `to: 41` beside `version: 42`: one of them would have no effect.
    return given.length > 0 && to !== v.to
      ? `to: ${v.to} names the target already; leave ${to === 'commit' ? 'to-commit' : to} out`
      : undefined;
  }),
  ...apiRules,
];

/** @throws UserError `invalid-inputs` with every mistake at once. */
export function readRollbackInputs(source: Source): RollbackInputs {
  const read = readInputs(rollbackFields, source, [...rules, ...targetRules(source.env)]);
  return { ...read, ...targetOf(read.to), awsRegion: regionOf(read, source.env) };
}

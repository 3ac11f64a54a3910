import { apiFields, apiRules, targetFields } from './deploy-inputs.ts';
import { readInputs, ruleOver, type Source, type ValuesOf } from './fields.ts';
import { choice, text } from './kinds.ts';
import * as names from './names.ts';

export const rollbackFields = {
  ...targetFields,
  ...apiFields,
  to: text({
    fallback: 'previous',
    pattern: /^(previous|version|digest|commit|[1-9]\d{0,14}|sha256:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{64})$/,
    expected: "previous, a version's number, a digest (sha256:…) or a full commit id",
  }),
  version: text({ pattern: /^[1-9]\d{0,14}$/, expected: "a published version's number" }),
  digest: text({ pattern: names.DIGEST, expected: 'sha256: and 64 hex digits' }),
  'to-commit': text({ pattern: names.COMMIT, expected: 'a full commit id' }),
  'released-by': choice(['anyone', 'this-run', 'auto'], { fallback: 'auto' }),
  reason: text({ max: 500 }),
  samples: text({ fallback: 'tests/samples.jsonl' }),
  'working-directory': text({ fallback: '.' }),
} as const;

type Texts = ValuesOf<typeof rollbackFields>;

export interface RollbackInputs extends Texts {
  readonly to: 'previous' | 'version' | 'digest' | 'commit';
}

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
    return given.length > 0 && !given.includes(spelledOut(v).to)
      ? `to: ${v.to} does not use ${given.join(', ')}; say to: ${given[0]}`
      : undefined;
  }),
  ...apiRules,
];

/** @throws UserError `invalid-inputs` with every mistake at once. */
export function readRollbackInputs(source: Source): RollbackInputs {
  return spelledOut(readInputs(rollbackFields, source, rules));
}

/** `to: 41`, `to: sha256:…` and `to: <commit>` say by their form what they are; at three in the morning one input is enough. */
function spelledOut<T extends Pick<Texts, 'to'>>(texts: T): T & Pick<RollbackInputs, 'to'> {
  const { to } = texts;
  if (names.DIGEST.test(to)) return { ...texts, to: 'digest', digest: to };
  if (names.COMMIT.test(to)) return { ...texts, to: 'commit', toCommit: to };
  if (/^\d+$/.test(to)) return { ...texts, to: 'version', version: to };
  return { ...texts, to: to as RollbackInputs['to'] };
}

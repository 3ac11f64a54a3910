/** The keys of `gate` and `attestation`. docs/configuration.md has a table of them, from here. */
import { isReserved } from '../aws/limits.ts';
import { quoted, ruleOver, type ValuesOf } from './fields.ts';
import type { AttestationPolicy, GatePolicy } from './gate-policy.ts';
import { choice, flag, integer, lines, pairs, share, size, text } from './kinds.ts';
import * as names from './names.ts';
import { optionalSection, section } from './section.ts';

/** A file of the workspace. */
const path = {
  misplaced: (given: string) =>
    /^[a-z][a-z0-9+.-]*:\/\//i.test(given)
      ? `must be a file of the workspace, not ${quoted(given)}`
      : undefined,
};
const milliseconds = { min: 1, max: 900_000, unit: 'milliseconds' } as const;
const captures = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/;

const changedKeys = {
  'max-share': share({}),
  fields: lines({}, (line) =>
    line.trim() === line && line.split('.').every((part) => part !== '')
      ? undefined
      : `must list fields such as label or scores.virginica, not ${quoted(line)}`,
  ),
} as const;

const metricsKeys = {
  file: text({ required: true, ...path }),
  constraints: text(path),
  'max-loss': share({}),
} as const;

const dataKeys = {
  file: text({ required: true, ...path }),
  constraints: text({ required: true, ...path }),
} as const;

const loadKeys = {
  requests: integer({ required: true, min: 1, max: 10_000 }),
  concurrency: integer({ required: true, min: 1, max: 100 }),
  'max-errors': share({}),
  'p95-ms': integer(milliseconds),
} as const;

const scanKeys = {
  'max-severity': choice(['none', 'low', 'medium', 'high', 'critical'], { required: true }),
  wait: integer({ fallback: '5', min: 0, max: 60, unit: 'minutes' }),
} as const;

const same = <V>(values: V): V => values;
const loadRule = ruleOver<ValuesOf<typeof loadKeys>>();

const loadRules = [
  loadRule(['requests', 'concurrency'], (v) =>
    v.concurrency > v.requests
      ? `concurrency must be at most requests (${v.requests}), not ${v.concurrency}`
      : undefined,
  ),
];

const gateKeys = {
  image: choice(['samples', 'none'], { fallback: 'samples' }),
  port: integer({ min: 1, max: 65_535 }),
  variables: pairs({
    fallback: '',
    key: names.VARIABLE_NAME,
    expected: 'at least two letters, digits and _, with a letter first',
    entry: (name) => (isReserved(name) ? `sets ${name}, which Lambda keeps for itself` : undefined),
  }),
  live: choice(['compare', 'none'], { fallback: 'compare' }),
  'samples-from': text({
    accepts: (given) => captures.test(given) || !/^[a-z][a-z0-9+.-]*:\//i.test(given),
    expected: 'a JSON Lines file of the workspace or s3://bucket/prefix',
  }),
  replay: choice(['safe'], {}),
  changed: section(changedKeys, { into: same }),
  'must-not-be-worse-than-live': flag({ fallback: 'false' }),
  'latency-p95-ms': integer(milliseconds),
  'cold-start-p95-ms': integer(milliseconds),
  'cold-starts': integer({ min: 1, max: 100 }),
  'memory-headroom': share({}),
  'image-size': size({}),
  metrics: optionalSection(metricsKeys, { into: same }),
  data: optionalSection(dataKeys, { into: same }),
  load: optionalSection(loadKeys, { rules: loadRules, into: same }),
  scan: optionalSection(scanKeys, {
    into: ({ maxSeverity, wait }) => ({ maxSeverity, waitMinutes: wait }),
  }),
} as const;

const gateRule = ruleOver<ValuesOf<typeof gateKeys>>();

const gateRules = [
  gateRule(['samplesFrom', 'replay'], (v) =>
    v.samplesFrom !== undefined && v.replay !== 'safe'
      ? 'samples-from needs replay: safe, which says that the handler writes nothing, so that captured requests may be sent again'
      : undefined,
  ),
];

export const gateField = section(gateKeys, {
  rules: gateRules,
  later: ['snap-start'],
  clashes: [
    { key: 'image', is: 'none', idle: ['port', 'variables'] },
    { key: 'live', is: 'none', idle: ['changed', 'must-not-be-worse-than-live'] },
  ],
  into: ({ variables = {}, ...values }): GatePolicy => ({ ...values, variables }),
});

const attestationKeys = {
  verify: choice(['off', 'warn', 'require'], { fallback: 'off' }),
  repository: text({
    pattern: /^[A-Za-z0-9-]{1,39}\/[\w.-]{1,100}$/,
    expected: 'a repository such as acme/iris',
  }),
  workflow: text({
    pattern: /^\.github\/workflows\/[^/]+\.ya?ml$/,
    expected: 'a workflow such as .github/workflows/ci_cd.yml',
  }),
  bundle: text(path),
  'trusted-root': text(path),
  provenance: flag({ fallback: 'false' }),
} as const;

export const attestationField = section(attestationKeys, {
  into: (values): AttestationPolicy => values,
});

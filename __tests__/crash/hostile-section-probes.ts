/** Inputs that are YAML text: every key that was written arrives, and no other than its default. */
import { parse } from 'yaml';
import { readDeployInputs, type DeployInputs } from '../../src/inputs/deploy-inputs.ts';
import type { Probe, Shared } from './hostile-probe.ts';

type Leaves = ReadonlyMap<string, string>;

/** `changed.max-share` → what stands there. Empty lists and mappings say nothing. */
function leaves(value: unknown, path = ''): Leaves {
  if (value === undefined) return new Map();
  if (typeof value !== 'object' || value === null) return new Map([[path, String(value).trim()]]);
  return new Map(
    Object.entries(value).flatMap(([key, inside]) => [
      ...leaves(inside, path === '' ? kebab(key, path) : `${path}.${kebab(key, path)}`),
    ]),
  );
}

/** Names of variables stay as they are. */
const kebab = (key: string, path: string) =>
  path === 'variables' ? key : key.replaceAll(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`);

/** Every scalar as it is written, read by another schema than the action reads by. */
const written = (text: string): Leaves => leaves(parse(text, { schema: 'failsafe', uniqueKeys: false }));

const DEFAULTS = readDeployInputs({
  text: (name) => ({ 'function-name': 'iris', 'ecr-repository': 'iris', 'aws-region': 'eu-central-1' })[name],
});

function section<Inputs extends Pick<DeployInputs, Name>, Name extends 'gate' | 'attestation'>(
  name: Name,
  ...valid: [string, ...string[]]
): Probe<Inputs> {
  const usual = leaves(DEFAULTS[name]);
  return {
    valid,
    meant: (text) => Object.fromEntries(written(text)),
    arrives: (_, inputs, text) => {
      const given = written(text);
      const arrived = [...leaves(inputs[name])].flatMap(([path, value]) => {
        const as = given.get(path);
        if (as === undefined) return usual.get(path) === value ? [] : [[path, value] as const];
        // A number and true may be written in several ways.
        const isSame = as === value || Number(as) === Number(value) || as.toLowerCase() === value;
        return [[path, isSame ? as : value] as const];
      });
      return Object.fromEntries(arrived);
    },
  };
}

export const attestation: Readonly<Record<'attestation', Probe<Shared>>> = {
  attestation: section(
    'attestation',
    'verify: require',
    'verify: warn\nrepository: acme/iris\nworkflow: .github/workflows/ci_cd.yml\n',
    '{ bundle: proof/bundle.jsonl, trusted-root: proof/root.json, provenance: true }',
  ),
};

export const gate: Readonly<Record<'gate', Probe<DeployInputs>>> = {
  gate: section(
    'gate',
    'image: none',
    'port: 8000\nvariables: { MODEL: iris, THREADS: 2 }\n',
    'changed:\n  max-share: 0.05\n  fields: [label, scores.virginica]\nmust-not-be-worse-than-live: true\n',
    '{ latency-p95-ms: 300, cold-starts: 10, memory-headroom: .1 }',
    'samples-from: s3://captures/iris\nreplay: safe\n',
    'metrics: { file: metrics.json, max-loss: 0.02 }\nload: { requests: 200, concurrency: 10 }\n',
  ),
};

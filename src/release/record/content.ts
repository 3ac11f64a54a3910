/** When two configurations are the same. */
import type { Configuration, FunctionVersion } from '../../types.ts';
import { furtherChanges } from './further-settings.ts';

export function sameConfiguration(a: Configuration, b: Configuration): boolean {
  return (
    a.memorySize === b.memorySize &&
    a.timeout === b.timeout &&
    a.ephemeralStorage === b.ephemeralStorage &&
    a.tracing === b.tracing &&
    sameEntries(a.environment, b.environment) &&
    sameSet(a.subnetIds, b.subnetIds) &&
    sameSet(a.securityGroupIds, b.securityGroupIds) &&
    furtherChanges(a, b).length === 0
  );
}

/** What a version took over from `$LATEST` at its publication and no release sets: who it runs as, and what is laid over its code. */
export function sameSurroundings(a: FunctionVersion, b: FunctionVersion): boolean {
  return (
    a.role === b.role &&
    a.layers.length === b.layers.length &&
    // Later layers cover earlier ones: their order counts.
    a.layers.every((layer, index) => layer === b.layers[index])
  );
}

function sameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

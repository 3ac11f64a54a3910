/** What the function should be configured to, and how that differs from what it is. */
import { ENVIRONMENT_LIMIT_BYTES, environmentBytes } from '../../aws/limits.ts';
import { UserError } from '../../errors.ts';
import type { Configuration } from '../../types.ts';
import { furtherChanges } from '../record/further-settings.ts';
import { furtherUpdate, wishedFurther, type FurtherWish } from './further-configuration.ts';

/** What a release asks for; absent members keep what is live. */
export interface ConfigurationWish extends FurtherWish {
  readonly memorySize?: number | undefined;
  readonly timeout?: number | undefined;
  readonly ephemeralStorage?: number | undefined;
  readonly tracing?: 'Active' | 'PassThrough' | undefined;
  readonly environmentVariables?: Readonly<Record<string, string>> | undefined;
  /** `merge` keeps variables that the release does not name; `replace` removes them. */
  readonly environmentMode: 'merge' | 'replace';
  readonly subnetIds?: readonly string[] | undefined;
  readonly securityGroupIds?: readonly string[] | undefined;
}

export function wishedConfiguration(current: Configuration, wish: ConfigurationWish): Configuration {
  return {
    memorySize: wish.memorySize ?? current.memorySize,
    timeout: wish.timeout ?? current.timeout,
    ephemeralStorage: wish.ephemeralStorage ?? current.ephemeralStorage,
    tracing: wish.tracing ?? current.tracing,
    environment: wishedEnvironment(current, wish),
    subnetIds: wish.subnetIds ?? current.subnetIds,
    securityGroupIds: wish.securityGroupIds ?? current.securityGroupIds,
    ...wishedFurther(current, wish),
  };
}

/** @throws UserError `variables-unreadable` where a merge would remove what could not be read, `variables-too-large`. */
function wishedEnvironment(
  { environment, environmentError }: Configuration,
  wish: ConfigurationWish,
): Readonly<Record<string, string>> {
  // Nothing said keeps everything, in either mode: an empty wish must not wipe a function's variables.
  if (wish.environmentVariables === undefined) return environment;
  if (wish.environmentMode === 'replace') return wish.environmentVariables;
  if (environmentError !== undefined)
    throw new UserError('variables-unreadable', {
      what: `Lambda could not read the function's variables (${environmentError}), so a merge would remove them.`,
      fix: "Allow the role kms:Decrypt on the function's key, or set environment-mode: replace with all variables; nothing was changed.",
    });
  const merged = { ...environment, ...wish.environmentVariables };
  const bytes = environmentBytes(merged);
  if (bytes > ENVIRONMENT_LIMIT_BYTES)
    throw new UserError('variables-too-large', {
      what: `The function's variables and those of environment-variables have ${bytes} bytes together, and Lambda takes ${ENVIRONMENT_LIMIT_BYTES}.`,
      fix: 'Remove variables that are not needed, or set environment-mode: replace; nothing was changed.',
    });
  return merged;
}

/** One line per difference. Values of variables are never shown: they may be secrets. */
export function configurationChanges(from: Configuration, to: Configuration): readonly string[] {
  const rows = [
    ['memory', from.memorySize, to.memorySize, ' MiB'],
    ['timeout', from.timeout, to.timeout, ' s'],
    ['ephemeral storage', from.ephemeralStorage, to.ephemeralStorage, ' MiB'],
    ['tracing', from.tracing, to.tracing, ''],
    ['subnets', listed(from.subnetIds), listed(to.subnetIds), ''],
    ['security groups', listed(from.securityGroupIds), listed(to.securityGroupIds), ''],
  ] as const;
  return [
    ...rows.flatMap(([name, a, b, unit]) => (a === b ? [] : [`${name} ${a}${unit} → ${b}${unit}`])),
    ...furtherChanges(from, to).map(({ name, from: a, to: b }) => `${name} ${a} → ${b}`),
    ...environmentChanges(from.environment, to.environment),
  ];
}

function environmentChanges(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return names.flatMap((name) => {
    if (!Object.hasOwn(from, name)) return [`variable ${name} added`];
    if (!Object.hasOwn(to, name)) return [`variable ${name} removed`];
    return from[name] === to[name] ? [] : [`variable ${name} changed`];
  });
}

/** Only what differs, as UpdateFunctionConfiguration wants it; the environment and the VPC go whole or not at all. */
export function configurationUpdate(from: Configuration, to: Configuration): Partial<Configuration> {
  const vpcDiffers =
    listed(from.subnetIds) !== listed(to.subnetIds) ||
    listed(from.securityGroupIds) !== listed(to.securityGroupIds);
  return {
    ...(from.memorySize === to.memorySize ? {} : { memorySize: to.memorySize }),
    ...(from.timeout === to.timeout ? {} : { timeout: to.timeout }),
    ...(from.ephemeralStorage === to.ephemeralStorage ? {} : { ephemeralStorage: to.ephemeralStorage }),
    ...(from.tracing === to.tracing ? {} : { tracing: to.tracing }),
    ...(environmentChanges(from.environment, to.environment).length === 0
      ? {}
      : { environment: to.environment }),
    ...(vpcDiffers ? { subnetIds: to.subnetIds, securityGroupIds: to.securityGroupIds } : {}),
    ...furtherUpdate(from, to),
  };
}

const listed = (ids: readonly string[]) => [...ids].sort().join(', ');

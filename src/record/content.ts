/** When two things are the same: digests as Lambda and as ECR write them, and configurations. */
import type { Configuration, Digest } from '../types.ts';

/** Lambda's CodeSha256 of an image: the digest's hex digits. (Of a zip it would be base64.) */
export function codeSha256(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The digest behind an image's CodeSha256; undefined when it is no SHA-256 in hex. */
export function digestOfCodeSha256(text: string | undefined): Digest | undefined {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? `sha256:${text}` : undefined;
}

export function sameConfiguration(a: Configuration, b: Configuration): boolean {
  return (
    a.memorySize === b.memorySize &&
    a.timeout === b.timeout &&
    a.ephemeralStorage === b.ephemeralStorage &&
    a.tracing === b.tracing &&
    sameEntries(a.environment, b.environment) &&
    sameSet(a.subnetIds, b.subnetIds) &&
    sameSet(a.securityGroupIds, b.securityGroupIds)
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

/** What tests of every tier start from: names, commits, digests, inputs, files. Plain values; nothing runs here. */
import type { Digest } from '../../src/types.ts';

export const IRIS = { 'function-name': 'iris', 'ecr-repository': 'iris' };
/** The execution role of every function that a test makes. */
export const ROLE = 'arn:aws:iam::123456789012:role/iris';
/** Inputs of a first release. */
export const FIRST = { ...IRIS, create: 'true', role: ROLE };

/** A file of one sample, which the images of tests answer as expected. */
export const SAMPLES = `${JSON.stringify({ name: 'typical', input: { x: 1 }, expected: { ok: true } })}\n`;

/** Files by which attach knows a model repository. */
export const MODEL = {
  Dockerfile: 'FROM scratch\n',
  'lambda_function.py': 'def handler(event, context): ...\n',
};

/** A commit id that is easy to read in a failure: `commit(7)` is `0007` ten times. */
export function commit(n: number): string {
  return n.toString(16).padStart(4, '0').repeat(10);
}

/** A digest that is easy to read in a failure: one hexadecimal digit 64 times. */
export function digest(letter: string): Digest {
  return `sha256:${letter.repeat(64)}`;
}

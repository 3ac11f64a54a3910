import type { ProjectSource } from '../../inputs/attach-inputs.ts';

/** How the stubs name this project, which does not know where it will be kept. */
const PLACEHOLDER = { repository: 'OWNER/model-release', ref: 'v1' } as const;

/** A line that calls one of our workflows or actions; quotes, comments and line ends around the name stay. */
const CALL = new RegExp(
  `^(\\s*(?:-\\s+)?uses:\\s*['"]?)${PLACEHOLDER.repository}((?:/[^\\s@'"]*)?)@${PLACEHOLDER.ref}(?=['"\\s]|$)`,
  'gm',
);

/** The first line of a configuration file, by which editors find its schema. */
const SCHEMA = new RegExp(
  `^(# yaml-language-server: \\$schema=https://raw\\.githubusercontent\\.com/)${PLACEHOLDER.repository}/${PLACEHOLDER.ref}(?=/)`,
);

/** A workflow or a configuration file with what it names of this project pointing to where it is kept; every other byte stays. */
export function withSource(file: Uint8Array, { repository, ref }: ProjectSource): Uint8Array {
  // Latin-1 is one character a byte, so that whatever else the file holds comes out as it went in.
  const text = Buffer.from(file).toString('latin1');
  const called = text
    .replace(CALL, (_, before: string, path: string) => `${before}${repository}${path}@${ref}`)
    .replace(SCHEMA, (_, before: string) => `${before}${repository}/${ref}`);
  return Buffer.from(called, 'latin1');
}

/** The same for a stub of this project, as an expression of sed. */
export function sedForSource({ repository, ref }: ProjectSource): string {
  return `'s|uses: ${PLACEHOLDER.repository}\\(.*\\)@${PLACEHOLDER.ref}$|uses: ${repository}\\1@${ref}|'`;
}

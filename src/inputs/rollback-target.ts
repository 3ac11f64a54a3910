/** What the input `to` of a rollback says by its form, so that one input is enough in an incident. */
import { nearest } from './config/nearest.ts';
import { quoted } from './fields.ts';
import { text } from './kinds.ts';
import * as names from './names.ts';

const WORDS = ['previous', 'version', 'digest', 'commit'] as const;
type Word = (typeof WORDS)[number];

const HEX_TOO_SHORT = /^(sha256:[0-9a-f]{0,6}|(?=.*[a-f])(?=.*\d)[0-9a-f]{4,6})$/;
/** More digits than any function has had versions; summaries print twelve digits of commits, and some of those are all decimal. */
const VERSION = /^[1-9]\d{0,5}$/;
const PREFIX = /^(sha256:)?[0-9a-f]{7,63}$/;
/** Of an image, as ECR takes them. */
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

export const targetField = text({
  fallback: 'previous',
  pattern: new RegExp(`^(sha256:[0-9a-f]{64}|${PREFIX.source.slice(1, -1)}|${TAG.source.slice(1, -1)})$`),
  expected:
    "previous, a version's number, a digest (sha256:…) or a commit id, whole or from its 7th digit on, or a tag",
  misplaced: (given) => {
    if (WORDS.includes(given as Word)) return undefined;
    if (HEX_TOO_SHORT.test(given))
      return `must have at least 7 digits of a commit or a digest, not ${quoted(given)}`;
    if (/^0\d{0,5}$/.test(given)) return `must be a version's number from 1, not ${quoted(given)}`;
    const word = PREFIX.test(given) || VERSION.test(given) ? undefined : nearest(given, WORDS);
    return word && `is ${quoted(given)}; did you mean ${word}?`;
  },
});

/** Each form with the member that carries it. */
export interface Target {
  readonly to: Word | 'prefix' | 'tag';
  readonly version?: string | undefined;
  readonly digest?: string | undefined;
  readonly toCommit?: string | undefined;
  /** Of commits, or with `sha256:` of digests; with decimal digits only it may be a version's number too. */
  readonly prefix?: string | undefined;
  readonly tag?: string | undefined;
}

/** @param to a text that `targetField` accepts. */
export function targetOf(to: string): Target {
  if (WORDS.includes(to as Word)) return { to: to as Word };
  if (names.DIGEST.test(to)) return { to: 'digest', digest: to };
  if (names.COMMIT.test(to)) return { to: 'commit', toCommit: to };
  if (VERSION.test(to)) return { to: 'version', version: to };
  return PREFIX.test(to) ? { to: 'prefix', prefix: to } : { to: 'tag', tag: to };
}

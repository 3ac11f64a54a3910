/** What of an answer may be shown: one short line, without the values of the function's environment. */
import { UNPRINTABLE } from '../errors.ts';

/** Values shorter than this are words like `production` rather than secrets, and hiding them would make answers unreadable. */
const SHORTEST_HIDDEN = 8;

/** A model's words without the values of its environment: an exception may print any of them. */
export function withoutValues(text: string, values: readonly string[]): string {
  const hidden = values
    .filter((value) => value.length >= SHORTEST_HIDDEN)
    .sort((a, b) => b.length - a.length);
  return hidden.reduce(
    (shown, value) =>
      [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())].reduce(
        (rest, form) => rest.replaceAll(form, '***'),
        shown,
      ),
    text,
  );
}

/** Characters that are shown of one value. */
const LONGEST_SHOWN = 160;

/** Hidden first and cut afterwards: the beginning of a secret is a secret. */
export function shown(text: string, hidden: readonly string[], longest = LONGEST_SHOWN): string {
  const visible = withoutValues(text, hidden).replaceAll(UNPRINTABLE, ' ');
  return visible.length > longest ? `${visible.slice(0, longest - 3).toWellFormed()}…` : visible;
}

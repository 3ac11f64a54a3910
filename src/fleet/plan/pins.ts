/**
 * Pins: Renovate and Dependabot write a commit, or an exact tag, where a workflow names a version. What is pinned to the same version
 * is the same workflow.
 */
import { blobId } from './wanted.ts';

/** `uses: NAME@REF # comment`, with its quotes and its line end. */
const USES = /^(\s*(?:-\s+)?uses:[ \t]*)(['"]?)([^\s@'"#]+)@([^\s'"#]+)\2([ \t]*(?:#[^\r\n]*)?)(?=\r?$)/gm;

/** The id that a file has without its pins of versions that the wanted one calls. */
export function unpinnedId(text: string, wanted: Uint8Array): string {
  const calls = [...Buffer.from(wanted).toString('utf8').matchAll(USES)].map(
    ([, , , name = '', ref = '', rest = '']) => ({ name, ref, rest }),
  );
  const unpinned = text.replace(USES, (line, ...[before, quote, name, ref, rest]: string[]) => {
    const pin = { ref: ref ?? '', rest: rest ?? '' };
    const called = calls.find((one) => one.name === name && isPin(pin, one.ref));
    return called === undefined ? line : `${before}${quote}${name}@${called.ref}${quote}${called.rest}`;
  });
  return blobId(Buffer.from(unpinned, 'utf8'));
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const VERSION = /^v?\d+(?:\.\d+)*$/;

/** Whether it is a commit or a tag of that very version: `v1` stands for `v1.2.3`, and for a commit behind which `# v1.2.3` is written. */
function isPin({ ref, rest }: { readonly ref: string; readonly rest: string }, version: string): boolean {
  const pinned = COMMIT.test(ref) ? versionIn(rest) : ref;
  if (pinned === undefined) return false;
  if (pinned === version) return true;
  return VERSION.test(version) && VERSION.test(pinned) && pinned.startsWith(`${version}.`);
}

/** The version behind a commit: `# v1.2.3`, `# tag=v1.2.3` or `# pin @v1`. */
function versionIn(comment: string): string | undefined {
  return /#(?:.*[\s=@])?([^\s=@#]+)\s*$/.exec(comment)?.[1];
}

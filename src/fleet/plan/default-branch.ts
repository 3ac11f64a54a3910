/** A repository's default branch in its workflows: a push to any other name starts nothing. */

/** Lines that list branches: `branches: [main, …]`, or the placeholder as the one item of its line. */
const LISTS = /^.*\bbranches(?:-ignore)?:.*$|^[ \t]*-[ \t]+(['"]?)\$default-branch\1[ \t]*(?:#.*)?$/gm;

/** What stands for it there, as in the workflow templates of GitHub's own picker. */
const IN_LIST = /(?<=[[, \t])(['"]?)\$default-branch\1(?=[\]},\s]|$)/g;

/** A workflow with the default branch's name where it lists it; every other byte stays. */
export function withDefaultBranch(workflow: Uint8Array, branch: string): Uint8Array {
  // Latin-1 is one character a byte, so that whatever else the file holds comes out as it went in.
  const text = Buffer.from(workflow).toString('latin1');
  const item = Buffer.from(branchItem(branch)).toString('latin1');
  const named = text.replace(LISTS, (line) => line.replace(IN_LIST, () => item));
  return Buffer.from(named, 'latin1');
}

/** The same for a stub of this project, as an expression of sed. */
export function sedForBranch(branch: string): string {
  const item = branchItem(branch).replaceAll(/[\\&|]/g, String.raw`\$&`);
  return `'s|\\$default-branch|${item.replaceAll("'", String.raw`'\''`)}|'`;
}

/** What YAML reads as this very string, also between brackets ... */
const PLAIN = /^[A-Za-z_][\w./-]*$/;
/** ... but for the words that some of its versions read as something else. */
const WORD = /^(?:true|false|yes|no|on|off|y|n|null)$/i;
const INVISIBLE = /[\p{C}\p{Z}]/gu;

/** An item of a list of branches that means this one and no other, in YAML. */
function branchItem(name: string): string {
  // GitHub reads the list as patterns. Of the characters that mean something there, Git allows these two in a name.
  const pattern = name.replaceAll(/[+!]/g, String.raw`\$&`);
  if (PLAIN.test(pattern) && !WORD.test(pattern)) return pattern;
  if (pattern.search(INVISIBLE) < 0) return `'${pattern.replaceAll("'", "''")}'`;
  const visible = pattern.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return String.raw`\U` + code.toString(16).padStart(8, '0');
  });
  return `"${visible}"`;
}

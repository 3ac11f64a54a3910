import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from '../../harness/property.ts';
import { parse } from 'yaml';
import { withDefaultBranch } from '../../../src/fleet/plan/default-branch.ts';

function named(workflow: string, branch: string): string {
  return Buffer.from(withDefaultBranch(Buffer.from(workflow), branch)).toString();
}

const NAMES: readonly (readonly [name: string, item: string])[] = [
  ['main', 'main'],
  ['master', 'master'],
  ['release/1.0', 'release/1.0'],
  ['my_branch-2', 'my_branch-2'],
  // Patterns of GitHub's, as names.
  ['c++', String.raw`'c\+\+'`],
  ['!important', String.raw`'\!important'`],
  ['wow!', String.raw`'wow\!'`],
  // What YAML would read as something else than this string.
  ['1.0', "'1.0'"],
  ['on', "'on'"],
  ['Null', "'Null'"],
  ['a,b', "'a,b'"],
  ['x]', "'x]'"],
  ['{x}', "'{x}'"],
  ['#12', "'#12'"],
  ['&a', "'&a'"],
  ['@x', "'@x'"],
  ['%x', "'%x'"],
  ["it's", "'it''s'"],
  ['"x"', `'"x"'`],
  ['größe', "'größe'"],
  ['zero\u200bwidth"+', String.raw`"zero\U0000200bwidth\"\\+"`],
  ['next\u0085line', String.raw`"next\U00000085line"`],
];

test.each(NAMES)('the branch %s as an item of a list: %s', (name, item) => {
  expect(named('branches: [$default-branch]', name)).toBe(`branches: [${item}]`);
  // Git itself allows it: the row is about something.
  expect(execFileSync('git', ['check-ref-format', '--branch', name], { encoding: 'utf8' }).trim()).toBe(name);
});

/** Does a branch pass this item of `branches:`? By GitHub's filter pattern cheat sheet. */
function passes(item: string, branch: string): boolean {
  if (item.startsWith('!')) return false;
  const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const source = item.replaceAll(/\\(.)|\*\*|\[[^\]]*\]|[*?+]|[^\\]/gsu, (part, escaped?: string) => {
    if (escaped !== undefined) return literal(escaped);
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return /^(\[.+\]|[?+])$/su.test(part) ? part : literal(part);
  });
  return new RegExp(`^${source}$`, 'su').test(branch);
}

/** What `git check-ref-format` allows; of the characters, the most awkward ones more often than others. */
const branchName = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...`+!],'"#&{}%@$-=|>/.~y1`),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 12,
  })
  .filter(
    (name) =>
      name.isWellFormed() &&
      // eslint-disable-next-line no-control-regex -- the characters that Git forbids
      !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^[-/]|[/.]$|(^|\/)\.|\.lock(\/|$)|^@$/.test(name),
  );

test('whatever a default branch is called, the list means it and no other', () => {
  const workflow = '- { branches: [$default-branch] }\n- branches:\n  - $default-branch\n';
  fc.assert(
    fc.property(branchName, branchName, fc.constantFrom('1.1', '1.2'), (name, other, version) => {
      const [flow, block] = parse(named(workflow, name), { version }) as { branches: readonly unknown[] }[];
      const [item] = flow?.branches ?? [];
      expect([flow?.branches, block?.branches]).toEqual([[item], [item]]);
      expect([passes(String(item), name), typeof item]).toEqual([true, 'string']);
      expect(passes(String(item), other)).toBe(other === name);
    }),
    { numRuns: 500 },
  );
});

describe('where it stands', () => {
  test.each([
    ['on: { push: { branches: [$default-branch] } }', 'on: { push: { branches: [trunk] } }'],
    ['    branches: [ $default-branch, next ]\r\n', '    branches: [ trunk, next ]\r\n'],
    ['branches: $default-branch # ours', 'branches: trunk # ours'],
    [`branches-ignore: ["$default-branch",'$default-branch']`, 'branches-ignore: [trunk,trunk]'],
    [
      'push: {branches: [$default-branch]}, pull_request: {branches: [$default-branch]}',
      'push: {branches: [trunk]}, pull_request: {branches: [trunk]}',
    ],
    ['branches:\n  - $default-branch\n  - next', 'branches:\n  - trunk\n  - next'],
    ["  - '$default-branch' # ours\r\n", '  - trunk # ours\r\n'],
  ])('%j', (workflow, expected) => {
    expect(named(workflow, 'trunk')).toBe(expected);
  });

  test.each([
    'branches: [$default-branches, my$default-branch, $default-branch/x]',
    'run: git checkout $default-branch',
    '  - run: git checkout $default-branch',
    "if: github.ref_name == '$default-branch'",
    'branches: [main]',
  ])('anything else stays: %j', (line) => {
    expect(named(line, 'trunk')).toBe(line);
  });

  test('bytes that are no text stay as they are', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x0a, 0xc3, 0x28, 0x0d, 0x00]);
    expect(Buffer.from(withDefaultBranch(bytes, 'trunk'))).toEqual(bytes);
  });
});

test('the stub of releases starts with a push to the default branch, and to no other', () => {
  const stub = readFileSync('workflows/ci_cd.yml', 'utf8');
  const { on } = parse(named(stub, 'c++'), { version: '1.2' }) as { on: { push: object } };
  expect(on.push).toEqual({ branches: [String.raw`c\+\+`] });
});

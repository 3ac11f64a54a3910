import {
  choice,
  flag,
  integer,
  list,
  quoted,
  readInputs,
  text,
  type Source,
  type ValuesOf,
} from './fields.ts';

const TOPIC = /^[a-z0-9][a-z0-9-]{0,49}$/;
const FILE_PATH = /^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))[^\\:]+$/;

/** Which repositories. */
const selectionFields = {
  organization: text({
    required: true,
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/,
    expected: "an organization's or a user's login",
  }),
  repositories: list({}, (pattern) =>
    /^!?[A-Za-z0-9._*-]+$/.test(pattern)
      ? undefined
      : `has ${quoted(pattern)}, which is no repository name with * or a leading ! (and no OWNER/)`,
  ),
  topic: text({ pattern: TOPIC, expected: 'a topic (lower-case letters, digits and -)' }),
  property: text({ pattern: /^[A-Za-z0-9_#$-]{1,75}=[^\s"]{1,75}$/, expected: 'NAME=VALUE' }),
  'with-files': list({}, (path) =>
    FILE_PATH.test(path) ? undefined : `has ${quoted(path)}, which is no path inside a repository`,
  ),
  include: list({}, (word) =>
    word === 'forks' || word === 'templates'
      ? undefined
      : `has ${quoted(word)}; it can be forks and templates`,
  ),
} as const;

/** What they receive, and how. */
const contentFields = {
  files: text({}),
  target: text({
    fallback: '.github/workflows',
    pattern: FILE_PATH,
    expected: 'a folder inside a repository',
  }),
  branch: text({
    fallback: 'model-release/attach',
    pattern: /^(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)))[A-Za-z0-9][A-Za-z0-9._/-]{0,98}[A-Za-z0-9]$/,
    expected: 'the beginning of a branch name',
  }),
  'local-edits': choice(['propose', 'keep'], { fallback: 'propose' }),
} as const;

const runFields = {
  mode: choice(['check', 'apply', 'check-structure'], { fallback: 'check' }),
  'dry-run': flag({ fallback: 'false' }),
  token: text({ required: true, max: 4096 }),
  limit: integer({ min: 1, max: 100_000, unit: 'repositories' }),
  wave: integer({ fallback: '25', min: 1, max: 1000, unit: 'repositories' }),
  minutes: integer({ fallback: '50', min: 1, max: 360, unit: 'minutes' }),
} as const;

export const attachFields = { ...selectionFields, ...contentFields, ...runFields } as const;

export type AttachInputs = ValuesOf<typeof attachFields>;

/** @throws UserError `invalid-inputs` with every mistake at once. */
export function readAttachInputs(source: Source): AttachInputs {
  return readInputs(attachFields, source);
}

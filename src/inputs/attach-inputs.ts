import { quoted, readInputs, ruleOver, type Source, type ValuesOf } from './fields.ts';
import { unknownInputs, type UnknownInputs } from './given.ts';
import { choice, flag, integer, list, text } from './kinds.ts';
import type { Environment } from '../types.ts';

const TOPIC = /^[a-z0-9][a-z0-9-]{0,49}$/;
const PROJECT =
  /^([A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9._-]{1,100})@([A-Za-z0-9][A-Za-z0-9._/-]{0,254})$/;
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
      : `has ${quoted(pattern)}, which is no repository name with * or a leading ! (and no owner before it)`,
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
  source: text({ pattern: PROJECT, expected: 'a repository and a ref such as acme/model-release@v1' }),
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
  token: text({
    required: true,
    max: 4096,
    pattern: /^[!-~]+$/,
    expected: 'a token in one word',
    secret: true,
  }),
  limit: integer({ min: 1, max: 100_000, unit: 'repositories' }),
  wave: integer({ fallback: '25', min: 1, max: 1000, unit: 'repositories' }),
  minutes: integer({ fallback: '50', min: 1, max: 360, unit: 'minutes' }),
} as const;

export const attachFields = { ...selectionFields, ...contentFields, ...runFields } as const;

/** Where this project can be read from: `OWNER/NAME`, and the tag, branch or commit in use. */
export interface ProjectSource {
  readonly repository: string;
  readonly ref: string;
}

export interface AttachInputs extends Omit<ValuesOf<typeof attachFields>, 'source'> {
  /** Where the workflows that repositories receive find this project. */
  readonly source: ProjectSource;
}

/** What was given that attach does not have. */
export const unknownAttachInputs = (env: Environment): UnknownInputs =>
  unknownInputs(env, { action: 'attach', table: attachFields });

const NO_SOURCE =
  'source is required here, such as acme/model-release@v1: the runner does not say which repository and ref this action comes from (`uses: ./attach` has none)';

const rule = ruleOver<ValuesOf<typeof attachFields>>();

/** @throws UserError `invalid-inputs` with every mistake at once. */
export function readAttachInputs(given: Source, env: Environment): AttachInputs {
  const projectOf = (source: string | undefined) => projectSource(source ?? ownSource(env));
  const { mistakes } = unknownAttachInputs(env);
  const { source, ...inputs } = readInputs(attachFields, { ...given, mistakes }, [
    rule(['source'], (v) => (projectOf(v.source) === undefined ? NO_SOURCE : undefined)),
  ]);
  // The rule has seen that there is one.
  return { ...inputs, source: projectOf(source) as ProjectSource };
}

/** What the runner says of the action it runs. */
function ownSource(env: Environment): string {
  return `${env['GITHUB_ACTION_REPOSITORY'] ?? ''}@${env['GITHUB_ACTION_REF'] ?? ''}`;
}

function projectSource(text: string): ProjectSource | undefined {
  const [, repository, ref] = PROJECT.exec(text) ?? [];
  return repository === undefined || ref === undefined ? undefined : { repository, ref };
}

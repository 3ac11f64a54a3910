/** The configuration file of a run, and what to say where there is none. */
const DEFAULT_CONFIG = '.model-release.yml';
/** The same name with the other ending, which is not read. */
const OTHER_ENDING = '.model-release.yaml';
/** In every checkout that git made. */
const CHECKOUT = '.git/HEAD';

/** Reads a file of the workspace. `given`: its path was named, so that it must exist; otherwise undefined without one. */
export type ReadConfig = (path: string, given: boolean) => Promise<string | undefined>;

export interface FoundFile {
  readonly file: string;
  readonly text: string | undefined;
  readonly mistakes: readonly string[];
  readonly warnings: readonly string[];
  /** Why a required input may be missing. */
  readonly absence: string;
}

/** @param asked its path, where the input `config` names it. */
export async function findFile(read: ReadConfig, asked: string | undefined): Promise<FoundFile> {
  const file = asked ?? DEFAULT_CONFIG;
  const text = await read(file, asked !== undefined);
  const other = asked === undefined && (await read(OTHER_ENDING, false)) !== undefined;
  if (text !== undefined) {
    const unread = `${OTHER_ENDING} is not read, because there is ${file}; remove one of them`;
    const absence = `${file} does not set it for this run, and no input of the action does`;
    return { file, text, mistakes: [], warnings: other ? [`${unread}.`] : [], absence };
  }
  const mistakes = other
    ? [`${OTHER_ENDING} is not read; rename it to ${file}, or set config: ${OTHER_ENDING}`]
    : [];
  return { file, text, mistakes, warnings: [], absence: await whyAbsent(read, file) };
}

async function whyAbsent(read: ReadConfig, file: string): Promise<string> {
  // Whatever stands there and cannot be read is a checkout too: in a worktree .git is a file.
  const isCheckout = await read(CHECKOUT, false).then(
    (text) => text !== undefined,
    () => true,
  );
  return isCheckout
    ? `the checkout has no ${file}, which could set it, and no input of the action does`
    : `there is no checkout here, so no ${file} that could set it, and no input of the action does; run actions/checkout before this step`;
}

/** Which inputs must never show: their values are masked before anything else happens. */
import type { Source } from './fields.ts';

export interface SecretInputs {
  readonly githubToken: string | undefined;
  /** `NAME=value` lines for the build. */
  readonly secrets?: readonly string[];
}

/** Secrets that are one text; the configuration file may hold none of them. */
const TOKENS = ['github-token', 'token'];
/** Those that are `NAME=value` lines. */
const LINES = ['secrets'];

/**
 * The values to mask of what an action was given, before it is read: a value that is refused must not show either. They are inputs of
 * the action and so the same for all services.
 */
export function secretsGiven({ text }: Pick<Source, 'text'>): readonly string[] {
  const lines = LINES.flatMap((name) => (text(name) ?? '').split('\n'));
  return maskable([...TOKENS.map((name) => text(name) ?? ''), ...lines.map(valueOf)]);
}

/** The values to mask, each line of a value by itself, because a log is masked line by line. */
export function secretsOf({ githubToken, secrets = [] }: SecretInputs): readonly string[] {
  return maskable([githubToken ?? '', ...secrets.map(valueOf)]);
}

/** A line without `=` is taken for a value as a whole. */
const valueOf = (line: string) => line.slice(line.indexOf('=') + 1);

/** As the runner looks for them: line by line, without the blanks around them. */
function maskable(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(/[\r\n]+/))
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

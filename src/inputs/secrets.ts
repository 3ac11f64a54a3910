/** Which inputs must never show: whoever runs an action masks their values before anything else happens. */

export interface SecretInputs {
  readonly githubToken: string | undefined;
  /** `NAME=value` lines for the build. */
  readonly secrets?: readonly string[];
}

/** The values to mask, each line of a value by itself, because a log is masked line by line. */
export function secretsOf({ githubToken, secrets = [] }: SecretInputs): readonly string[] {
  const values = secrets.map((line) => line.slice(line.indexOf('=') + 1));
  return [githubToken ?? '', ...values]
    .flatMap((value) => value.split('\n'))
    .filter((line) => line.trim() !== '');
}

import { AwsError, Cancelled, explainAwsError, orMissing } from '../../../errors.ts';
import type { Alias, VersionNumber } from '../../../types.ts';
import type { ReleaseTools } from '../../tools.ts';

export interface Pin {
  readonly functionName: string;
  /** The released alias; the pin is `<aliasName>-previous`. */
  readonly aliasName: string;
  readonly previous: VersionNumber;
}

/** Marks the pin as ours: an alias of that name with another Description is another owner's and is left as it is. */
export const PIN_DESCRIPTION =
  'Pinned by model-release: the version that served before. Do not send traffic here.';

/**
 * Points `<alias>-previous` to the previous version: Lambda refuses to delete a version that an alias points to.
 * Best effort: the release is done by then, so whatever goes wrong is a warning.
 * @returns whether the pin holds the previous version now.
 */
export async function pinPrevious(tools: ReleaseTools, pin: Pin): Promise<boolean> {
  const name = `${pin.aliasName}-previous`;
  const warn = (why: string) => {
    tools.log.warning(
      `The alias ${name} was not pointed to version ${pin.previous}, so nothing keeps that version from being deleted. ${why}`,
    );
    return false;
  };
  try {
    const existing = await orMissing(tools.lambda.getAlias(pin.functionName, name));
    if (existing !== undefined && existing.description !== PIN_DESCRIPTION) {
      return warn('The alias is not ours: its Description is another one. Rename or delete it.');
    }
    await point(tools, { ...pin, name, existing });
    return true;
  } catch (error) {
    if (error instanceof AwsError) return warn(explainAwsError(error).message);
    if (error instanceof Cancelled) return warn(error.message);
    throw error;
  }
}

interface Pointing extends Pin {
  readonly name: string;
  readonly existing: Alias | undefined;
}

async function point(
  { lambda, guards, log }: ReleaseTools,
  { functionName, name, previous, existing }: Pointing,
): Promise<void> {
  if (existing?.version === previous) return;
  const input = { name, version: previous, description: PIN_DESCRIPTION, weights: {} };
  if (existing === undefined) await lambda.createAlias(functionName, input);
  else await lambda.updateAlias(functionName, { ...input, ...guards.compareAndSwap(existing) });
  log.info(`The alias ${name} now keeps version ${previous}`);
}

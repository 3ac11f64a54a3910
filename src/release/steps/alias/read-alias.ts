import { orMissing } from '../../../errors.ts';
import { readRelease, type Release } from '../../record/release.ts';
import type { ReleaseTools } from '../../tools.ts';

/** An alias, and the function it belongs to. */
export interface AliasName {
  readonly functionName: string;
  readonly aliasName: string;
}

/** The alias as it is now, with what its record says. */
export async function readAlias(
  { lambda, guards }: ReleaseTools,
  { functionName, aliasName }: AliasName,
): Promise<Release> {
  return readRelease(await orMissing(lambda.getAlias(functionName, aliasName)), guards.trustRecord);
}

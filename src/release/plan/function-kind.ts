import { UserError } from '../../errors.ts';
import type { FunctionVersion } from '../../types.ts';

/**
 * A release checks its version by invocations, which functions of these kinds refuse or answer otherwise.
 * @throws UserError `function-kind`; nothing was written by then.
 */
export function refuseOtherKind(version: FunctionVersion | undefined, functionName: string): void {
  if (version?.kind === undefined) return;
  throw new UserError('function-kind', {
    what: `${functionName} is a function with ${version.kind}, which model-release does not release: its versions cannot be checked before they serve.`,
    fix: `Release to a function without ${version.kind}, under another name; nothing was changed.`,
  });
}

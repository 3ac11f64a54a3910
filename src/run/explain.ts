import { AwsError, explainAwsError, UserError, type Place } from '../errors.ts';

/** Why something failed: a stable code, and what people read. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The lines that are wrong, where they are known. */
  readonly places?: readonly Place[];
}

/** What went wrong as a code and a message for people; a user's mistake never shows a stack trace. */
export function explain(error: unknown): Failure {
  const known = error instanceof AwsError ? explainAwsError(error) : (diskFull(error) ?? error);
  if (known instanceof UserError) {
    const { code, message, places } = known;
    return places.length === 0 ? { code, message } : { code, message, places };
  }
  const detail = known instanceof Error ? (known.stack ?? known.message) : String(known);
  return {
    code: 'defect',
    message: `This is a defect of model-release; please report it with these lines:\n${detail}`,
  };
}

/** Any file of a run may be the one for which there was no room. */
function diskFull(error: unknown): UserError | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') return undefined;
  return new UserError('disk-full', {
    what: `The runner's disk is full (${error.message}).`,
    fix: 'Free space in an earlier step, or use a larger runner.',
  });
}

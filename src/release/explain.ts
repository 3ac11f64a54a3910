import { AwsError, explainAwsError, UserError } from '../errors.ts';
import type { Story } from '../report/story.ts';

/** What went wrong as a code and a message for people. */
export function explain(error: unknown): NonNullable<Story['error']> {
  const known = error instanceof AwsError ? explainAwsError(error) : error;
  if (known instanceof UserError) return { code: known.code, message: known.message };
  const detail = known instanceof Error ? (known.stack ?? known.message) : String(known);
  return {
    code: 'defect',
    message: `This is a defect of model-release; please report it with these lines:\n${detail}`,
  };
}

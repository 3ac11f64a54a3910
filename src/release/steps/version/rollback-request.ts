import type { RollbackQuestion } from '../../plan/rollback.ts';
import type { Sample } from '../../../checks/samples.ts';
import type { Release } from '../../record/release.ts';
import type { RunIdentity } from '../../../types.ts';

/** What is asked for, what is live, and what there is to prove it with. */
export interface RollbackRequest {
  readonly question: RollbackQuestion;
  readonly release: Release;
  readonly run: RunIdentity;
  /** For a version that has to be made again, or that a person names; empty where the repository is not checked out. */
  readonly samples: readonly Sample[];
  /** The ECR repository, where the live version does not tell it. */
  readonly repository: string | undefined;
}

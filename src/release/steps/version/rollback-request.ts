import type { RollbackQuestion } from '../../plan/rollback.ts';
import type { Sample } from '../../../checks/samples.ts';
import type { Release } from '../../record/release.ts';
import type { RunIdentity } from '../../../types.ts';

/** The wanted target, what is live, and what there is to check the target with. */
export interface RollbackRequest {
  readonly question: RollbackQuestion;
  readonly release: Release;
  readonly run: RunIdentity;
  /** For a version that has to be made again, or that a person names; empty where the repository is not checked out. */
  readonly samples: readonly Sample[];
  /** The ECR repository, where the live version does not name it. */
  readonly repository: string | undefined;
}

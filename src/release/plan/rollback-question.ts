/** What a rollback's inputs ask for. */
import type { RollbackInputs } from '../../inputs/rollback-inputs.ts';
import type { Digest, RunIdentity } from '../../types.ts';
import type { ReleasedBy, RollbackQuestion, RollbackWish } from './rollback.ts';

export function rollbackQuestion(inputs: RollbackInputs, run: RunIdentity): RollbackQuestion {
  return {
    functionName: inputs.functionName,
    aliasName: inputs.alias,
    wish: wishOf(inputs),
    releasedBy: releasedBy(inputs, run),
    force: inputs.force,
  };
}

function wishOf({ to, version, digest, toCommit, prefix, tag }: RollbackInputs): RollbackWish {
  if (to === 'version') return { to, version: version ?? '' };
  if (to === 'digest') return { to, digest: (digest ?? '') as Digest };
  if (to === 'commit') return { to, commit: toCommit ?? '' };
  if (to === 'prefix') return { to, prefix: prefix ?? '' };
  if (to === 'tag') return { to, tag: tag ?? '' };
  return { to };
}

/** Events in which a person (or a monitor) starts a rollback of what is live. */
const ASKED_FOR = new Set(['workflow_dispatch', 'repository_dispatch', 'schedule', '']);

/**
 * In any other event (a push, say) the rollback is a companion of the deploy before it in the same run, and must not undo somebody
 * else's good release when that deploy failed before it released anything.
 */
function releasedBy({ releasedBy: given, to }: RollbackInputs, run: RunIdentity): ReleasedBy {
  if (given !== 'auto') return given;
  return to !== 'previous' || ASKED_FOR.has(run.event) ? 'anyone' : 'this-run';
}

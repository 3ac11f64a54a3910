/** What a plan promises: no write happens that it did not announce, in its order, and a plan without a condition is carried out whole. */
import type { RecordedCall } from '../../local/calls.ts';
import type { ReleaseResult } from '../../src/release/result.ts';
import { writesOf, type PlanStep } from '../../src/run/plan.ts';

const PREFIX: Readonly<Record<string, string>> = {
  lambda: 'lambda',
  ecr: 'ecr',
  apigateway: 'apigateway',
  apigatewayv2: 'apigateway',
};

/** The writes among the calls, as a plan names them. An invocation runs the model and changes nothing of the function. */
export function writesAmong(calls: readonly RecordedCall[]): readonly string[] {
  return calls.flatMap(({ service, operation, isWrite }) => {
    const prefix = PREFIX[service];
    return isWrite && prefix !== undefined && operation !== 'Invoke' ? [`${prefix}:${operation}`] : [];
  });
}

/**
 * What of a run's writes its plan did not announce, or what came out of order. `whole`: no fault hit the run and it ended well, so that
 * each step without a condition wrote exactly what it announced.
 */
export function planFault(
  results: readonly ReleaseResult[],
  calls: readonly RecordedCall[],
  { whole }: { readonly whole: boolean },
): string | undefined {
  const writes = writesAmong(calls);
  const [first, ...more] = results;
  if (first === undefined) return undefined;
  if (first.dryRun) return writes.length === 0 ? undefined : `a dry run sent ${writes.join(', ')}`;
  // Of several services each has a plan, and their writes take turns.
  if (more.length > 0) return notAnnounced(results, writes);
  const fault = outOfOrder(first.plan, writes);
  if (fault !== undefined || !whole) return fault;
  // What AWS refused for the moment was sent again; what it refused for good was done by another run.
  const [done, refused] = [true, false].map((is) =>
    writesAmong(calls.filter(({ status }) => status < 300 === is)),
  );
  return notWhole(first.plan, done ?? [], refused ?? []);
}

function notAnnounced(results: readonly ReleaseResult[], writes: readonly string[]): string | undefined {
  const announced = new Set<string>(results.flatMap(({ plan }) => plan.flatMap(writesOf)));
  const unknown = writes.find((write) => !announced.has(write));
  return unknown === undefined ? undefined : `${unknown} was not announced`;
}

/** Every write belongs to the step of the one before it, or to a later one. */
function outOfOrder(plan: readonly PlanStep[], writes: readonly string[]): string | undefined {
  let at = 0;
  for (const write of writes) {
    const next = plan.findIndex((step, index) => index >= at && writesOf(step).includes(write as never));
    if (next < 0) {
      const known = plan.some((step) => writesOf(step).includes(write as never));
      return `${write} ${known ? 'came out of order' : 'was not announced'} (${writes.join(', ')})`;
    }
    at = next;
  }
  return undefined;
}

/** Each step without a condition has written what it announced, as often as it announced it. */
function notWhole(
  plan: readonly PlanStep[],
  writes: readonly string[],
  refused: readonly string[],
): string | undefined {
  const certain = plan
    .filter(({ when }) => when === undefined)
    .flatMap(({ writes: own }) => own.filter(isOfAws));
  const possible = plan.flatMap((step) => (step.when === undefined ? (step.mayWrite ?? []) : writesOf(step)));
  const left = [...writes];
  for (const write of certain) {
    const found = left.indexOf(write);
    if (found < 0 && refused.includes(write)) continue;
    if (found < 0) return `${write} was announced and not written (${writes.join(', ') || 'nothing was'})`;
    left.splice(found, 1);
  }
  const beyond = left.find((write) => !possible.includes(write as never));
  return beyond === undefined ? undefined : `${beyond} was written more often than announced`;
}

/** What is done with docker and on GitHub is no call of AWS's. */
function isOfAws(write: string): boolean {
  return /^(lambda|ecr|apigateway):/.test(write);
}

/** A run that no fault hit and that ended as it should. */
export function endedWhole(results: readonly ReleaseResult[]): boolean {
  return results.every(
    ({ outcome, error }) => error === undefined && ['ok', 'ok:noop', 'rolled-back'].includes(outcome),
  );
}

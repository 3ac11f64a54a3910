/** A dry run of every flow from every start prints the list that a run carries out, and writes nothing. */
import { describe, expect, test } from '@jest/globals';
import { flows, settingOf, trialRun } from '../crash/flows.ts';
import { open, run, type RunSpec, type Snapshot } from '../crash/crash-world.ts';
import { Random } from '../crash/random.ts';
import { startNames, startState } from '../crash/starts.ts';
import { planFault, writesAmong } from '../harness/plan-contract.ts';
import { planLines } from '../../src/words.ts';

async function ended(from: Snapshot, spec: RunSpec) {
  const world = open(from, new Random(1));
  const end = await run(world, spec);
  if (end.kind !== 'finished') throw new Error('no fault was set, and the run was lost');
  return { ...end, calls: world.aws.calls };
}

describe.each(startNames)('from the start "%s"', (start) => {
  test.each(flows.map((flow) => [flow.name, flow] as const))('%s', async (_, flow) => {
    const made = await startState(settingOf(flow, start));
    const from = flow.given === undefined ? made : { ...made, state: structuredClone(made.state) };
    flow.given?.(from.state);
    const spec = trialRun(flow, from, start);
    const dry = await ended(from, { ...spec, inputs: { ...spec.inputs, 'dry-run': 'true' } });
    const real = await ended(from, spec);
    expect(writesAmong(dry.calls)).toEqual([]);
    expect(dry.calls.filter(({ operation }) => operation === 'Invoke')).toEqual([]);
    expect({ plan: planLines(dry.result.plan), code: codeOf(dry) }).toEqual({
      plan: planLines(real.result.plan),
      // What only a write or an invocation can find out, a dry run does not.
      code: real.result.plan.length > 0 ? undefined : codeOf(real),
    });
    const whole = real.result.error === undefined && !['superseded'].includes(real.result.outcome);
    expect(planFault(real.results, real.calls, { whole })).toBeUndefined();
    for (const line of planLines(dry.result.plan)) expect(dry.runner.lines).toContain(line);
  });
});

function codeOf({ result }: Awaited<ReturnType<typeof ended>>): string | undefined {
  return result.error?.code;
}

/** An action that is run once and for no service, under the same supervision and with the same report as the others. */
import { githubRunner } from '../clients/runner.ts';
import type { Log } from '../clients/log.ts';
import { OpenSteps, type Permits } from '../clients/writes.ts';
import type { Source } from '../inputs/fields.ts';
import { docsUrl } from '../inputs/identity.ts';
import { secretsGiven } from '../inputs/secrets.ts';
import type { UnknownInputs } from '../inputs/given.ts';
import type { Environment } from '../types.ts';
import { explain, type Failure } from './explain.ts';
import { finish, type Report } from './finish.ts';
import { openLog } from './log.ts';
import { openStepRunner, type StepRunner, type Timed } from './session.ts';
import { supervise, thisProcess, type Stop, type Supervised } from './supervise.ts';

/** How its inputs are read, what it does, and how its result is told. */
export interface LoneAction<Inputs, Result, T extends Timed> {
  readonly name: 'attach';
  /** What was given that it does not have; `read` refuses the near misses. */
  readonly unknown: (env: Environment) => UnknownInputs;
  readonly read: (source: Source, env: Environment) => Inputs;
  readonly run: (inputs: Inputs, session: StepRunner<T>) => Promise<Result>;
  /** The result of a run that failed with nothing to tell; without inputs where these could not be read. */
  readonly broken: (failure: Failure, inputs: Inputs | undefined) => Result;
  readonly report: (result: Result, docs: string | undefined) => Report;
}

/** What its tools are made with, besides its inputs. */
export interface LoneSettings {
  readonly env: Environment;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly permits: Permits;
}

export interface LoneSurroundings<Inputs, T extends Timed> extends Supervised {
  readonly tools: (inputs: Inputs, settings: LoneSettings) => Promise<T>;
}

/** Runs an action as GitHub's runner starts it. */
export async function aloneOnGitHub<Inputs, Result, T extends Timed>(
  action: LoneAction<Inputs, Result, T>,
  tools: LoneSurroundings<Inputs, T>['tools'],
): Promise<void> {
  await runAlone(action, { runner: githubRunner(process.env), ...thisProcess, tools });
}

/** Runs an action under supervision: outputs, files and summary are written whatever happened. */
export async function runAlone<Inputs, Result, T extends Timed>(
  action: LoneAction<Inputs, Result, T>,
  around: LoneSurroundings<Inputs, T>,
): Promise<Result> {
  return supervise(
    around,
    (stop) => resultOf(action, around, stop),
    (result) => finish(around.runner, action.name, action.report(result, docsUrl(around.runner.env))),
  );
}

async function resultOf<Inputs, Result, T extends Timed>(
  action: LoneAction<Inputs, Result, T>,
  { runner, tools }: LoneSurroundings<Inputs, T>,
  { signal, cutOff }: Stop,
): Promise<Result> {
  let inputs: Inputs | undefined;
  try {
    // Before anything is read or refused: a refusal may quote what was given.
    for (const value of secretsGiven({ text: runner.input })) await runner.secret(value);
    inputs = action.read({ text: runner.input }, runner.env);
    const { log, groups, warnings } = openLog(runner);
    for (const warning of action.unknown(runner.env).warnings) log.warning(warning);
    const permits = new OpenSteps();
    const made = await tools(inputs, { env: runner.env, log, signal, permits });
    return await action.run(inputs, openStepRunner({ tools: made, log: groups, permits, warnings, cutOff }));
  } catch (error) {
    return action.broken(explain(error), inputs);
  }
}

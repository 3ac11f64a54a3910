import type { Tools } from '../clients/tools.ts';
import { OpenSteps, type Permits } from '../clients/writes.ts';
import type { Reader, ServiceSource } from '../inputs/config/sources.ts';
import type { Source } from '../inputs/fields.ts';
import { docsUrl, readIdentity } from '../inputs/identity.ts';
import { secretsGiven, secretsOf, type SecretInputs } from '../inputs/secrets.ts';
import { readServices, type NamedInputs, type ServiceInputs } from '../inputs/services.ts';
import type { RunIdentity } from '../types.ts';
import { explain, type Failure } from './explain.ts';
import { finish, type Report } from './finish.ts';
import { openLog } from './log.ts';
import { openSession, type Session } from './session.ts';
import { supervise, type Stop, type Supervised } from './supervise.ts';

/** One of the services that an action is run for, with a session of its own. */
export interface Service<Inputs, T extends Tools = Tools> {
  /** Its name in the configuration file; undefined where that lists no services. */
  readonly name: string | undefined;
  readonly inputs: Inputs;
  readonly session: Session<T>;
}

/** What an action needs to be run: how its inputs are read, what it does, and how its results are reported. */
export interface Action<Inputs extends TargetInputs, Result, T extends Tools = Tools> {
  readonly name: Reader;
  readonly read: (source: Source) => Inputs;
  /** One service, or several that belong together, in their order. One result for each; it does not throw for a service's sake. */
  readonly run: (services: readonly Service<Inputs, T>[]) => Promise<readonly Result[]>;
  /** The results of a run that failed before or beside its services: at least one. */
  readonly broken: (failure: Failure, services: readonly Service<Inputs, T>[]) => readonly Result[];
  /** `docs`: where the documentation of this action is, if the runner says whose it is. */
  readonly report: (results: readonly Result[], docs: string | undefined) => Report;
}

export interface TargetInputs extends ServiceInputs, SecretInputs {
  readonly commit: string | undefined;
  readonly dryRun: boolean;
  /** Whether a dry run builds, and asks the live version. */
  readonly build?: boolean;
  readonly environment: string | undefined;
}

/** What tools are made of for one service of a run. */
interface ToolSettings {
  readonly log: Tools['log'];
  readonly signal: AbortSignal;
  readonly permits: Permits;
  /** A dry run: the transports let reads through and nothing else. */
  readonly readOnly: boolean;
  /** Of a dry run that asks the live version: Invoke passes as well. */
  readonly invokes: boolean;
}

/** What is around an action: the process, and its tools once the inputs are known. */
export interface Surroundings<Inputs, T extends Tools> extends Supervised {
  readonly sources: (reader: Reader) => Promise<readonly ServiceSource[]>;
  readonly tools: (inputs: Inputs, settings: ToolSettings) => T;
  /** Who is running, given the input `commit`; by default whom GitHub's variables name. */
  readonly identity?: (commit: string | undefined) => RunIdentity;
}

/** Runs an action for its services under supervision: outputs and summary are written whatever happened. */
export async function runAction<Inputs extends TargetInputs, Result, T extends Tools>(
  action: Action<Inputs, Result, T>,
  around: Surroundings<Inputs, T>,
): Promise<readonly Result[]> {
  return supervise(
    around,
    (stop) => resultsOf(action, around, stop),
    (results) => finish(around.runner, action.name, action.report(results, docsUrl(around.runner.env))),
  );
}

async function resultsOf<Inputs extends TargetInputs, Result, T extends Tools>(
  action: Action<Inputs, Result, T>,
  around: Surroundings<Inputs, T>,
  stop: Stop,
): Promise<readonly Result[]> {
  let services: readonly Service<Inputs, T>[] = [];
  try {
    services = await openServices(action, around, stop);
    return await action.run(services);
  } catch (error) {
    return action.broken(explain(error), services);
  }
}

/** Reads the inputs of all services, masks what is secret, and opens a session for each. */
async function openServices<Inputs extends TargetInputs, Result, T extends Tools>(
  action: Action<Inputs, Result, T>,
  around: Surroundings<Inputs, T>,
  stop: Stop,
): Promise<readonly Service<Inputs, T>[]> {
  const { runner } = around;
  // Before anything is read or refused: a refusal may quote what was given.
  for (const value of secretsGiven({ text: runner.input })) await runner.secret(value);
  const sources = await around.sources(action.name);
  const named = readServices(sources, action.read);
  for (const { inputs } of named) for (const value of secretsOf(inputs)) await runner.secret(value);
  const { identity = (commit) => readIdentity(runner.env, commit) } = around;
  const run = identity(named[0].inputs.commit);
  const services = named.map((one) => openService(one, { around, run, stop }));
  // All services have one file.
  for (const warning of sources[0]?.source.warnings ?? []) services[0]?.session.tools.log.warning(warning);
  return services;
}

interface Opening<Inputs, T extends Tools> {
  readonly around: Surroundings<Inputs, T>;
  readonly run: RunIdentity;
  readonly stop: Stop;
}

/** A service with its own tools; in the log its name stands before what is done for it. */
function openService<Inputs extends TargetInputs, T extends Tools>(
  { service: name, inputs }: NamedInputs<Inputs>,
  { around, run, stop }: Opening<Inputs, T>,
): Service<Inputs, T> {
  const { runner } = around;
  const { log, groups, warnings } = openLog(runner, name === undefined ? '' : `${name}: `);
  const permits = new OpenSteps();
  const { signal, cutOff } = stop;
  const { dryRun: readOnly, build: invokes = false } = inputs;
  const tools = around.tools(inputs, { log, signal, permits, readOnly, invokes });
  return { name, inputs, session: openSession({ run, tools, log: groups, permits, warnings, cutOff }) };
}

import type { Runner } from '../clients/runner.ts';
import type { Tools } from '../clients/tools.ts';
import type { Reader, ServiceSource } from '../inputs/config/sources.ts';
import type { Source } from '../inputs/fields.ts';
import { readIdentity } from '../inputs/identity.ts';
import { secretsOf, type SecretInputs } from '../inputs/secrets.ts';
import { readServices, type NamedInputs, type ServiceInputs } from '../inputs/services.ts';
import { newStory, type Story } from '../report/story.ts';
import { outcomeOf, outputsOfAll, summaryOfAll, whyOf, type Stories } from '../report/together.ts';
import type { RunIdentity } from '../types.ts';
import { openSession, type Service } from './session.ts';
import { fail, supervise, type Failure, type Supervised } from './supervise.ts';

/** What an action needs to be run: how its inputs are read, and what it does. */
export interface Action<Inputs extends TargetInputs> {
  readonly name: Story['action'];
  readonly read: (source: Source) => Inputs;
  /** One service, or several that are released together, in their order. */
  readonly run: (services: readonly Service<Inputs>[]) => Promise<void>;
}

export interface TargetInputs extends ServiceInputs, SecretInputs {
  readonly commit: string | undefined;
  readonly dryRun: boolean;
  readonly environment: string | undefined;
}

/** What is around an action: the process, and its tools once the inputs are known. */
export interface Surroundings<Inputs> extends Supervised {
  readonly sources: (reader: Reader) => Promise<readonly ServiceSource[]>;
  readonly tools: (inputs: Inputs, log: Tools['log'], signal: AbortSignal) => Tools;
}

/** Runs an action for its services under supervision: outputs and summary are written whatever happened. */
export async function runAction<Inputs extends TargetInputs>(
  action: Action<Inputs>,
  around: Surroundings<Inputs>,
): Promise<Stories> {
  const { runner } = around;
  let stories: Stories = [
    newStory(action.name, {
      service: undefined,
      functionName: '',
      aliasName: '',
      run: undefined,
      dryRun: false,
    }),
  ];
  const work = async (signal: AbortSignal) => {
    const sources = await around.sources(action.name);
    const [first, ...more] = readServices(sources, action.read);
    for (const { inputs } of [first, ...more])
      for (const value of secretsOf(inputs)) await runner.secret(value);
    const run = readIdentity(runner.env, first.inputs.commit);
    const open = (one: NamedInputs<Inputs>) => openService(one, { action, around, run, signal });
    const services = [open(first), ...more.map(open)] as const;
    stories = [services[0].session.story, ...services.slice(1).map(({ session }) => session.story)];
    // All services have one file.
    for (const warning of sources[0]?.source.warnings ?? []) services[0].session.tools.log.warning(warning);
    await action.run(services);
  };
  await supervise(around, work, async (failure) => {
    if (failure !== undefined) blame(stories, failure);
    await tell(runner, stories);
  });
  return stories;
}

interface Run<Inputs extends TargetInputs> {
  readonly action: Action<Inputs>;
  readonly around: Surroundings<Inputs>;
  readonly run: RunIdentity;
  readonly signal: AbortSignal;
}

/** A service with its own tools and story; in the log its name stands before what is done for it. */
function openService<Inputs extends TargetInputs>(
  { service, inputs }: NamedInputs<Inputs>,
  { action, around, run, signal }: Run<Inputs>,
): Service<Inputs> {
  const { runner } = around;
  const { functionName, alias: aliasName, dryRun } = inputs;
  const story = newStory(action.name, {
    service,
    functionName,
    aliasName,
    run,
    dryRun,
    environment: inputs.environment,
  });
  const prefix = service === undefined ? '' : `${service}: `;
  const log = {
    info: runner.info,
    warning: (message: string) => {
      runner.info(`Warning: ${prefix}${message}`);
      story.warnings.push(message);
    },
  };
  const group = {
    start: (name: string) => runner.startGroup(`${prefix}${name}`),
    end: (closing: string) => (runner.endGroup(), runner.info(`${prefix}${closing}`)),
  };
  const tools = around.tools(inputs, log, signal);
  return { inputs, session: openSession(tools, story, { run, group }) };
}

/** Whose story the failure belongs to, and why the others were not released. */
function blame(stories: Stories, failure: Failure): void {
  const culprit =
    stories.find(({ error }) => error !== undefined) ??
    stories.find(({ outcome }) => outcome === 'unknown' || outcome === 'failed') ??
    stories[0];
  culprit.error ??= failure;
  for (const story of stories)
    if (story.outcome === 'failed' && story.error === undefined && story.why === '')
      story.why = `not reached: ${culprit.service} failed first`;
}

/** Outcomes that a workflow may go on from. */
const GREEN = new Set(['ok', 'ok:noop', 'superseded']);

async function tell(runner: Runner, stories: Stories): Promise<void> {
  const outcome = outcomeOf(stories);
  const [{ action }] = stories;
  const errors = stories.flatMap(({ error }) => error ?? []);
  const green = GREEN.has(outcome) || (action === 'rollback' && outcome === 'rolled-back');
  const trouble = await reportTo(runner, stories).then(
    () => undefined,
    (error: unknown) => error,
  );
  // A missing output file must not turn a release that happened into a failure, nor be passed over.
  if (trouble !== undefined)
    await runner.warning(
      `Outputs or summary could not be written: ${trouble instanceof Error ? trouble.message : String(trouble)}`,
    );
  const warnings = stories.flatMap((story) => story.warnings.map((message) => ({ message, story })));
  for (const { message, story } of warnings.slice(0, 9))
    await runner.warning(message, `${action} ${story.functionName}`);
  for (const error of errors) await fail(runner, action, error);
  const why = whyOf(stories);
  if (outcome === 'superseded') await runner.warning(why, `${action} superseded`);
  if (errors.length === 0) runner.info(`${outcome}${why === '' ? '' : `: ${why}`}`);
  if (!green) runner.setExitCode(1);
}

async function reportTo(runner: Runner, stories: Stories): Promise<void> {
  for (const [name, value] of Object.entries(outputsOfAll(stories))) await runner.output(name, value);
  await runner.summary(summaryOfAll(stories));
}

import { AwsError, Cancelled, explainAwsError, UserError } from '../errors.ts';
import type { Runner } from '../clients/runner.ts';
import type { Tools } from '../clients/tools.ts';
import type { Source } from '../inputs/fields.ts';
import { readIdentity } from '../inputs/identity.ts';
import { outputsOf } from '../report/outputs.ts';
import { newStory, type Story } from '../report/story.ts';
import { summaryOf } from '../report/summary.ts';
import { openSession, type Session } from './session.ts';

/** What an action needs to be run: how its inputs are read, and what it does. */
export interface Action<Inputs extends TargetInputs> {
  readonly name: Story['action'];
  readonly read: (source: Source) => Inputs;
  readonly run: (inputs: Inputs, session: Session) => Promise<void>;
}

export interface TargetInputs {
  readonly functionName: string;
  readonly alias: string;
  readonly commit: string | undefined;
  readonly dryRun: boolean;
}

/** The process around an action: its runner, its tools once the inputs are known, and the signals it gets. */
export interface Surroundings<Inputs> {
  readonly runner: Runner;
  readonly source: () => Promise<Source>;
  readonly tools: (inputs: Inputs, log: Tools['log'], signal: AbortSignal) => Tools;
  /** Calls back with the signal's name when the run is told to stop. */
  readonly onStop: (stop: (signal: string) => void) => void;
  /** Ends the process when the work does not end by itself after a stop. */
  readonly exit: (code: number) => void;
  /** Resolves after `ms` of real time. */
  readonly grace: (ms: number) => Promise<void>;
}

/** The runner sends SIGTERM 7.5 s after SIGINT and kills 2.5 s later: what is to be said must be said by then. Milliseconds. */
export const GRACE_MS = 5_000;

/**
 * The one place that catches. Outputs and summary are written whatever happened; a user's mistake never shows a stack trace.
 */
export async function runAction<Inputs extends TargetInputs>(
  action: Action<Inputs>,
  around: Surroundings<Inputs>,
): Promise<Story> {
  const { runner } = around;
  const stop = new AbortController();
  let story = newStory(action.name, { functionName: '', aliasName: '', run: undefined, dryRun: false });
  const work = async () => {
    const inputs = action.read(await around.source());
    const run = readIdentity(runner.env, inputs.commit);
    story = newStory(action.name, {
      functionName: inputs.functionName,
      aliasName: inputs.alias,
      run,
      dryRun: inputs.dryRun,
    });
    const warn = (message: string) => void story.warnings.push(message);
    const log = {
      info: runner.info,
      warning: (message: string) => (runner.info(`Warning: ${message}`), warn(message)),
    };
    const group = {
      start: runner.startGroup,
      end: (closing: string) => (runner.endGroup(), runner.info(closing)),
    };
    await action.run(inputs, openSession(around.tools(inputs, log, stop.signal), story, run, group));
  };
  const stopped = new Promise<never>((_, reject) => {
    around.onStop((signal) => {
      if (stop.signal.aborted) return;
      runner.info(`${signal}: no further write is started`);
      stop.abort(signal);
      void around.grace(GRACE_MS).then(() => reject(new Cancelled(signal)));
    });
  });
  const failure = await Promise.race([work(), stopped]).then(() => undefined, explain);
  if (failure !== undefined) story.error = failure;
  await tell(runner, story);
  if (stop.signal.aborted) around.exit(1);
  return story;
}

/** What went wrong as a code and a message for people. */
function explain(error: unknown): { code: string; message: string } {
  const known = error instanceof AwsError ? explainAwsError(error) : error;
  if (known instanceof UserError) return { code: known.code, message: known.message };
  const detail = known instanceof Error ? (known.stack ?? known.message) : String(known);
  return {
    code: 'defect',
    message: `This is a defect of model-release; please report it with these lines:\n${detail}`,
  };
}

/** Outcomes that a workflow may go on from. */
const GREEN = new Set(['ok', 'ok:noop', 'superseded']);

async function tell(runner: Runner, story: Story): Promise<void> {
  const failed =
    story.error !== undefined ||
    !(GREEN.has(story.outcome) || (story.action === 'rollback' && story.outcome === 'rolled-back'));
  const trouble = await reportTo(runner, story).then(
    () => undefined,
    (error: unknown) => error,
  );
  // A missing output file must not turn a release that happened into a failure, nor be passed over.
  if (trouble !== undefined)
    await runner.warning(
      `Outputs or summary could not be written: ${trouble instanceof Error ? trouble.message : String(trouble)}`,
    );
  for (const warning of story.warnings.slice(0, 9))
    await runner.warning(warning, `${story.action} ${story.functionName}`);
  if (story.error !== undefined)
    await runner.error(`${story.error.message}`, `${story.action} failed (${story.error.code})`);
  else runner.info(`${story.outcome}${story.why === '' ? '' : `: ${story.why}`}`);
  if (failed) runner.setExitCode(1);
}

async function reportTo(runner: Runner, story: Story): Promise<void> {
  for (const [name, value] of Object.entries(outputsOf(story))) await runner.output(name, value);
  await runner.summary(summaryOf(story));
}

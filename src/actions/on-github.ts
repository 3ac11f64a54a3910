import type { Runner } from '../clients/runner.ts';
import { githubRunner } from '../clients/runner.ts';
import { realClock } from '../clients/clock.ts';
import { nodeShell } from '../clients/shell.ts';
import { buildTools } from '../clients/tools.ts';
import type { Source } from '../inputs/fields.ts';
import { guards } from '../record/guards.ts';
import { runAction, type Action, type TargetInputs } from './run-action.ts';

interface AwsInputs extends TargetInputs {
  readonly awsRegion: string | undefined;
}

/** Runs an action as GitHub's runner starts it: environment, signals, exit code. */
export async function onGitHub<I extends AwsInputs>(action: Action<I>): Promise<void> {
  const runner = githubRunner(process.env);
  await runAction(action, {
    runner,
    source: () => source(runner),
    tools: ({ awsRegion }, log, signal) =>
      buildTools({
        aws: awsRegion === undefined ? {} : { region: awsRegion },
        clock: realClock,
        random: Math.random,
        shell: nodeShell({ clock: realClock, signal, env: runner.env }),
        log,
        signal,
        guards,
        secret: runner.secret,
        env: runner.env,
      }),
    onStop: (stop) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop(name));
    },
    exit: (code) => process.exit(code),
    grace: (ms) => realClock.sleep(ms),
  });
}

function source(runner: Runner): Promise<Source> {
  return Promise.resolve({ text: runner.input });
}

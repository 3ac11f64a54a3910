import { githubRunner } from '../clients/runner.ts';
import { realClock } from '../clients/clock.ts';
import { buildTools, lazyShell } from '../clients/tools.ts';
import { readInside } from '../clients/workspace.ts';
import { readSources } from '../inputs/config/sources.ts';
import { givenInputs } from '../inputs/given.ts';
import { guards } from '../release/record/guards.ts';
import { runAction, type Action, type TargetInputs } from './run-action.ts';
import { thisProcess } from './supervise.ts';

interface AwsInputs extends TargetInputs {
  readonly awsRegion: string | undefined;
}

/** Runs an action as GitHub's runner starts it: environment, signals, exit code. */
export async function onGitHub<I extends AwsInputs>(action: Action<I>): Promise<void> {
  const runner = githubRunner(process.env);
  const workspace = runner.env['GITHUB_WORKSPACE'] ?? process.cwd();
  await runAction(action, {
    runner,
    ...thisProcess,
    sources: (reader) =>
      readSources(
        givenInputs(runner.env),
        (path, given) => readInside({ workspace, path, input: 'config' }, given),
        reader,
      ),
    tools: ({ awsRegion }, log, signal) =>
      buildTools({
        aws: awsRegion === undefined ? {} : { region: awsRegion },
        clock: realClock,
        random: Math.random,
        shell: lazyShell({ clock: realClock, signal, env: runner.env }),
        log,
        signal,
        guards,
        secret: runner.secret,
        env: runner.env,
      }),
  });
}

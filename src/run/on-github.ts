import { realClock } from '../clients/clock.ts';
import { githubRunner } from '../clients/runner.ts';
import { buildTools, lazyShell, type Tools } from '../clients/tools.ts';
import { readInside } from '../clients/workspace.ts';
import { readSources } from '../inputs/config/sources.ts';
import { givenInputs } from '../inputs/given.ts';
import { withPipelineInputs } from '../inputs/pipeline-inputs.ts';
import { runAction, type Action, type TargetInputs } from './run-action.ts';
import { thisProcess } from './supervise.ts';

interface AwsInputs extends TargetInputs {
  readonly awsRegion: string | undefined;
}

/**
 * Runs an action as GitHub's runner starts it: environment, signals, exit code. `more` is what the action acts with besides the tools
 * that every action has.
 */
export async function onGitHub<I extends AwsInputs, Result, More extends object>(
  action: Action<I, Result, Tools & More>,
  more: More,
): Promise<void> {
  const runner = githubRunner(withPipelineInputs(process.env, action.name));
  const workspace = runner.env['GITHUB_WORKSPACE'] ?? process.cwd();
  await runAction<I, Result, Tools & More>(action, {
    runner,
    ...thisProcess,
    sources: (reader) =>
      readSources(
        givenInputs(runner.env),
        (path, given) => readInside({ workspace, path, input: 'config' }, given),
        reader,
      ),
    tools: ({ awsRegion }, settings) => ({
      ...more,
      ...buildTools({
        ...settings,
        aws: awsRegion === undefined ? {} : { region: awsRegion },
        clock: realClock,
        random: Math.random,
        shell: lazyShell({ clock: realClock, signal: settings.signal, env: runner.env }),
        secret: runner.secret,
        env: runner.env,
      }),
    }),
  });
}

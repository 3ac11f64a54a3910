/** An action of a release, run from a terminal: the same code as on GitHub, with a runner of its own. */
import type { TargetInputs, Action } from '../../run/run-action.ts';
import { runAction } from '../../run/run-action.ts';
import { realClock } from '../../clients/clock.ts';
import { buildTools, lazyShell } from '../../clients/tools.ts';
import { terminalRunner } from '../../clients/terminal-runner.ts';
import { readInside } from '../../clients/workspace.ts';
import { givenInputs } from '../../inputs/given.ts';
import { localIdentity } from '../../inputs/identity.ts';
import { readSources } from '../../inputs/config/sources.ts';
import { guards } from '../../release/record/guards.ts';
import type { ReleaseResult } from '../../release/result.ts';
import type { ReleaseTools } from '../../release/tools.ts';
import { renderMarkdown } from '../../report/terminal-text.ts';
import type { Environment } from '../../types.ts';
import type { CommandContext, ExitCode } from '../command.ts';
import { readHere, type Here } from './repository.ts';

interface ReleaseInputs extends TargetInputs {
  readonly awsRegion: string | undefined;
}

/** Runs the action, prints its summary or its result as JSON. */
export async function runRelease<I extends ReleaseInputs>(
  action: Action<I, ReleaseResult, ReleaseTools>,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, given, json, clock } = context;
  const here = await readHere(context);
  const env = environment(context, here);
  const runner = terminalRunner({ terminal, env, given, quiet: json });
  const results = await runAction(action, {
    runner,
    ...context.process,
    sources: (reader) =>
      readSources(
        givenInputs(env),
        (path, required) => readInside({ workspace: context.cwd, path, input: 'config' }, required),
        reader,
      ),
    ...(isOnGitHub(context.env)
      ? {}
      : { identity: (commit) => localIdentity(localRun(context, here), commit) }),
    tools: ({ awsRegion }, settings) => ({
      guards,
      ...buildTools({
        ...settings,
        ...(context.fetch && { fetch: context.fetch }),
        aws: { ...context.aws, ...(awsRegion !== undefined && { region: awsRegion }) },
        clock,
        random: Math.random,
        // A program takes its own time.
        shell: lazyShell({ clock: realClock, signal: settings.signal, env }),
        secret: runner.secret,
        env,
      }),
    }),
  });
  const { summary, failed, ...said } = runner.said();
  if (json) terminal.json({ ...said, plan: results.flatMap(({ plan }) => plan.map(toldStep)) });
  else terminal.print(`\n${renderMarkdown(summary, (text, style) => terminal.styled(style, text))}`);
  // No service had begun: what was given is wrong.
  const begun = results.some(({ run }) => run !== undefined);
  return !failed ? 0 : begun || results.some(({ error }) => error?.code === 'defect') ? 1 : 2;
}

function toldStep({ does, why, when }: ReleaseResult['plan'][number]): object {
  return { does, why, ...(when !== undefined && { when }) };
}

/** In a job of a workflow the run is GitHub's, as if the action itself had been used. */
function isOnGitHub(env: Environment): boolean {
  return env['GITHUB_RUN_ID'] !== undefined;
}

function localRun({ clock, env, program, given }: CommandContext, { head, origin }: Here) {
  return {
    now: clock.now(),
    head,
    repository: origin?.repository ?? '',
    actor: env['USER'] ?? env['USERNAME'] ?? '',
    typed: { program, target: [...given].filter(([name]) => TARGET.has(name)) },
  };
}

/** The flags that a rollback of the same function needs again. */
const TARGET = new Set([
  ...['function-name', 'alias', 'aws-region', 'ecr-repository', 'config'],
  ...['rest-api-id', 'http-api-id', 'api-stage', 'api-url'],
]);

/** What a runner would set: the inputs, and where the repository is. Inputs that this process inherited are not this command's. */
function environment({ env, given, cwd }: CommandContext, { head, origin }: Here): Environment {
  const own = Object.entries(env).filter(([name]) => !name.startsWith('INPUT_'));
  const inputs = [...given].map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value] as const);
  const git = isOnGitHub(env)
    ? {}
    : {
        ...(head !== undefined && { GITHUB_SHA: head }),
        ...(origin && { GITHUB_REPOSITORY: origin.repository, GITHUB_SERVER_URL: origin.server }),
      };
  return { ...Object.fromEntries([...own, ...inputs]), ...git, GITHUB_WORKSPACE: cwd };
}

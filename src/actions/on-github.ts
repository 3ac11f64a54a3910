import { readFile } from 'node:fs/promises';
import type { Runner } from '../clients/runner.ts';
import { githubRunner } from '../clients/runner.ts';
import { realClock } from '../clients/clock.ts';
import { buildTools, lazyShell } from '../clients/tools.ts';
import { insideWorkspace } from '../clients/workspace.ts';
import { UserError } from '../errors.ts';
import { readSources } from '../inputs/config/sources.ts';
import { InvalidInputs, quoted } from '../inputs/fields.ts';
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
    sources: () => readSources({ text: runner.input }, (path, given) => readConfig(runner.env, path, given)),
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
    onStop: (stop) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop(name));
    },
    exit: (code) => process.exit(code),
    grace: (ms) => realClock.sleep(ms),
  });
}

/** The configuration file, which lies in the workspace; undefined when there is none and nobody asked for it. */
async function readConfig(env: Runner['env'], path: string, given: boolean): Promise<string | undefined> {
  const workspace = env['GITHUB_WORKSPACE'] ?? process.cwd();
  try {
    return await readFile(await insideWorkspace({ workspace, path, input: 'config' }), 'utf8');
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (!given && ['path-missing', 'ENOENT'].includes(code)) return undefined;
    if (error instanceof UserError) throw error;
    throw new InvalidInputs([`config names ${quoted(path)}, which cannot be read as a file (${code})`]);
  }
}

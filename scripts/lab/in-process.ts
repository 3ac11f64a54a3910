/** The door without processes and sockets: the actions of `src/` over virtual time. */
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { CallerProcess } from '../../local/faults.ts';
import { fetchFor } from '../../local/github/fetch.ts';
import { createLocalGitHub } from '../../local/github/github.ts';
import { emptyGitHub } from '../../local/github/state.ts';
import { attachAction } from '../../src/actions/attach.ts';
import { fleetTools } from '../../src/fleet/tools.ts';
import { runAlone } from '../../src/run/run-alone.ts';
import { memoryRunner, type MemoryRunner } from '../../__tests__/harness/runner.ts';
import { createWorld, type RunOptions, type World } from '../../__tests__/harness/world.ts';
import { ACTION_SOURCE, type Door, type LabJob, type LabOptions, type Site } from './types.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
/** What a shell reports of a process that was killed. */
const KILLED = 137;

export function openInProcess(options: LabOptions, site: Site): Door {
  const { region = 'us-east-1', accountId, settings, latencyMs, runtime } = options;
  const world = createWorld({
    region,
    ...(accountId === undefined ? {} : { accountId }),
    ...(settings === undefined ? {} : { settings }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(runtime === undefined ? {} : { runtime }),
  });
  const github = createLocalGitHub({ state: emptyGitHub(options.github), clock: world.aws.clock });
  let runs = 0;
  return {
    aws: world.aws,
    github,
    build: {},
    env: {},
    apiUrl: ({ url }) => url,
    run: async (job) => {
      const crash = Promise.withResolvers<undefined>();
      const caller = new CallerProcess(`run-${(runs += 1)}`, () => crash.resolve(undefined));
      const around = { world, github, caller, site };
      // A run that died never settles: its promise is left behind.
      const runner = await Promise.race([run(job, around), crash.promise]);
      return runner === undefined ? LOST : told(runner);
    },
    stop: async () => undefined,
  };
}

/** Nothing is heard of a machine that is gone. */
const LOST = { exitCode: KILLED, outputs: {}, summary: '', log: [], annotations: [] } as const;

interface Around {
  readonly world: World;
  readonly github: Door['github'];
  readonly caller: CallerProcess;
  readonly site: Site;
}

async function run(job: LabJob, around: Around): Promise<MemoryRunner> {
  if (job.action === 'attach') return runAttach(job, around);
  if (job.action === 'pipeline') throw new Error('The pipeline runs programs: use the door `bundle`.');
  const { world, github, caller, site } = around;
  const { commit, event, env, runId, attempt, signal } = job;
  const options: RunOptions = {
    commit,
    event,
    env,
    github,
    caller,
    files: await filesOf(site.workspace),
    onStop: stopOn(signal),
    ...(runId === undefined ? {} : { runId }),
    ...(attempt === undefined ? {} : { attempt }),
  };
  return (await world[job.action](job.inputs, options)).runner;
}

async function runAttach({ inputs, env, signal }: LabJob, around: Around): Promise<MemoryRunner> {
  const { world, github, caller, site } = around;
  const { clock } = world.aws;
  const runner = memoryRunner(inputs, { ...ACTION_SOURCE, RUNNER_TEMP: site.temp, ...env });
  await runAlone(attachAction, {
    runner,
    tools: fleetTools({ clock, home: PROJECT, fetch: fetchFor(github, caller) }),
    onStop: stopOn(signal),
    exit: (code) => runner.setExitCode(code),
    grace: (ms) => clock.sleep(ms),
  });
  return runner;
}

function stopOn(signal: AbortSignal | undefined): (stop: (signal: string) => void) => void {
  return (stop) => {
    const pull = () => stop('SIGTERM');
    if (signal?.aborted === true) pull();
    else signal?.addEventListener('abort', pull, { once: true });
  };
}

/** Path → text of the workspace: what a run reads of it. */
async function filesOf(workspace: string): Promise<Record<string, string>> {
  const entries = await readdir(workspace, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(workspace, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('.git/'));
  const texts = paths.map(async (path) => [path, await readFile(join(workspace, path), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}

/** What the runner was told, in the shape of a log. */
function told(runner: MemoryRunner): Awaited<ReturnType<Door['run']>> {
  const mask = (text: string) =>
    runner.secrets.reduce((shown, value) => shown.replaceAll(value, '***'), text);
  const annotations = runner.annotations.map((one) => ({ ...one, message: mask(one.message) }));
  const commands = annotations.map(
    ({ level, title, message }) => `::${level}${title === undefined ? '' : ` title=${title}`}::${message}`,
  );
  const { exitCode, outputs, summaryText: summary } = runner;
  return { exitCode, outputs, summary, log: [...runner.lines.map(mask), ...commands], annotations };
}

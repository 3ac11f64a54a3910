/**
 * Runs an action of the bundle the way GitHub's runner does: its own process, INPUT_* variables, files for what it says. The pipeline,
 * which is a composite action, is a process for each of its steps.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runComposite } from './runner/composite.ts';

export interface RunnerOptions {
  /** The folder with `deploy.js`, `rollback.js`, `attach.js`: `dist`. */
  readonly bundle: string;
  /** For the files of each run; its owner removes it. */
  readonly temp: string;
  /** What a workflow's earlier steps have set: AWS_*, DOCKER_HOST. */
  readonly env: Readonly<Record<string, string>>;
  /** Passed on to the action that runs. */
  readonly signal?: AbortSignal;
  /** The Node of the action; default this one. A step of the pipeline takes the Node of its PATH. */
  readonly node?: string;
}

export interface Job {
  readonly action: 'deploy' | 'plan' | 'rollback' | 'attach' | 'pipeline';
  /** As in `with:`; an empty text counts as absent. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The checked-out repository. */
  readonly workspace: string;
  readonly commit: string;
  /** Default `push`. */
  readonly event?: string;
  /** More variables for this run alone; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Passed on to this run alone, as SIGTERM. */
  readonly signal?: AbortSignal;
  /** Ends the process at once, as a lost machine does: exit code 137. */
  readonly kill?: AbortSignal;
  /** Told every line of the log as it comes, masked like the runner's. */
  readonly onLine?: (line: string) => void;
}

export interface JobResult {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown. */
  readonly summary: string;
  readonly log: readonly string[];
  readonly seconds: number;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Ended = Pick<JobResult, 'exitCode' | 'outputs'>;

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Environment;
}

/** Of the machine's environment an action gets only what docker and the tests need: no credentials, no profile. */
const INHERITED = [
  'PATH',
  'HOME',
  'LANG',
  'TMPDIR',
  'DOCKER_HOST',
  'DOCKER_CONFIG',
  'DOCKER_CONTEXT',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
];
const RUN_ID_BEFORE_THE_FIRST = 7_000_000_000;

export class LocalRunner {
  readonly #options: RunnerOptions;
  #runs = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Never throws for an action that fails: see `exitCode`. */
  async run(job: Job): Promise<JobResult> {
    const started = performance.now();
    const files = await this.#files();
    const log: string[] = [];
    const onLine = masks((line) => {
      log.push(line);
      job.onLine?.(line);
    });
    const env = { ...this.#environment(job), ...files, ...job.env };
    const { exitCode, outputs } =
      job.action === 'pipeline'
        ? await this.#runPipeline(job, env, onLine)
        : await this.#runAction(job, env, onLine);
    return {
      exitCode,
      log,
      outputs,
      summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
      seconds: (performance.now() - started) / 1000,
    };
  }

  async #files() {
    await mkdir(this.#options.temp, { recursive: true });
    const folder = await mkdtemp(join(this.#options.temp, 'run-'));
    const file = async (name: string): Promise<string> => {
      await writeFile(join(folder, name), '');
      return join(folder, name);
    };
    return {
      GITHUB_OUTPUT: await file('output'),
      GITHUB_STEP_SUMMARY: await file('summary.md'),
      GITHUB_ENV: await file('env'),
      GITHUB_PATH: await file('path'),
      GITHUB_STATE: await file('state'),
      RUNNER_TEMP: folder,
    };
  }

  async #runAction(job: Job, env: Environment, onLine: (line: string) => void): Promise<Ended> {
    const given = Object.entries(job.inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    const [file, args] = [
      this.#options.node ?? process.execPath,
      [join(this.#options.bundle, `${job.action}.js`)],
    ];
    const exitCode = await this.#spawn(
      job,
      { file, args, env: { ...Object.fromEntries(given), ...env } },
      onLine,
    );
    return { exitCode, outputs: await readOutputsOf(env) };
  }

  #runPipeline(job: Job, env: Environment, onLine: (line: string) => void): Promise<Ended> {
    const folder = join(this.#options.bundle, '..', 'pipeline');
    return runComposite({
      folder,
      inputs: job.inputs,
      env,
      isCancelled: () => (job.signal ?? this.#options.signal)?.aborted === true,
      foreign: (uses) => onLine(`Run ${uses}`),
      shell: async (script, more) => {
        const step = {
          ...env,
          ...(await this.#files()),
          GITHUB_STEP_SUMMARY: env['GITHUB_STEP_SUMMARY'],
          ...more,
        };
        const args = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
        const command = { file: 'bash', args, env: { ...step, GITHUB_ACTION_PATH: folder } };
        return { exitCode: await this.#spawn(job, command, onLine), outputs: await readOutputsOf(step) };
      },
    });
  }

  #spawn(job: Job, { file, args, env }: Command, onLine: (line: string) => void): Promise<number> {
    // A job that is being cancelled sends its signal to the step that runs then, and to none after it.
    const signals = [
      [this.#options.signal, 'SIGTERM'],
      [job.signal, 'SIGTERM'],
      [job.kill, 'SIGKILL'],
    ] as const;
    const isLate = job.action === 'pipeline' && job.signal?.aborted === true;
    return new Promise((resolve, reject) => {
      const child = spawn(file, args, { cwd: job.workspace, env, stdio: ['ignore', 'pipe', 'pipe'] });
      const forget = signals.map(([given, name]) =>
        onAbort(isLate && given === job.signal ? undefined : given, () => void child.kill(name)),
      );
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
      child.once('error', reject);
      child.once('close', (code, name) => {
        for (const each of forget) each();
        resolve(code ?? (name === null ? 1 : 128 + constants.signals[name]));
      });
    });
  }

  #environment({ workspace, commit, event = 'push' }: Job): Record<string, string> {
    const inherited = INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    this.#runs += 1;
    return {
      ...Object.fromEntries(inherited),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'demo',
      GITHUB_EVENT_NAME: event,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REPOSITORY: 'acme/iris',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_RUN_ID: String(RUN_ID_BEFORE_THE_FIRST + this.#runs),
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_SHA: commit,
      GITHUB_WORKSPACE: workspace,
      // Whatever this machine knows about AWS stays out of it.
      AWS_CONFIG_FILE: join(this.#options.temp, 'no-aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(this.#options.temp, 'no-aws-credentials'),
      ...this.#options.env,
    };
  }
}

/** Calls back once when the signal is given, at once when it has been. Returns how to stop listening. */
function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  signal?.addEventListener('abort', act, { once: true });
  if (signal?.aborted === true) act();
  return () => signal?.removeEventListener('abort', act);
}

/** Hides what the action masked, as the runner does. */
function masks(onLine: (line: string) => void): (line: string) => void {
  const secrets: string[] = [];
  return (line) => {
    const secret = /^::add-mask::(.+)$/.exec(line)?.[1];
    if (secret !== undefined) return void secrets.push(decodeCommand(secret));
    onLine(secrets.reduce((text, value) => text.replaceAll(value, '***'), line));
  };
}

/** The text of a workflow command: line breaks and percent signs travel encoded. */
export function decodeCommand(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

async function readOutputsOf(env: Environment): Promise<Record<string, string>> {
  return readOutputs(await readFile(env['GITHUB_OUTPUT'] ?? '', 'utf8'));
}

/** `name=value`, and what @actions/core writes: `name<<delimiter`, the lines of the value, `delimiter`. */
export function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const [, name = '', delimiter] = /^([^=<]+)<<(.+)$/.exec(lines[index] ?? '') ?? [];
    if (delimiter === undefined) {
      const [, short, value] = /^([^=<]+)=(.*)$/.exec(lines[index] ?? '') ?? [];
      if (short !== undefined) outputs[short] = value ?? '';
      continue;
    }
    const end = lines.indexOf(delimiter, index + 1);
    outputs[name] = lines.slice(index + 1, end).join('\n');
    index = end;
  }
  return outputs;
}

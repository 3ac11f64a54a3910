/** The built bundle as a process of its own, started as GitHub's runner starts it, and what is left of it when it has ended. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readOutputs } from '../../scripts/runner.ts';
import { ACCOUNT, SAMPLES } from '../harness/world.ts';
import type { RunSpec } from './crash-world.ts';

/** The bundle from the sources as they are: dist/ may be older. @throws when they do not compile. */
export function buildBundle(folder: string): void {
  const script = join(import.meta.dirname, '../../scripts/build-dist.ts');
  const options = { encoding: 'utf8' } as const;
  const built = spawnSync(process.execPath, ['--no-warnings', script, '--to', folder], options);
  if (built.status !== 0) throw new Error(`The bundle could not be built.\n${built.stderr}`);
}

/** Where a process runs and what it talks to. */
export interface Place {
  /** The folder with `deploy.js` and `rollback.js`. */
  readonly bundle: string;
  /** For workspaces and files; its owner removes it. */
  readonly temp: string;
  /** The local AWS: `http://127.0.0.1:PORT`. */
  readonly url: string;
}

/** What a process leaves behind. */
export interface Remains {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown. */
  readonly summary: string;
  /** Lines of stdout and stderr. */
  readonly log: readonly string[];
  /** When it exited, on performance.now()'s scale. */
  readonly exitedAt: number;
}

export interface BundleProcess {
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the log holds this text, or when the process is gone. */
  says(text: string): Promise<void>;
  readonly ended: Promise<Remains>;
}

export async function startBundle(spec: RunSpec, place: Place): Promise<BundleProcess> {
  const folder = await mkdtemp(join(place.temp, 'run-'));
  const workspace = join(folder, 'workspace');
  await mkdir(join(workspace, 'tests'), { recursive: true });
  await writeFile(join(workspace, 'tests/samples.jsonl'), SAMPLES);
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };
  for (const path of Object.values(files)) await writeFile(path, '');
  const child = spawn(process.execPath, [join(place.bundle, `${spec.action}.js`)], {
    cwd: workspace,
    env: { ...environment(spec, place), ...files, HOME: folder, GITHUB_WORKSPACE: workspace },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = listen(child);
  const ended = exitOf(child).then(async ({ exitCode, exitedAt }) => {
    const outputs = readOutputs(await readFile(files.GITHUB_OUTPUT, 'utf8'));
    const summary = await readFile(files.GITHUB_STEP_SUMMARY, 'utf8');
    await rm(folder, { recursive: true });
    return { exitCode, exitedAt, outputs, summary, log: heard.text().split('\n') };
  });
  return { kill: (signal) => void child.kill(signal), says: heard.says, ended };
}

/** Nothing of this machine's own environment: no credentials, no profile, no proxy. */
function environment(spec: RunSpec, { url, temp }: Place): Record<string, string> {
  const inputs = Object.entries(spec.inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return {
    PATH: process.env['PATH'] ?? '',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'someone',
    GITHUB_EVENT_NAME: spec.event,
    GITHUB_REPOSITORY: 'acme/iris',
    GITHUB_RUN_ID: String(spec.runId),
    GITHUB_RUN_ATTEMPT: String(spec.attempt),
    GITHUB_SHA: spec.commit,
    AWS_ENDPOINT_URL: url,
    AWS_REGION: ACCOUNT.region,
    AWS_ACCESS_KEY_ID: ACCOUNT.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCOUNT.credentials.secretAccessKey,
    AWS_CONFIG_FILE: join(temp, 'no-aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(temp, 'no-aws-credentials'),
    // How the local AWS tells the processes apart.
    AWS_SDK_UA_APP_ID: spec.name,
    ...(Object.fromEntries(inputs) as Record<string, string>),
  };
}

function listen(child: ChildProcess): { says: BundleProcess['says']; text: () => string } {
  let text = '';
  const waiting: { readonly wanted: string; readonly resolve: () => void }[] = [];
  const tell = (all: boolean) => {
    for (const { wanted, resolve } of waiting) if (all || text.includes(wanted)) resolve();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      tell(false);
    });
  }
  child.once('exit', () => tell(true));
  return {
    text: () => text,
    says: (wanted) =>
      new Promise((resolve) => {
        waiting.push({ wanted, resolve });
        tell(child.exitCode !== null || child.signalCode !== null);
      }),
  };
}

function exitOf(child: ChildProcess): Promise<Pick<Remains, 'exitCode' | 'exitedAt'>> {
  return new Promise((resolve, reject) => {
    let exitedAt = 0;
    child.once('error', reject);
    child.once('exit', () => (exitedAt = performance.now()));
    // Its pipes are read to their end by then.
    child.once('close', (code) => resolve({ exitCode: code ?? undefined, exitedAt }));
  });
}

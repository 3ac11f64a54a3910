/**
 * A machine on which a new user types: an empty home, git, node and npx. What is AWS and GitHub answers on 127.0.0.1.
 *
 * - git reaches `https://github.com/acme/…` by ssh, as many a home says, and ssh is a script that leads to bare repositories here.
 * - AWS and GitHub's API are those of local/, named by the variables that AWS's and GitHub's own tools read.
 * - `execute-api` host names are answered by the local AWS: a line in NODE_OPTIONS, because no variable names them.
 * - docker is a program of the harness: `docker-program.ts`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { seedImage } from '../../local/aws/seeds.ts';
import { programs } from '../../local/aws/runtime.ts';
import { RealClock } from '../../local/clock.ts';
import { CallerProcess } from '../../local/faults.ts';
import { createLocalGitHub, type LocalGitHub } from '../../local/github/github.ts';
import { seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import { emptyGitHub } from '../../local/github/state.ts';
import { fromUtf8, textResponse, type LocalRequest, type LocalResponse } from '../../local/http.ts';
import { startLocal, type RunningLocal } from '../../local/start.ts';
import { LocalRunner, type JobResult } from '../../scripts/runner.ts';

export const REGION = 'eu-central-1';
const PROJECT = resolve(import.meta.dirname, '..', '..');
const TOKEN = 'github-token';

export interface Typed {
  readonly exitCode: number;
  /** stdout and stderr as a terminal mixes them. */
  readonly output: string;
}

export interface FirstHour {
  readonly local: RunningLocal;
  readonly github: LocalGitHub;
  /** The folder that the next command runs in. */
  cwd(): string;
  /** Runs one line of a shell; a `cd` counts for the next one. */
  type(line: string): Promise<Typed>;
  /** The workflow of the pushed commit, as GitHub starts it. */
  runWorkflow(): Promise<JobResult>;
  close(): Promise<void>;
}

/** @param dist the bundle that the clone of this project has. */
export async function openFirstHour(dist = join(PROJECT, 'dist')): Promise<FirstHour> {
  const temp = await mkdtemp(join(tmpdir(), 'first-hour-'));
  const remotes = join(temp, 'remotes', 'acme');
  await Promise.all(['home', 'bin', 'docker', 'work'].map((name) => mkdir(join(temp, name))));
  await mkdir(remotes, { recursive: true });
  const github = createLocalGitHub({ state: emptyGitHub(), clock: new RealClock() });
  seedOwner(github.state, 'acme');
  seedRepository(github.state, ['acme', 'iris']);
  seedToken(github.state, TOKEN, {
    permissions: {
      metadata: 'read',
      actions: 'read',
      administration: 'write',
      environments: 'write',
      deployments: 'write',
    },
  });
  const caller = new CallerProcess('first hour');
  const local: RunningLocal = await startLocal({
    temp,
    region: REGION,
    runtime: programs(),
    mounts: {
      '/_github': (request) => github.handle(request, caller),
      '/_docker': (request) => Promise.resolve(pushed(local, request)),
    },
  });
  const env = await environment(temp, local);
  await publishProject(remotes, { dist, env });
  git(['init', '--quiet', '--bare', '--initial-branch', 'main', join(remotes, 'iris')], env);
  let cwd = join(temp, 'work');
  const runner = new LocalRunner({ bundle: join(cwd, 'model-release', 'dist'), temp, env });
  return {
    local,
    github,
    cwd: () => cwd,
    type: async (line) => {
      const typed = await typeLine(line, { cwd, env, file: join(temp, 'cwd') });
      cwd = (await readFile(join(temp, 'cwd'), 'utf8')).trim();
      return typed;
    },
    runWorkflow: async () => {
      const workspace = join(temp, 'workspace');
      await rm(workspace, { recursive: true, force: true });
      git(['clone', '--quiet', join(remotes, 'iris'), workspace], env);
      return runWorkflow(workspace, { runner, github, env });
    },
    close: async () => {
      await local.stop();
      await rm(temp, { recursive: true, force: true });
    },
  };
}

type Environment = Readonly<Record<string, string>>;

/** What this machine knows of git, npm, AWS and docker stays out of it. */
async function environment(temp: string, local: RunningLocal): Promise<Environment> {
  const bin = join(temp, 'bin');
  const docker = join(PROJECT, '__tests__', 'harness', 'docker-program.ts');
  const script = async (name: string, line: string) =>
    writeFile(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  await script('docker', `exec "${process.execPath}" --disable-warning=ExperimentalWarning "${docker}" "$@"`);
  // The last argument is what runs on the server: git-upload-pack '/acme/iris'.
  await script('ssh', `for line; do :; done; exec sh -c "$(echo "$line" | sed "s#'/#'${temp}/remotes/#")"`);
  await writeFile(
    join(temp, 'home', '.gitconfig'),
    `[user]\n  name = A new user\n  email = new@example.com\n[url "ssh://git@github.com/"]\n  insteadOf = https://github.com/\n`,
  );
  const hook =
    'const f=globalThis.fetch;globalThis.fetch=(u,i)=>f(String(u).replace(/^https:..(\\w+)\\.execute-api\\.[\\w.-]+/,' +
    `'${local.url}/_aws/execute-api/$1'),i)`;
  return {
    ...local.env,
    PATH: [bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: join(temp, 'home'),
    GIT_SSH: join(bin, 'ssh'),
    GIT_CONFIG_NOSYSTEM: '1',
    GITHUB_API_URL: `${local.url}/_github`,
    GITHUB_TOKEN: TOKEN,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
    npm_config_cache: join(temp, 'npm'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
    TMPDIR: temp,
    AWS_CONFIG_FILE: join(temp, 'no-aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(temp, 'no-aws-credentials'),
    DOCKER_PROGRAM_FOLDER: join(temp, 'docker'),
    DOCKER_PROGRAM_REGISTRY: `${local.url}/_docker`,
  };
}

function git(args: readonly string[], env: Environment, cwd = PROJECT): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** This project as `acme/model-release` with its tag `v1`: what git knows of it, and the bundle. */
async function publishProject(remotes: string, { dist, env }: { dist: string; env: Environment }) {
  const folder = join(remotes, 'model-release');
  // What a reader's commands read of it; the tests and the local AWS are not part of that.
  const patterns = ['*.json', '*.md', '*.yml', 'template', 'workflows', 'examples', 'infrastructure', 'iam'];
  const listed = git(
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns],
    env,
  );
  for (const path of listed.split('\0').filter((name) => name !== '' && !name.startsWith('__tests__')))
    await cp(join(PROJECT, path), join(folder, path), { recursive: true }).catch(() => undefined);
  await cp(dist, join(folder, 'dist'), { recursive: true });
  git(['init', '--quiet', '--initial-branch', 'main'], env, folder);
  git(['add', '--all', '--force'], env, folder);
  git(['commit', '--quiet', '--message', 'model-release'], env, folder);
  git(['tag', 'v1'], env, folder);
}

/** Bash, as a terminal has it. `cd` works because the folder is written down afterwards. */
function typeLine(
  line: string,
  { cwd, env, file }: { cwd: string; env: Environment; file: string },
): Promise<Typed> {
  return new Promise((done, reject) => {
    const script = `${line}\ncode=$?; pwd > '${file}'; exit $code`;
    const child = spawn('bash', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code) => done({ exitCode: code ?? 1, output }));
  });
}

/** The job of `ci_cd.yml`: its checkout is the workspace, its credentials are the local AWS's, and our action runs. */
async function runWorkflow(
  workspace: string,
  { runner, github, env }: { runner: LocalRunner; github: LocalGitHub; env: Environment },
): Promise<JobResult> {
  const text = await readFile(join(workspace, '.github/workflows/ci_cd.yml'), 'utf8');
  const { on, jobs } = parse(text) as WorkflowFile;
  const branch = git(['branch', '--show-current'], env, workspace).trim();
  if (!on.push.branches.includes(branch)) throw new Error(`A push to ${branch} starts nothing.`);
  const [job] = Object.values(jobs);
  const step = job?.steps.find(({ uses }) => uses === 'acme/model-release@v1');
  if (job === undefined || step === undefined) throw new Error('No step uses acme/model-release@v1.');
  const variables = variablesOf(github, job.environment);
  if (variables['AWS_ROLE_ARN'] === undefined) throw new Error('The environment has no AWS_ROLE_ARN.');
  return runner.run({
    action: 'deploy',
    inputs: step.with ?? {},
    workspace,
    commit: git(['rev-parse', 'HEAD'], env, workspace).trim(),
    env: { ...env, GITHUB_TOKEN: undefined, AWS_REGION: variables['AWS_REGION'] },
  });
}

interface WorkflowFile {
  readonly on: { readonly push: { readonly branches: readonly string[] } };
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly environment: string;
        readonly steps: readonly {
          readonly uses?: string;
          readonly with?: Readonly<Record<string, string>>;
        }[];
      }
    >
  >;
}

function variablesOf({ state }: LocalGitHub, environment: string): Readonly<Record<string, string>> {
  const [repository] = Object.values(state.repositories);
  const found = repository?.environments.find(({ name }) => name === environment);
  const variables = (found as { variables?: { name: string; value: string }[] } | undefined)?.variables;
  return Object.fromEntries((variables ?? []).map(({ name, value }) => [name, value]));
}

/** A push of the docker program: the image answers with the Python handler of its context. */
function pushed({ aws }: RunningLocal, request: LocalRequest): LocalResponse {
  const { reference, labels, folder } = JSON.parse(fromUtf8(request.body)) as Push;
  const [repository = '', tag = ''] = reference.slice(reference.indexOf('/') + 1).split(':');
  const { digest } = seedImage(aws, {
    repository,
    tag,
    labels,
    content: folder,
    program: (event) => answer(folder, event),
  });
  return textResponse(200, digest);
}

interface Push {
  readonly reference: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly folder: string;
}

const HANDLER =
  'import json, sys; from lambda_function import lambda_handler; print(json.dumps(lambda_handler(json.load(sys.stdin), None)))';

function answer(cwd: string, event: unknown): unknown {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const input = JSON.stringify(event);
  const { status, stdout, stderr } = spawnSync('python3', ['-c', HANDLER], {
    cwd,
    env,
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/**
 * The door for experiments: a local AWS and a local GitHub, a workspace, and actions that run as a runner runs them.
 * local/README.md shows how it is used. What it starts ends with `stop`, and it leaves no file behind.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Program } from '../local/aws/runtime.ts';
import { seedImage } from '../local/aws/seeds.ts';
import { command } from '../local/engine/command.ts';
import { CallerProcess } from '../local/faults.ts';
import { seedOwner, seedToken } from '../local/github/seeds.ts';
import { requestHandlerFor } from '../local/transports/in-process.ts';
import { commit, FIRST, IRIS, SAMPLES } from '../__tests__/harness/fixtures.ts';
import { openBundle } from './lab/bundle.ts';
import { openInProcess } from './lab/in-process.ts';
import {
  ORGANIZATION,
  TOKEN,
  type ActionName,
  type Door,
  type Inputs,
  type Lab,
  type LabOptions,
  type LabResult,
  type RunOptions,
  type Site,
} from './lab/types.ts';
import { removeAtExit } from './scratch.ts';

export type { Annotation, Lab, LabOptions, LabResult, RunOptions } from './lab/types.ts';
export { seedHttpApi, seedRestApi } from '../local/aws/api-seeds.ts';
export { addPermission } from '../local/aws/lambda/permissions.ts';
export { programs } from '../local/aws/runtime.ts';
export { seedFunction, seedImage, seedIndex } from '../local/aws/seeds.ts';
export {
  mergePullRequest,
  pushFiles,
  seedPullRequest,
  seedRepository,
  seedToken,
} from '../local/github/seeds.ts';
export { commit, FIRST, IRIS, SAMPLES };

/** Starts a lab. @throws Error of one sentence when `docker` is wanted and no engine can be had. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { door: kind = 'bundle' } = options;
  if (kind === 'in-process' && (options.docker === true || options.bundle !== undefined))
    throw new Error('docker and bundle belong to the door `bundle`: in process no program runs.');
  const temp = await mkdtemp(join(tmpdir(), 'mr-lab-'));
  const remains = removeAtExit(temp);
  const site = { temp, workspace: join(temp, 'workspace') };
  const removeFiles = async (): Promise<void> => {
    await rm(temp, { recursive: true, force: true });
    remains.forget();
  };
  try {
    await mkdir(site.workspace);
    await writeFiles(site.workspace, { 'tests/samples.jsonl': SAMPLES });
    const door = kind === 'bundle' ? await openBundle(options, site) : openInProcess(options, site);
    seedOwner(door.github.state, ORGANIZATION);
    seedToken(door.github.state, TOKEN);
    return labOf(door, site, removeFiles);
  } catch (error) {
    await removeFiles();
    throw error;
  }
}

/** Prints a result in a few lines: exit code, outcome, version, whether anything changed, annotations. */
export function show({ exitCode, outputs, annotations }: LabResult): void {
  const { outcome, version, changed } = outputs;
  console.log(`  exit ${exitCode}, outcome ${outcome}, version ${version}, changed ${changed}`);
  for (const { level, message } of annotations) console.log(`    ${level}: ${message.slice(0, 600)}`);
}

/** Prints `PASS` or `FAIL` and what was to hold; after a FAIL the process ends with exit code 1. */
export function verdict(holds: boolean, what: string): void {
  console.log(`${holds ? 'PASS' : 'FAIL'} ${what}`);
  if (!holds) process.exitCode = 1;
}

function labOf(door: Door, site: Site, removeFiles: () => Promise<void>): Lab {
  const { aws, github } = door;
  const { workspace } = site;
  const lambda = lambdaOf(door);
  const run: Lab['run'] = (action, inputs, options = {}) => runOne(door, site, { action, inputs, options });
  return {
    aws,
    github,
    workspace,
    lambda,
    build: door.build,
    env: door.env,
    apiUrl: (api) => door.apiUrl(api),
    write: (files) => writeFiles(workspace, files),
    git: (...args) => git(workspace, args),
    image: (name, program, more = {}) => {
      const tag = commitId(name);
      const labels = { 'org.opencontainers.image.revision': tag };
      const does = 'set' in aws.runtime ? { program: program ?? answersWith(tag) } : {};
      return seedImage(aws, {
        repository: IRIS['ecr-repository'],
        tag,
        content: tag,
        labels,
        ...does,
        ...more,
      });
    },
    run,
    deploy: (inputs, options) => run('deploy', { ...IRIS, ...inputs }, options),
    rollback: (inputs, options) =>
      run('rollback', { 'function-name': IRIS['function-name'], ...inputs }, options),
    attach: (inputs, options) =>
      run('attach', { organization: ORGANIZATION, token: TOKEN, mode: 'apply', ...inputs }, options),
    ask: (functionName, qualifier = 'live', event = {}) => ask(lambda, { functionName, qualifier, event }),
    stop: async () => {
      lambda.destroy();
      await door.stop();
      await removeFiles();
    },
  };
}

interface Wanted {
  readonly action: ActionName;
  readonly inputs: Inputs;
  readonly options: RunOptions;
}

async function runOne(door: Door, { workspace }: Site, wanted: Wanted): Promise<LabResult> {
  const { action, inputs, options } = wanted;
  const { aws, github } = door;
  const before = { aws: aws.calls.length, github: github.calls.length, at: aws.clock.now() };
  const told = await door.run({
    action,
    inputs,
    commit: options.commit === undefined ? await headOf(workspace) : commitId(options.commit),
    event: options.event ?? (action === 'rollback' ? 'workflow_dispatch' : 'push'),
    env: options.env ?? {},
    runId: options.runId,
    attempt: options.attempt,
    signal: options.signal,
  });
  return {
    ...told,
    calls: { aws: aws.calls.slice(before.aws), github: github.calls.slice(before.github) },
    report: await reportOf(told.outputs),
    seconds: (aws.clock.now() - before.at) / 1000,
  };
}

async function reportOf({ report }: LabResult['outputs']): Promise<unknown> {
  return report === undefined ? undefined : (JSON.parse(await readFile(report, 'utf8')) as unknown);
}

async function headOf(workspace: string): Promise<string> {
  const { code, stdout } = await gitIn(workspace, ['rev-parse', 'HEAD']);
  return code === 0 ? stdout.trim() : commit(1);
}

function commitId(name: string | number): string {
  return typeof name === 'number' ? commit(name) : name;
}

/** Plain events get the answer itself, proxy events a proxy response, as a model behind an API gives them. */
function answersWith(id: string): Program {
  const body = { ok: true, commit: id };
  return (event) => {
    const isProxy = typeof event === 'object' && event !== null && 'requestContext' in event;
    return isProxy ? { statusCode: 200, body: JSON.stringify(body) } : body;
  };
}

async function writeFiles(folder: string, files: Parameters<Lab['write']>[0]): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

async function git(workspace: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await gitIn(workspace, args);
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout.trim();
}

/** Neither this machine's settings nor a repository above the workspace are seen. */
function gitIn(workspace: string, args: string[]): ReturnType<typeof command> {
  const who = ['-c', 'user.name=lab', '-c', 'user.email=lab@example.com', '-c', 'init.defaultBranch=main'];
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CEILING_DIRECTORIES: dirname(workspace),
  };
  return command('git', ['-C', workspace, ...who, ...args], { env });
}

/** In process for both doors, with a caller of its own: a crashed run does not silence it. */
function lambdaOf({ aws }: Door): LambdaClient {
  return new LambdaClient({
    region: aws.state.region,
    credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
    requestHandler: requestHandlerFor(aws, new CallerProcess('lab')),
    maxAttempts: 1,
  });
}

async function ask(
  lambda: LambdaClient,
  { functionName, qualifier, event }: { functionName: string; qualifier: string; event: unknown },
): Promise<string> {
  const Payload = Buffer.from(JSON.stringify(event));
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, Qualifier: qualifier, Payload }),
  );
  return Buffer.from(answer.Payload ?? []).toString();
}

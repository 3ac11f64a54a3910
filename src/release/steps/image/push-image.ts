import type { RegistryLogin } from '../../../clients/ecr.ts';
import { backoff, retry, type Pause, type RetryTools } from '../../../clients/retry.ts';
import { ProgramFailed, type Finished, type Shell } from '../../../clients/shell.ts';
import { explainPush, type PushProblem } from '../../plan/push.ts';
import type { Digest } from '../../../types.ts';
import { changeConfig, withOwnConfig, withoutLogins, type ConfigFolders } from './docker-config.ts';

export interface ImageToPush extends ConfigFolders {
  /** `HOST/repository:commit`, as the engine calls it. */
  readonly reference: string;
  /** The repository's name, for messages. */
  readonly repository: string;
  readonly timeoutMs: number;
  /** The login to begin with; by default ECR is asked. */
  readonly login?: () => Promise<RegistryLogin>;
}

/** `tag-exists`: the repository is immutable and another run was first. Its digest is the one to use. */
export type PushResult =
  { readonly kind: 'pushed'; readonly digest: Digest } | { readonly kind: 'tag-exists' };

export interface PushTools extends RetryTools {
  readonly shell: Shell;
  readonly random: () => number;
  /** Masks a value in all output. */
  readonly secret: (value: string) => Promise<void>;
  readonly ecr: { getAuthorizationToken(): Promise<RegistryLogin> };
}

/** A push is idempotent by digest, so that what got lost on the way is simply pushed again. */
const PUSHES = 3;
const LOGINS = 2;
/** A registry that lost an upload needs seconds, not the fraction of one with which the house's pauses begin. */
const FIRST_PAUSE = 4;
const LOGIN_TIMEOUT_MS = 120_000;

/**
 * Pushes the image with a login of its own, which nobody else on a shared runner sees and which is gone afterwards.
 * @returns the digest that docker reported.
 * @throws UserError `repository-missing`, `registry-login`, `push-denied`, `push-kms`, `push-limit`, `push-timed-out`, `push-failed` or `disk-full`;
 * AwsError when ECR gives no token.
 */
export async function pushImage(tools: PushTools, image: ImageToPush): Promise<PushResult> {
  return withOwnConfig(image, withoutLogins, (config) => pushUntilDone(tools, image, config));
}

class PushRefused extends ProgramFailed {
  readonly problem: PushProblem;

  constructor(problem: PushProblem, tail: readonly string[]) {
    super(problem.code, problem, tail);
    this.problem = problem;
  }
}

function pushUntilDone(tools: PushTools, image: ImageToPush, config: string): Promise<PushResult> {
  let logins = 0;
  let isLoggedIn = false;
  let interruptions = 0;
  const passes = (error: unknown): Pause | undefined => {
    if (!(error instanceof PushRefused)) return undefined;
    const { kind, line } = error.problem;
    if (kind === 'expired' && logins < LOGINS) {
      isLoggedIn = false;
      return { ms: 0 };
    }
    if (kind !== 'transient' || (interruptions += 1) >= PUSHES) return undefined;
    const ms = backoff(tools, FIRST_PAUSE - 1 + interruptions);
    return { ms, why: `The push was interrupted (${line})` };
  };
  const bounds = { attempts: PUSHES + LOGINS - 1, budgetMs: PUSHES * image.timeoutMs };
  return retry(tools, { ...bounds, passes }, async () => {
    if (!isLoggedIn) {
      if (logins > 0) tools.log.info('The registry login has expired: logging in again.');
      logins += 1;
      await login(tools, image, { config, isFirst: logins === 1 });
      isLoggedIn = true;
    }
    return pushOnce(tools, image, config);
  });
}

async function pushOnce({ shell, log }: PushTools, image: ImageToPush, config: string): Promise<PushResult> {
  const finished = await shell.run({
    file: 'docker',
    args: ['push', '--', image.reference],
    env: { DOCKER_CONFIG: config },
    timeoutMs: image.timeoutMs,
    writes: 'docker:push',
    onLine: log.info,
  });
  if (finished.exitCode === 0 && !finished.timedOut)
    return { kind: 'pushed', digest: await digestOf(shell, image, finished) };
  const problem = explainPush(image, finished);
  if (problem.kind === 'tag-exists') return { kind: 'tag-exists' };
  throw new PushRefused(problem, finished.tail);
}

/** docker push names the digest in its last line; the engine knows it too. */
async function digestOf(shell: Shell, { reference }: ImageToPush, pushed: Finished): Promise<Digest> {
  const pattern = /\bdigest: (sha256:[0-9a-f]{64})\b/;
  // Of an index whose other platforms are not here, docker pushes the one image that is, and says so.
  const instead = /^sha256:[0-9a-f]{64} -> (sha256:[0-9a-f]{64})$/;
  const only = pushed.tail
    .map((line) => instead.exec(line.trim())?.[1])
    .find((digest) => digest !== undefined);
  if (only !== undefined) return only as Digest;
  const said = pushed.tail.findLast((line) => pattern.test(line));
  if (said !== undefined) return pattern.exec(said)?.[1] as Digest;
  const format = '{{range .RepoDigests}}{{println .}}{{end}}';
  const args = ['image', 'inspect', '--format', format, '--', reference];
  const asked = await shell.ask({ file: 'docker', args, writes: undefined });
  const repository = reference.slice(0, reference.lastIndexOf(':'));
  const [known, ...more] = asked.stdout
    .split('\n')
    .filter((line) => line.startsWith(`${repository}@sha256:`));
  // Of several digests it is not known which was pushed now.
  if (known !== undefined && more.length === 0) return known.slice(known.indexOf('@') + 1).trim() as Digest;
  throw new ProgramFailed(
    'push-failed',
    {
      what: `docker push of ${reference} succeeded and named no digest.`,
      fix: 'Run this again: an image that is in ECR is not pushed twice.',
    },
    pushed.tail,
  );
}

async function login(
  tools: PushTools,
  { reference, login: known }: ImageToPush,
  { config, isFirst }: { readonly config: string; readonly isFirst: boolean },
): Promise<void> {
  const ask = isFirst && known !== undefined ? known : tools.ecr.getAuthorizationToken;
  const { username, password } = await ask();
  await tools.secret(password);
  // One token opens every registry its owner may use: the host is the image's, whichever endpoint the token came from.
  const host = reference.slice(0, reference.indexOf('/'));
  // An entry that holds no password yet keeps docker from choosing the machine's key chain to store it in.
  await changeConfig(config, (current) => ({ ...current, auths: { [host]: {} } }));
  // The password goes through stdin: arguments are visible to every user of the machine.
  const finished = await tools.shell.ask({
    file: 'docker',
    args: ['login', '--username', username, '--password-stdin', '--', host],
    env: { DOCKER_CONFIG: config },
    input: password,
    timeoutMs: LOGIN_TIMEOUT_MS,
    writes: 'docker:login',
  });
  if (finished.exitCode === 0) return tools.log.info(`Logged in to ${host}.`);
  const said = finished.tail.at(-1) ?? (finished.timedOut ? 'it timed out' : 'it said nothing');
  throw new ProgramFailed(
    'registry-login',
    {
      what: `docker login to ${host} failed: ${said}`,
      fix: 'Check that the runner reaches the registry (network, proxy), and the region of the ECR repository.',
    },
    finished.tail,
  );
}

/**
 * A whole release world in one process: a local AWS, and the actions run against it with the real SDK clients. No sockets, no
 * waiting: time is virtual.
 */
import { VirtualClock } from '../../local/clock.ts';
import { CallerProcess } from '../../local/faults.ts';
import { createLocalAws, type LocalAws, type LocalAwsOptions } from '../../local/aws/aws.ts';
import { seedImage, type SeedImageOptions } from '../../local/aws/seeds.ts';
import { fetchFor as fetchFromGitHub } from '../../local/github/fetch.ts';
import type { LocalGitHub } from '../../local/github/github.ts';
import { fetchFor, requestHandlerFor } from '../../local/transports/in-process.ts';
import { deployAction } from '../../src/actions/deploy.ts';
import { planAction } from '../../src/actions/plan.ts';
import { rollbackAction } from '../../src/actions/rollback.ts';
import type { ReleaseResult } from '../../src/release/result.ts';
import type { ReleaseTools } from '../../src/release/tools.ts';
import { runAction, type Action, type TargetInputs } from '../../src/run/run-action.ts';
import type { Shell } from '../../src/clients/shell.ts';
import type { Clock } from '../../src/clients/clock.ts';
import { httpClient } from '../../src/clients/http.ts';
import { buildTools } from '../../src/clients/tools.ts';
import { readSources } from '../../src/inputs/config/sources.ts';
import { guards as theGuards, type Guards } from '../../src/release/record/guards.ts';
import { commit, SAMPLES } from './fixtures.ts';
import type { KeptClients } from './kept-clients.ts';
import { endedWhole, planFault } from './plan-contract.ts';
import { refusedTo, roleOf, type PublishedRole } from './published-role.ts';
import { memoryRunner, type MemoryRunner } from './runner.ts';
import { shellOf } from './shell.ts';

export { commit, FIRST, IRIS, SAMPLES } from './fixtures.ts';

export const REGION = 'eu-central-1';
/** Nothing that a run says may contain it. */
export const SECRET_ACCESS_KEY = 'harness/Secret+Access/Key0123456789abcdef';
/** How every client of the harness says where and who it is. */
export const ACCOUNT = {
  region: REGION,
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET_ACCESS_KEY },
} as const;

export interface RunOptions {
  /** Grows with every run. */
  readonly runId?: number;
  readonly attempt?: number;
  readonly commit?: string;
  readonly event?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly guards?: Guards;
  /** Whose connection it is: killed by crash faults. */
  readonly caller?: CallerProcess;
  readonly shell?: Shell;
  /** What answers at GitHub's address. */
  readonly github?: LocalGitHub;
  readonly files?: Readonly<Record<string, string>>;
  /** Told how to send a signal. */
  readonly onStop?: (stop: (signal: string) => void) => void;
  readonly random?: () => number;
  /** Parts of the runner that are not in memory, such as an output file that cannot be written. */
  readonly runner?: Partial<Pick<MemoryRunner, 'output' | 'summary'>>;
  /** Whose policies the run has; default: those that the README wants for the action and its inputs. */
  readonly role?: PublishedRole;
  /** SDK clients from earlier runs; new ones are built without. */
  readonly clients?: KeptClients;
}

export interface Finished {
  /** Of the only service, or of the first of several. */
  readonly result: ReleaseResult;
  readonly results: readonly ReleaseResult[];
  readonly runner: MemoryRunner;
}

export interface World {
  readonly aws: LocalAws;
  /** An image for a commit, as a build would have pushed it. */
  image(commit: string, options?: Partial<SeedImageOptions>): { digest: string; uri: string };
  deploy(inputs: Readonly<Record<string, string>>, options?: RunOptions): Promise<Finished>;
  plan(inputs: Readonly<Record<string, string>>, options?: RunOptions): Promise<Finished>;
  rollback(inputs: Readonly<Record<string, string>>, options?: RunOptions): Promise<Finished>;
}

/** A shell for flows that must not run a program at all. */
const noShell = shellOf(({ file, args }) => {
  throw new Error(`no program may run here: ${file} ${args.join(' ')}`);
});

export function createWorld(options: LocalAwsOptions = {}): World {
  const aws = createLocalAws({ clock: new VirtualClock(), region: REGION, ...options });
  let lastRun = 1000;
  let underWay = 0;
  const roles = new WeakMap<CallerProcess, PublishedRole>();
  const refused: string[] = [];
  aws.allows = (caller, asked) => {
    const role = roles.get(caller);
    if (role === undefined) return true;
    const asks = refusedTo(role, asked, { account: aws.state.accountId, region: aws.state.region });
    refused.push(...asks.map(({ action, resource }) => `${role}: ${action} on ${resource}`));
    return asks.length === 0;
  };
  const run = async <I extends TargetInputs>(
    action: Action<I, ReleaseResult, ReleaseTools>,
    inputs: Readonly<Record<string, string>>,
    options: RunOptions = {},
  ): Promise<Finished> => {
    const runner = Object.assign(memoryRunner(inputs, environment(options, (lastRun += 1))), options.runner);
    // Runs that meet are told apart by their names.
    const caller = options.caller ?? new CallerProcess(underWay === 0 ? 'main' : `run ${lastRun}`);
    const from = aws.calls.length;
    roles.set(caller, options.role ?? roleOf(action.name, inputs, options.files));
    underWay += 1;
    const applied = aws.faults.applied.length;
    const results = await runAction(action, {
      runner,
      sources: (reader) =>
        readSources({ text: runner.input }, (path) => Promise.resolve(options.files?.[path]), reader),
      tools: (_inputs, settings) => {
        const parts = {
          aws: {
            ...ACCOUNT,
            region: aws.state.region,
            requestHandler: requestHandlerFor(aws, caller),
          },
          fetch: networkOf(aws, { ...options, caller }),
          clock: aws.clock,
          random: options.random ?? Math.random,
          shell: options.shell ?? noShell,
          ...settings,
          secret: runner.secret,
          env: runner.env,
        };
        return {
          ...buildTools(parts),
          ...options.clients?.lend(parts),
          ...(options.caller && {
            http: httpClient({ clock: withoutDeadlines(aws.clock), fetch: parts.fetch }),
          }),
          guards: options.guards ?? theGuards,
          readFile: async (path) => ({ 'tests/samples.jsonl': SAMPLES, ...options.files })[path],
        };
      },
      onStop: options.onStop ?? (() => undefined),
      exit: () => undefined,
      grace: (ms) => aws.clock.sleep(ms),
    });
    underWay -= 1;
    if (refused.length > 0) throw new Error(`The published policy does not allow: ${refused.join('; ')}`);
    const [result] = results;
    if (result === undefined) throw new Error('a run has one result at least');
    // In the crash suite this is an invariant of its own.
    if (options.caller === undefined) {
      const calls = aws.calls.slice(from).filter(({ process }) => process === caller.name);
      const whole = aws.faults.applied.length === applied && endedWhole(results);
      const fault = planFault(results, calls, { whole });
      if (fault !== undefined) throw new Error(`The plan is not what ran: ${fault}`);
    }
    return { result, results, runner };
  };
  return {
    aws,
    image: (id, seed = {}) =>
      seedImage(aws, {
        repository: 'iris',
        tag: id,
        content: id,
        labels: { 'org.opencontainers.image.revision': id },
        program: (event) => answer(event, { ok: true, commit: id }),
        ...seed,
      }),
    deploy: (inputs, options) => run(deployAction, inputs, options),
    plan: (inputs, options) => run(planAction, inputs, options),
    rollback: (inputs, options) => run(rollbackAction, inputs, options),
  };
}

/**
 * In the crash suite a request may be held for as long as other runs take their turns, and virtual time goes on meanwhile: what ends
 * it there is the fault that is meant to, and no deadline.
 */
function withoutDeadlines(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    sleep: (_ms, signal) =>
      new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true })),
  };
}

/** Whatever is fetched comes from AWS, but for GitHub's own API and the test's own servers. */
export function networkOf(aws: LocalAws, { caller, github }: RunOptions): typeof fetch {
  const fromAws = fetchFor(aws, caller) as unknown as typeof fetch;
  if (github === undefined) return fromAws;
  const fromGitHub = fetchFromGitHub(github, caller);
  return (to, init) => {
    const address = to instanceof Request ? to.url : String(to);
    if (address.startsWith('http://127.0.0.1:')) return fetch(to, init);
    return (address.startsWith('https://api.github.com/') ? fromGitHub : fromAws)(to, init);
  };
}

/** Plain events get the answer itself, proxy events a proxy response, as a model behind an API gives them. */
function answer(event: unknown, body: unknown): unknown {
  const isProxy = typeof event === 'object' && event !== null && 'requestContext' in event;
  return isProxy ? { statusCode: 200, body: JSON.stringify(body) } : body;
}

function environment(options: RunOptions, runId: number): Record<string, string | undefined> {
  return {
    GITHUB_RUN_ID: String(options.runId ?? runId),
    GITHUB_RUN_ATTEMPT: String(options.attempt ?? 1),
    GITHUB_SHA: options.commit ?? commit(1),
    GITHUB_EVENT_NAME: options.event ?? 'push',
    GITHUB_REPOSITORY: 'acme/iris',
    GITHUB_ACTOR: 'someone',
    ...options.env,
  };
}

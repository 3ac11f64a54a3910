import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Invocation, InvocationResult } from '../aws/runtime.ts';
import { containerArguments, type ContainerHost } from './container.ts';
import type { Docker } from './docker.ts';
import { INIT_LIMIT_MS, logLines } from '../aws/lambda/report-lines.ts';
import { exitError, entrypointError, timeoutError } from './reports.ts';
import { RuntimeApi, type RuntimeAnswer } from './runtime-api.ts';

const LOG_TAIL = 4096;
/** The log comes through the docker client, on another way than the answer: it is whole when nothing more follows. */
const LOG_QUIET_MS = 5;
/** A runtime that logs nothing with its error is not waited for any longer. */
const ERROR_LOG_LIMIT_MS = 1_000;
const REMOVAL_RETRY_MS = 250;

type Ending = { readonly exit: number | null };
type Expiry = { readonly timedOut: true };

/** One execution environment: a container of the image, its Runtime API, and its log. Takes one event at a time. */
export class Environment {
  readonly name: string;
  readonly #docker: Docker;
  readonly #api = new RuntimeApi();
  #log = '';
  #ended: Promise<Ending> = Promise.resolve({ exit: 0 });
  #usable = true;
  #cold = true;

  constructor(docker: Docker, label: string) {
    this.#docker = docker;
    this.name = `model-release-${label.replace(/[^\w.-]/g, '-')}-${randomBytes(4).toString('hex')}`;
  }

  /** False once the container has ended, was ended, or failed to initialise. */
  get usable(): boolean {
    return this.#usable;
  }

  async start(invocation: Invocation, host: ContainerHost): Promise<void> {
    const port = await this.#api.listen();
    const args = containerArguments(invocation, { ...host, name: this.name, port });
    const child = this.#docker.spawn(args);
    const keep = (chunk: Buffer): void => void (this.#log += chunk.toString('utf8'));
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.#ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit) => resolve({ exit }));
    });
    this.#ended.then(
      () => (this.#usable = false),
      () => (this.#usable = false),
    );
  }

  /** Answers one event. Never throws for what the function does: that is a result with `functionError`. */
  async invoke(invocation: Invocation): Promise<InvocationResult> {
    const before = performance.now();
    const limitMs = invocation.timeoutS * 1000;
    const from = this.#cold ? 0 : this.#log.length;
    const failure = this.#cold ? await this.#initialise(invocation, limitMs) : undefined;
    const started = performance.now();
    const initDurationMs = this.#cold ? started - before : undefined;
    this.#cold = false;
    const init = initDurationMs === undefined ? {} : { initDurationMs };
    if (failure !== undefined) {
      await this.dispose();
      return { ...failed(failure), ...init, durationMs: 0, logTail: this.#tail(from) };
    }
    const answer = await this.#answer({ ...invocation, deadline: Date.now() + limitMs }, limitMs);
    const durationMs = performance.now() - started;
    // A runtime logs the error that it answers with; how long that line is on its way depends on the machine.
    if (answer.failed && this.#usable) await this.#longerLog(from);
    await this.#quietLog();
    const outcome = answer.failed ? failed(answer.payload) : { payload: answer.payload };
    const result = { ...outcome, ...init, durationMs, log: this.#log.slice(from) };
    return { ...result, logTail: logLines(invocation, result).slice(-LOG_TAIL) };
  }

  /** Ends the container and everything about it; harmless when it has ended already. */
  async dispose(): Promise<void> {
    this.#usable = false;
    const ended = this.#ended.then(
      () => true,
      () => true,
    );
    // A container that is still being created cannot be removed yet: ask until the client that runs it has ended.
    do await this.#docker.run(['rm', '--force', '--volumes', this.name]);
    while (!(await Promise.race([ended, sleep(REMOVAL_RETRY_MS, false)])));
    this.#api.close();
  }

  /** Waits until the runtime asks for its first event; the error's JSON if it never will. */
  async #initialise(invocation: Invocation, limitMs: number): Promise<Uint8Array | undefined> {
    const ready = this.#api.ready.then((failure) => ({ failure }));
    const outcome = await this.#race(ready, INIT_LIMIT_MS + limitMs);
    if ('failure' in outcome) return outcome.failure?.payload;
    if ('timedOut' in outcome) return timeoutError(invocation);
    // 125 to 127 are the docker client's: the container or its entry point could not be started.
    const neverRan = outcome.exit !== null && outcome.exit >= 125 && outcome.exit <= 127;
    return neverRan ? entrypointError(invocation, this.#log) : exitError(invocation, outcome.exit);
  }

  async #answer(invocation: Invocation, limitMs: number): Promise<RuntimeAnswer> {
    const outcome = await this.#race(this.#api.invoke(invocation), limitMs);
    if ('payload' in outcome) return outcome;
    await this.dispose();
    const payload = 'timedOut' in outcome ? timeoutError(invocation) : exitError(invocation, outcome.exit);
    return { payload, failed: true };
  }

  /** The work, or the container's end, or the end of the time allowed: whichever comes first. */
  async #race<T>(work: Promise<T>, limitMs: number): Promise<T | Ending | Expiry> {
    const timer = new AbortController();
    const expiry = sleep(limitMs, { timedOut: true } as const, { signal: timer.signal });
    try {
      return await Promise.race([work, this.#ended, expiry]);
    } finally {
      expiry.catch(() => undefined);
      timer.abort();
    }
  }

  async #longerLog(from: number): Promise<void> {
    const latest = performance.now() + ERROR_LOG_LIMIT_MS;
    while (this.#log.length === from && performance.now() < latest) await sleep(LOG_QUIET_MS);
  }

  async #quietLog(): Promise<void> {
    for (let seen = -1; seen !== this.#log.length;) {
      seen = this.#log.length;
      await sleep(LOG_QUIET_MS);
    }
  }

  #tail(from: number): string {
    return this.#log.slice(from).slice(-LOG_TAIL);
  }
}

function failed(payload: Uint8Array): { payload: Uint8Array; functionError: 'Unhandled' } {
  return { payload, functionError: 'Unhandled' };
}

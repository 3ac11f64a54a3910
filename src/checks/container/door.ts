/** The two ways to ask a container: Lambda's Runtime API, which it calls, and HTTP on a port, which it serves. */
import { createServer } from 'node:net';
import { clientContext, type CallMark } from '../../clients/call-mark.ts';
import { httpClient, HttpFailure } from '../../clients/http.ts';
import { waitFor } from '../../clients/wait.ts';
import { UserError } from '../../errors.ts';
import { answerOfHttp, answerOfLambda } from '../answer.ts';
import { buildApiRequest } from '../api-request.ts';
import { readFunctionError } from '../function-error.ts';
import type { TrialAnswer } from '../gate/trial.ts';
import type { Sample } from '../samples.ts';
import type { TrialTools } from './container.ts';
import { startLimitMs, type ImageToTry } from './image-to-try.ts';
import { ANSWER_LIMIT_BYTES, RuntimeApi } from './runtime-api.ts';

type Said = TrialAnswer['answer'];
/** `timed-out`: none within the function's time limit. `hung-up`: the connection broke, as it does where the program ends. */
type NoAnswer = 'timed-out' | 'hung-up';

export interface Door {
  /** The port of 127.0.0.1 on which the container finds Lambda's Runtime API; undefined for one that serves HTTP. */
  readonly runtimePort: number | undefined;
  /** Resolves once the container takes requests; to a clause where it says that it never will. It has no time limit of its own. */
  readonly ready: (isOver: () => boolean) => Promise<string | undefined>;
  /** Whether the container was heard of at all. */
  readonly wasReached: () => boolean;
  readonly ask: (sample: Sample, mark: CallMark) => Promise<Said | NoAnswer>;
  readonly close: () => void;
}

export async function openRuntimeDoor({ clock }: TrialTools, image: ImageToTry): Promise<Door> {
  const api = new RuntimeApi();
  const runtimePort = await api.listen();
  const { functionArn } = image;
  const limitMs = image.timeoutS * 1000;
  const failed = (error: Uint8Array) => readFunctionError({ payload: error, logTail: '' }).problem;
  return {
    runtimePort,
    wasReached: () => api.wasReached,
    ready: async () => {
      const error = await api.ready;
      return error && failed(error).replace('the function failed', 'failed while it started');
    },
    ask: async ({ input }, mark) => {
      const deadline = clock.now() + limitMs;
      const event = { payload: input, deadline, functionArn, clientContext: clientContext(mark) };
      const answer = await within({ clock, limitMs }, api.ask(event));
      if (answer === undefined) return 'timed-out';
      if ('tooLarge' in answer) return { failed: TOO_LARGE };
      return 'error' in answer ? { failed: failed(answer.error) } : answerOfLambda(answer.payload);
    },
    close: () => api.close(),
  };
}

/** A server that takes one connection at a time would wait for the next request of the last one. */
const ONE_AT_A_TIME = { connection: 'close' };
/** Even and short, because the time until the first answer is the cold start. Milliseconds. */
const PORT_PAUSE_MS = 50;
/** What takes longer than this to answer listens already. Milliseconds. */
const KNOCK_MS = 1_000;

export function openHttpDoor(tools: TrialTools, image: ImageToTry, port: number): Door {
  const http = httpClient({ clock: tools.clock });
  const baseUrl = `http://127.0.0.1:${port}`;
  const routes = [{ method: 'POST', path: '/', callsFunction: true, authorization: 'none' }] as const;
  const timeoutMs = image.timeoutS * 1000;
  const sent = new AbortController();
  return {
    runtimePort: undefined,
    wasReached: () => sent.signal.aborted,
    ready: (isOver) => waitForPort(tools, image, async () => isOver() || (await answers(`${baseUrl}/`))),
    ask: async (sample) => {
      const request = buildApiRequest({ baseUrl, exactUrl: undefined, routes }, sample);
      if ('notChecked' in request) return { failed: `it was not sent: ${request.notChecked}` };
      const { url, method, headers = {}, body } = request;
      try {
        const answer = await http({
          url,
          method,
          headers: { ...headers, ...ONE_AT_A_TIME },
          timeoutMs,
          ...(body === undefined ? {} : { body }),
        });
        const bytes = answer.bytes ?? Buffer.from(answer.body);
        if (bytes.length > ANSWER_LIMIT_BYTES) return { failed: TOO_LARGE };
        return answerOfHttp({ ...answer, bytes });
      } catch (error) {
        if (error instanceof HttpFailure && /^no complete answer/.test(error.message)) return 'timed-out';
        return error instanceof HttpFailure ? { failed: error.message } : 'hung-up';
      }
    },
    close: () => undefined,
  };

  async function answers(url: string): Promise<boolean> {
    try {
      await http({ url, headers: ONE_AT_A_TIME, timeoutMs: KNOCK_MS });
    } catch (error) {
      // Nothing listens yet; a slow answer or an endless one is an answer.
      if (!(error instanceof HttpFailure)) return false;
    }
    sent.abort();
    return true;
  }
}

async function waitForPort(
  tools: TrialTools,
  image: ImageToTry,
  isReady: () => Promise<boolean>,
): Promise<undefined> {
  const what = `the container to answer on port ${image.port ?? ''}`;
  const wait = { what, budgetMs: startLimitMs(image), pauseMs: PORT_PAUSE_MS };
  await waitFor(tools, wait, async () => (await isReady()) || undefined);
}

/**
 * Whether anything on this machine listens there already: it would answer in the container's place.
 * @throws UserError `gate-port-taken`.
 */
export async function requireFreePort(port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new UserError('gate-port-taken', {
      what: `Port ${port} of this machine cannot be used for the image (${code}): gate.port is where the container answers.`,
      fix: 'End what listens there, let the container serve another port, or set gate.image: none; nothing was pushed.',
    });
  }
  await new Promise((resolve) => server.close(resolve));
}

const TOO_LARGE = 'the answer has more than 6 MB, which Lambda does not send';

/** @returns undefined where the work takes longer. */
export async function within<T>(
  { clock, limitMs }: Pick<TrialTools, 'clock'> & { readonly limitMs: number },
  work: Promise<T>,
): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(limitMs, over.signal).then(() => undefined)]);
  } finally {
    over.abort();
  }
}

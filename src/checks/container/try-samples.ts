/** Every sample to the image that was just built, in a container on this machine: before anything of it leaves the machine. */
import { randomUUID } from 'node:crypto';
import type { CallMark } from '../../clients/call-mark.ts';
import { plural } from '../../words.ts';
import { checkAnswer, differs, type Verdict } from '../check-answer.ts';
import type { Trial, TrialAnswer, TrialRow } from '../gate/trial.ts';
import type { Sample } from '../samples.ts';
import { shown } from '../shown.ts';
import {
  removeOld,
  startContainer,
  type Container,
  type ContainerEnd,
  type TrialTools,
} from './container.ts';
import { openHttpDoor, openRuntimeDoor, requireFreePort, within, type Door } from './door.ts';
import type { EngineNetwork } from './engine-network.ts';
import { startLimitMs, type ImageToTry } from './image-to-try.ts';
import { ImageTrialFailed, type Broken, type Wrong } from './trial-failure.ts';

/** For the captured requests, which are as many as somebody captured. Milliseconds. */
const CAPTURED_BUDGET_MS = 2 * 60_000;
/** How long the end of a container may take to be known here once it broke its connection. Milliseconds. */
const END_GRACE_MS = 2_000;

interface Attempted {
  readonly image: ImageToTry;
  readonly network: EngineNetwork;
  /** Sent after the samples; how they are answered fails nothing. */
  readonly captured?: readonly TrialRow[];
}

/**
 * One after the other, as one environment of Lambda would answer them; the container is gone when this returns or throws.
 * @throws ImageTrialFailed where the image does not start, breaks off, or answers a sample wrongly; `gate-port-taken`; Cancelled.
 */
export async function trySamples(
  tools: TrialTools,
  { image, network, captured = [] }: Attempted,
  samples: readonly Sample[],
): Promise<Trial> {
  await removeOld(tools);
  if (image.port !== undefined) await requireFreePort(image.port);
  const door =
    image.port === undefined ? await openRuntimeDoor(tools, image) : openHttpDoor(tools, image, image.port);
  const longestMs = startLimitMs(image) + (samples.length + 1) * image.timeoutS * 1000 + CAPTURED_BUDGET_MS;
  const container = startContainer(tools, image, {
    name: `model-release-trial-${randomUUID().slice(0, 8)}`,
    network,
    runtimeApi: door.runtimePort === undefined ? undefined : `${network.hostName}:${door.runtimePort}`,
    until: Math.ceil((tools.clock.now() + longestMs) / 1000) + 60,
  });
  try {
    return await ask({ tools, image, door, container }, samples, captured);
  } finally {
    await container.stop();
    door.close();
  }
}

interface Scene {
  readonly tools: TrialTools;
  readonly image: ImageToTry;
  readonly door: Door;
  readonly container: Container;
}

async function ask(scene: Scene, samples: readonly Sample[], captured: readonly TrialRow[]): Promise<Trial> {
  const { tools, image, container } = scene;
  const hidden = Object.values(image.variables);
  const coldStartMs = await untilReady(scene);
  const answers: TrialAnswer[] = [];
  const wrong: Wrong[] = [];
  const trial = (usedMb?: number): Trial => ({
    where: 'runner',
    answers,
    architecture: image.architecture,
    memoryMb: image.memoryMb,
    usedMb,
    coldStartsMs: [coldStartMs],
    imageBytes: undefined,
  });
  for (const sample of samples) {
    const started = tools.clock.now();
    const said = await answerOf(scene, sample);
    const durationMs = tools.clock.now() - started;
    if ('broken' in said) throw broken(scene, { broken: said.broken, sample, trial: trial() });
    const verdict = verdictOn(sample, said, hidden);
    answers.push({
      ...rowOf(sample),
      answer: said,
      asExpected: asExpected(verdict),
      durationMs,
      report: undefined,
    });
    if (verdict.kind !== 'differs') continue;
    const name = shown(sample.name, [], 100);
    wrong.push({ name, line: sample.line, mismatch: verdict.why });
    tools.log.info(`Sample "${name}" (line ${sample.line}): ${verdict.why}`);
  }
  if (wrong.length > 0) throw failure(scene, { wrong, trial: trial() });
  answers.push(...(await replay(scene, captured)));
  return trial(await container.usedMb());
}

/**
 * The captured requests, until one of them ends the container or keeps it busy: it is one environment. What they hold, and what the
 * container says to them, may be personal: only their numbers are said.
 */
async function replay(scene: Scene, rows: readonly TrialRow[]): Promise<readonly TrialAnswer[]> {
  const { clock, log } = scene.tools;
  const until = clock.now() + CAPTURED_BUDGET_MS;
  const answers: TrialAnswer[] = [];
  const rest = (why: string) => {
    const left = rows.length - answers.length;
    if (left > 0)
      log.info(`${plural(left, 'captured request')} of ${rows.length} not sent to the image: ${why}`);
    return answers;
  };
  for (const row of rows) {
    const started = clock.now();
    if (started >= until) return rest('the time for them was over');
    const said = await answerOf(scene, row.sample, 'replay');
    const answer = 'broken' in said ? { failed: 'it gave no answer' } : said;
    answers.push({
      row,
      answer,
      asExpected: undefined,
      durationMs: clock.now() - started,
      report: undefined,
    });
    if ('broken' in said) return rest(`it gave no answer to ${row.name}`);
  }
  return answers;
}

/** @returns milliseconds from the start of the container to its first request for work, or its first answer on the port. */
async function untilReady(scene: Scene): Promise<number> {
  const { tools, image, door, container } = scene;
  const { clock } = tools;
  const started = clock.now();
  let isOver = false;
  const limitMs = startLimitMs(image);
  const ready = door.ready(() => isOver).then((problem) => ({ problem }));
  ready.catch(() => undefined);
  const end = container.ended.then((ended) => ({ ended }));
  const first = await within({ clock, limitMs }, Promise.race([ready, end]));
  isOver = true;
  if (first === undefined)
    throw broken(scene, { broken: { kind: 'never-ready', reached: door.wasReached() } });
  if ('ended' in first) throw broken(scene, { broken: { kind: 'ended', end: first.ended } });
  const { problem } = first;
  if (problem !== undefined) {
    await within({ clock, limitMs: END_GRACE_MS }, container.ended);
    throw broken(scene, { broken: { kind: 'init-error', problem } });
  }
  return clock.now() - started;
}

type Said = TrialAnswer['answer'];

async function answerOf(
  { tools, door, container }: Scene,
  sample: Sample,
  mark: CallMark = 'sample',
): Promise<Said | { readonly broken: Broken }> {
  const ended = (end: ContainerEnd) => ({ broken: { kind: 'ended', end } }) as const;
  const first = await Promise.race([door.ask(sample, mark), container.ended.then(ended)]);
  if (first === 'timed-out') return { broken: { kind: 'timed-out' } };
  if (first !== 'hung-up') return first;
  const end = await within({ clock: tools.clock, limitMs: END_GRACE_MS }, container.ended);
  return end === undefined ? { failed: 'it hung up without an answer' } : ended(end);
}

function verdictOn(sample: Sample, said: Said, hidden: readonly string[]): Verdict {
  return 'failed' in said ? differs({ problem: said.failed }, hidden) : checkAnswer(sample, said, hidden);
}

function asExpected({ kind }: Verdict): boolean | undefined {
  return kind === 'answered' ? undefined : kind === 'as-expected';
}

function rowOf(sample: Sample): Pick<TrialAnswer, 'row'> {
  return { row: { name: sample.name, line: sample.line, from: 'samples', sample } };
}

function broken(
  scene: Scene,
  {
    broken: how,
    sample,
    trial,
  }: { readonly broken: Broken; readonly sample?: Sample; readonly trial?: Trial },
): ImageTrialFailed {
  const at = sample && { name: shown(sample.name, [], 100), line: sample.line };
  return failure(scene, { broken: { how, at }, trial });
}

/** The container's last lines go to the log; they may be many, and the message quotes the last one. */
function failure(
  { tools, image, container }: Scene,
  found: Omit<ConstructorParameters<typeof ImageTrialFailed>[1], 'lines'>,
) {
  const lines = container.lines();
  if (lines.length > 0) tools.log.info('The last lines of the container:');
  for (const line of lines) tools.log.info(`  ${line}`);
  return new ImageTrialFailed(image, { ...found, lines });
}

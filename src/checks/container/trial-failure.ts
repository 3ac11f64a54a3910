/** Why an image did not pass its trial on this machine, and what a person does about it. */
import { UserError, type Place } from '../../errors.ts';
import type { Trial } from '../gate/trial.ts';
import { shown } from '../shown.ts';
import type { ContainerEnd } from './container.ts';
import { INIT_LIMIT_MS, type ImageToTry } from './image-to-try.ts';

/** What ends a trial before all samples are answered. */
export type Broken =
  /** `reached`: it was heard of, and did not get as far as its first request. */
  | { readonly kind: 'never-ready'; readonly reached: boolean }
  | { readonly kind: 'ended'; readonly end: ContainerEnd }
  | { readonly kind: 'init-error'; readonly problem: string }
  | { readonly kind: 'timed-out' };

/** A sample whose answer is not the expected one. */
export interface Wrong {
  readonly name: string;
  readonly line: number;
  readonly mismatch: string;
}

interface TrialEnd {
  readonly broken?: {
    readonly how: Broken;
    /** The sample that was being answered; undefined while the image started. */
    readonly at: Omit<Wrong, 'mismatch'> | undefined;
  };
  readonly wrong?: readonly Wrong[];
  /** What was answered until then. */
  readonly trial?: Trial | undefined;
  /** The last of the container's output. */
  readonly lines: readonly string[];
}

/** The image does not answer as it should: `trial` is what it answered. */
export class ImageTrialFailed extends UserError {
  readonly trial: Trial | undefined;

  constructor(image: ImageToTry, found: TrialEnd) {
    super(
      'image-trial-failed',
      found.broken ? brokenOff(image, found, found.broken) : wronglyAnswered(image, found),
    );
    this.trial = found.trial;
  }
}

interface Said {
  readonly what: string;
  readonly fix: string;
  readonly places: readonly Place[];
}

const UNTOUCHED = 'nothing was pushed.';
/** The ways out that every failure to start has in common. */
const NEEDS_MORE = `Give it what it needs as gate.variables, or set gate.image: none for a model that needs AWS to start; ${UNTOUCHED}`;

function wronglyAnswered({ file }: ImageToTry, { wrong = [], trial }: TrialEnd): Said {
  const first = wrong.slice(0, 3).map(({ name, mismatch }) => `"${name}": ${mismatch}`);
  const rest = wrong.length - first.length;
  const more = rest > 0 ? `; ${rest} more are in the log` : '';
  const isAll = wrong.length === trial?.answers.length;
  const orNone = isAll ? ', or set gate.image: none for a model that needs AWS to answer' : '';
  return {
    what: `The image answered ${wrong.length} of ${trial?.answers.length ?? 0} samples wrongly on this machine: ${first.join('; ')}${more}.`,
    fix: `Mend the model or the expectation and push again${orNone}; ${UNTOUCHED}`,
    places: wrong.flatMap(({ name, line, mismatch }) => placeOf(file, { name, line }, mismatch)),
  };
}

function brokenOff(
  image: ImageToTry,
  { lines }: TrialEnd,
  { how, at }: NonNullable<TrialEnd['broken']>,
): Said {
  const [problem, fix] = explained(image, how, at === undefined);
  const during = at === undefined ? '' : `, at sample "${at.name}" (line ${at.line}),`;
  return {
    what: `On this machine${during} the image ${problem}.${lastLine(how, lines)}`,
    fix,
    places: at === undefined ? [] : placeOf(image.file, at, `the image ${problem}`),
  };
}

/** The container's own last words, where nothing better is known. */
function lastLine(how: Broken, lines: readonly string[]): string {
  const last = lines.findLast((line) => line.trim() !== '');
  const isSaid = how.kind === 'init-error' || (how.kind === 'ended' && how.end.notStarted !== undefined);
  if (last === undefined || isSaid) return '';
  const line = shown(last, [], 300).trim();
  return ` Its last line: ${/[.!?…]$/.test(line) ? line : `${line}.`}`;
}

/** What happened, as the end of "the image …", and what to do. */
function explained(image: ImageToTry, how: Broken, whileStarting: boolean): readonly [string, string] {
  const { timeoutS, port } = image;
  const limit = `${INIT_LIMIT_MS / 1000 + timeoutS} s (Lambda's 10 s and the function's timeout)`;
  switch (how.kind) {
    case 'never-ready': {
      if (port !== undefined)
        return [
          `answered nothing on port ${port} within ${limit}`,
          `Let it listen on 0.0.0.0:${port}, or correct gate.port. ${NEEDS_MORE}`,
        ];
      const asked = how.reached ? 'did not get to its first event' : 'never asked for an event';
      return [
        `${asked} within ${limit}`,
        `Start Lambda's runtime in it (CMD names the handler), or give gate.port where it serves HTTP. ${NEEDS_MORE}`,
      ];
    }
    case 'init-error':
      return [shown(how.problem, Object.values(image.variables), 300), `Mend what it names. ${NEEDS_MORE}`];
    case 'timed-out':
      return [
        `gave no answer within ${timeoutS} s, the function's timeout`,
        `Raise timeout or let the model answer sooner; ${UNTOUCHED}`,
      ];
    case 'ended':
      return ended(image, how.end, whileStarting ? NEEDS_MORE : `Mend the model; ${UNTOUCHED}`);
  }
}

function ended(
  { memoryMb }: ImageToTry,
  { exitCode, notStarted }: ContainerEnd,
  fix: string,
): readonly [string, string] {
  if (notStarted !== undefined)
    return [
      `could not be started: ${shown(notStarted, [], 300).replace(/[.]$/, '')}`,
      `Correct its ENTRYPOINT and CMD; ${UNTOUCHED}`,
    ];
  if (exitCode === 137 || exitCode === undefined)
    return [
      `was killed (exit code 137), mostly because its ${memoryMb} MB of memory are used up`,
      `Raise memory-size or load less; what it writes to /tmp counts as memory here; ${UNTOUCHED}`,
    ];
  return [`ended with exit code ${exitCode}`, fix];
}

function placeOf(
  file: string | undefined,
  { name, line }: Omit<Wrong, 'mismatch'>,
  said: string,
): readonly Place[] {
  return file === undefined ? [] : [{ file, line, message: `Sample "${name}": ${said}` }];
}

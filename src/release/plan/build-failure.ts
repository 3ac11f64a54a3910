/** What a failed `docker build` means. Docker has no codes for these: what went wrong stands in its output. */
import type { Explanation } from '../../errors.ts';
import type { Architecture } from '../../types.ts';

export interface FailedBuild {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  /** The last lines of its output, sanitised. */
  readonly tail: readonly string[];
}

export interface BuildPlace {
  readonly reference: string;
  readonly architecture: Architecture;
  readonly timeoutMs: number;
  /** Room on the disk where the engine keeps its data, in MB; undefined where it was not looked up. */
  readonly freeMegabytes: number | undefined;
}

/** The line of the Dockerfile that BuildKit names before it shows the line's surroundings. */
export function lineOfFailure({ tail }: Pick<FailedBuild, 'tail'>): number | undefined {
  const at = tail.findLastIndex(
    (line, index) => /^-{10,}$/.test(tail[index + 1]?.trim() ?? '') && NAMED.test(line),
  );
  const [, line] = NAMED.exec(tail[at] ?? '') ?? [];
  return line === undefined ? undefined : Number(line);
}

/** `Dockerfile:3`, whatever its name. */
const NAMED = /^\S.*:(\d+)$/;

export interface BuildProblem extends Explanation {
  readonly code: string;
}

export function isDiskFull({ tail }: FailedBuild): boolean {
  return /no space left on device|disk quota exceeded/i.test(tail.join('\n'));
}

export function explainBuild(
  { reference, architecture, timeoutMs, freeMegabytes }: BuildPlace,
  failed: FailedBuild,
): BuildProblem {
  const { exitCode, signal, timedOut, tail } = failed;
  const text = tail.join('\n');
  if (timedOut) {
    return {
      code: 'build-timed-out',
      what: `The build of ${reference} was still running after ${Math.round(timeoutMs / 60_000)} min and was ended.`,
      fix: 'See its last lines for where it stood; give it more time with build-timeout.',
    };
  }
  if (isDiskFull(failed)) {
    const room = freeMegabytes === undefined ? '' : `: disk full, ${freeMegabytes} MB free`;
    return {
      code: 'disk-full',
      what: `The disk filled up while building ${reference}${room}.`,
      fix: 'Free space before this step (docker system prune -af), or make the image smaller.',
    };
  }
  if (exitCode === 137 || /exit code: 137\b|non-zero code: 137\b|signal: killed|out of memory/i.test(text)) {
    return {
      code: 'out-of-memory',
      what: `A step of the build of ${reference} was killed (137), as the kernel does when memory runs out.`,
      fix: 'Use a runner with more memory, or let the step need less.',
    };
  }
  if (/exec format error/i.test(text)) {
    return {
      code: 'build-architecture',
      what: `The build of ${reference} ran a program of another processor architecture (exec format error).`,
      fix: `Build on a runner of ${architecture}, or add a step with docker/setup-qemu-action before this one.`,
    };
  }
  const how = exitCode === undefined ? ` (${signal})` : '';
  const { line, step } = whyItFailed(tail);
  return {
    code: 'build-failed',
    what: `The build of ${reference} failed${how}${step === undefined ? '' : ` in ${step}`}: ${line ?? 'docker said nothing'}`,
    fix: 'The lines before it in the log say more.',
  };
}

interface Why {
  readonly line: string | undefined;
  /** The instruction that failed, as docker shows it: `[2/3] RUN pip install x`. */
  readonly step: string | undefined;
}

/** The line that says why: what the failing program said, rather than docker's own sentence about its exit code. */
export function whyItFailed(tail: readonly string[]): Why {
  const lines = tail.map((line) => line.trim()).filter((line) => line !== '');
  return inBlock(lines) ?? inClassic(lines) ?? { line: ownWords(lines), step: undefined };
}

/** BuildKit repeats the failing step between two lines of dashes: ` > [2/3] RUN x:` and then its last output. */
function inBlock(lines: readonly string[]): Why | undefined {
  const begin = lines.findLastIndex((line) => /^> .*:$/.test(line));
  if (begin < 1 || lines[begin - 1] !== '------') return undefined;
  const end = lines.indexOf('------', begin);
  const output = lines.slice(begin + 1, end < 0 ? undefined : end).map(withoutStamp);
  const step = lines[begin]?.slice(2, -1);
  return { line: speaking(output) ?? ownWords(lines.slice(end < 0 ? begin + 1 : end + 1)), step };
}

/** `#7 0.345 text` and `0.345 text`, as BuildKit prints a step's output. */
function withoutStamp(line: string): string {
  return line.replace(/^(?:#\d+ )?\d+\.\d+ ?/, '').trim();
}

/** The first builder prints the output bare, and then its own sentence. */
function inClassic(lines: readonly string[]): Why | undefined {
  const sentence = /^The command '(?<command>.*)' returned a non-zero code: \d+$/;
  const at = lines.findLastIndex((line) => sentence.test(line));
  if (at < 0) return undefined;
  const begin = lines.findLastIndex(
    (line, index) => index < at && /^---> Running in [0-9a-f]{12}$/.test(line),
  );
  const output = lines
    .slice(begin + 1, at)
    .filter((line) => !/^(?:---> |Removing intermediate container |Step \d+\/\d+ : )/.test(line));
  const command = sentence.exec(lines[at] ?? '')?.groups?.['command'];
  const said = speaking(output);
  return said === undefined ? { line: lines[at], step: undefined } : { line: said, step: command };
}

/** Docker's own last sentence, which stands in the line itself or after the code that the client puts around it. */
function ownWords(lines: readonly string[]): string | undefined {
  const about = /\berror|returned a non-zero code|not found|denied|failed/i;
  return lines.findLast((line) => about.test(line)) ?? lines.at(-1);
}

/** Of a program's output: the last line that names an error, else its last line. */
function speaking(output: readonly string[]): string | undefined {
  const said = output.filter((line) => /\p{L}/u.test(line));
  // pip's and npm's offers of a newer version follow the error that matters.
  const plain = said.filter((line) => !/^(?:\[notice\]|npm notice|WARNING: )/.test(line));
  return (
    plain.findLast((line) =>
      /\b(?:error|exception|fatal|failed|denied|cannot|not found)\b|\w(?:Error|Exception)\b/i.test(line),
    ) ??
    plain.at(-1) ??
    said.at(-1)
  );
}

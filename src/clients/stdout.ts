/** This process's stdout: lines go out in order and in few writes, and a writer of many is told when to wait. */
import type { Writable } from 'node:stream';

export interface LineWriter {
  /** Never throws and never fails later: what is not read is dropped. */
  print(line: string): void;
  /** Resolves once what was printed has left this process; undefined when there is nothing to wait for. */
  drained(): Promise<void> | undefined;
}

/** Characters gathered for one write: a write for each line takes most of the time of a long log. */
const WRITE_SIZE = 64 * 1024;

export function lineWriter(open: () => Writable): LineWriter {
  let stream: Writable | undefined;
  let gathered = '';
  let readerIsGone = false;
  let draining: Promise<void> | undefined;
  let drainedNow = (): void => undefined;
  const settle = (): void => {
    draining = undefined;
    drainedNow();
  };
  const opened = (): Writable => {
    if (stream !== undefined) return stream;
    stream = open();
    // Without a listener, an error of stdout ends the process with a stack trace, and the run without its outcome.
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      readerIsGone ||= code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
      settle();
    });
    stream.on('drain', settle);
    stream.on('close', settle);
    process.once('exit', flush);
    return stream;
  };
  const flush = (): void => {
    const text = gathered;
    gathered = '';
    if (text === '' || readerIsGone) return;
    if (opened().write(text)) return;
    draining ??= new Promise((resolve) => (drainedNow = resolve));
  };
  return {
    print: (line) => {
      opened();
      if (gathered === '') queueMicrotask(flush);
      gathered += `${line}\n`;
      if (gathered.length >= WRITE_SIZE) flush();
    },
    drained: () => {
      flush();
      return draining;
    },
  };
}

/** The one writer of this process's stdout; it is opened by its first line. */
export const stdout = lineWriter(() => process.stdout);

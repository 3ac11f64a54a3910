/** Lines of a log that are shown later: what runs beside something else would mix its lines with the other's. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { stdout } from './stdout.ts';

/** While lines are kept, one of them is shown this often: a long build is seen to go on. Milliseconds. */
const SHOWN_EVERY_MS = 30_000;

export interface KeptLines {
  /** Keeps lines until they are shown, and then passes them on. */
  readonly log: Log;
  /** Shows what was kept, in its order, and from then on every line as it comes. */
  readonly show: () => Promise<void>;
  /** Removes what was kept. */
  readonly end: () => Promise<void>;
}

/** What a reader of lines takes for the end of one. */
const LINE_ENDS = /[\r\n\u2028\u2029]/g;

interface KeepTools {
  readonly log: Log;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** In a file of RUNNER_TEMP: a build prints as much as it likes, and memory holds none of it. */
export async function keepLines({ log, clock, env }: KeepTools, name: string): Promise<KeptLines> {
  const temp = env['RUNNER_TEMP'] ?? '/tmp';
  await mkdir(temp, { recursive: true });
  const folder = await mkdtemp(join(temp, 'model-release-log-'));
  const path = join(folder, 'lines');
  const file = openSync(path, 'a', 0o600);
  let state: 'kept' | 'shown' | 'ended' = 'kept';
  let [kept, lost] = [0, 0];
  let shownAt = clock.now();
  const put = (kind: keyof Log, line: string): void => {
    if (state !== 'kept') return state === 'shown' ? log[kind](line) : undefined;
    try {
      writeSync(file, `${kind} ${line.replaceAll(LINE_ENDS, ' ')}\n`);
      kept += 1;
    } catch {
      // A full disk takes the lines away, and the work goes on.
      lost += 1;
    }
    if (clock.now() - shownAt < SHOWN_EVERY_MS) return;
    shownAt = clock.now();
    log.info(`${name}: ${line}`);
  };
  return {
    log: { info: (line) => put('info', line), warning: (line) => put('warning', line) },
    show: async () => {
      let shown = 0;
      const reader = await open(path);
      try {
        // Lines go on arriving while they are read.
        while (shown < kept) {
          for await (const text of reader.readLines({ autoClose: false })) {
            log[text.startsWith('warning ') ? 'warning' : 'info'](text.slice(text.indexOf(' ') + 1));
            shown += 1;
            await stdout.drained();
          }
        }
        if (state === 'kept') state = 'shown';
      } finally {
        await reader.close();
      }
      if (lost > 0) log.info(`${lost} more lines could not be kept.`);
    },
    end: async () => {
      if (state === 'ended') return;
      state = 'ended';
      closeSync(file);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

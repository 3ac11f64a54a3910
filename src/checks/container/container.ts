/** A container of one trial: started, watched, and removed whatever happens. */
import { tail, TAIL_LINES } from '../../clients/output-lines.ts';
import { inRounds } from '../../clients/retry.ts';
import type { Tools } from '../../clients/tools.ts';
import { Cancelled } from '../../errors.ts';
import { withoutValues } from '../shown.ts';
import type { ImageToTry } from './image-to-try.ts';
import { runArguments, TRIAL_LABEL, type Start } from './run-arguments.ts';

export type TrialTools = Pick<Tools, 'shell' | 'clock' | 'log' | 'signal'>;

/** How a container ended by itself. */
export interface ContainerEnd {
  /** 137: mostly the kernel, because its memory was used up. Undefined where the docker client itself was ended. */
  readonly exitCode: number | undefined;
  /** docker could not start it: its own words. */
  readonly notStarted: string | undefined;
}

export interface Container {
  /** Rejects with Cancelled when the run is told to stop. */
  readonly ended: Promise<ContainerEnd>;
  /** The last lines of its output, without the values of its variables. */
  readonly lines: () => readonly string[];
  /** MB that it uses now; undefined where the engine does not say. */
  readonly usedMb: () => Promise<number | undefined>;
  /** Ends and removes it. */
  readonly stop: () => Promise<void>;
}

/** A container that is still being created cannot be removed yet: asked so often, with this pause. Milliseconds. */
const REMOVALS = 40;
const REMOVAL_PAUSE_MS = 250;

export function startContainer(tools: TrialTools, image: ImageToTry, start: Start): Container {
  const { shell, clock } = tools;
  const { name } = start;
  const hidden = Object.values(image.variables);
  const last = tail(TAIL_LINES);
  const remove = ['rm', '--force', '--volumes', '--', name];
  const client = shell.run({
    file: 'docker',
    args: runArguments(image, start),
    writes: 'docker:run',
    onLine: last.push,
    // Ending the client leaves the container running.
    afterwards: { file: 'docker', args: remove },
  });
  const ended = client.then(({ exitCode, tail: said }) => ({
    exitCode,
    notStarted: refusal(exitCode, said),
  }));
  ended.catch(() => undefined);
  return {
    ended,
    lines: () => last.lines().map((line) => withoutValues(line, hidden)),
    usedMb: async () => {
      const args = ['stats', '--no-stream', '--format', '{{.MemUsage}}', '--', name];
      return memoryIn((await shell.ask({ file: 'docker', args, writes: undefined })).stdout);
    },
    stop: async () => {
      await inRounds(REMOVALS, async () => {
        try {
          await shell.ask({ file: 'docker', args: remove, writes: 'docker:run' });
        } catch (error) {
          // What comes after the client removes it.
          if (error instanceof Cancelled) return true;
          throw error;
        }
        const over = new AbortController();
        const gone = await Promise.race([
          ended.then(
            () => true,
            () => true,
          ),
          clock.sleep(REMOVAL_PAUSE_MS, over.signal),
        ]);
        over.abort();
        return gone ?? undefined;
      });
    },
  };
}

/** 125 to 127 are docker's own exit codes, which a program may have, too: docker's say why. */
function refusal(exitCode: number | undefined, said: readonly string[]): string | undefined {
  if (exitCode === undefined || exitCode < 125 || exitCode > 127) return undefined;
  return said.findLast((line) => line.startsWith('docker: '))?.slice('docker: '.length);
}

/** `123.4MiB / 512MiB` → MB. */
function memoryIn(stats: string): number | undefined {
  const [, number, unit = ''] = /^\s*([\d.]+)\s*([KMG]i?)B\b/.exec(stats) ?? [];
  const factor = { Ki: 1 / 1024, Mi: 1, Gi: 1024 }[unit];
  return number === undefined || factor === undefined ? undefined : Math.ceil(Number(number) * factor);
}

/** Containers of trials that were cut off with their machine's engine: removed once their own time is over. */
export async function removeOld({ shell, clock }: TrialTools): Promise<void> {
  const format = `{{.ID}} {{.Label "${TRIAL_LABEL}"}}`;
  const list = ['ps', '--all', '--filter', `label=${TRIAL_LABEL}`, '--format', format];
  const { exitCode, stdout } = await shell.ask({ file: 'docker', args: list, writes: undefined });
  const rows = exitCode === 0 ? stdout.trim().split('\n') : [];
  const old = rows.flatMap((row) => {
    const [id = '', until] = row.split(' ');
    return Number(until) * 1000 < clock.now() ? [id] : [];
  });
  if (old.length > 0)
    await shell.ask({
      file: 'docker',
      args: ['rm', '--force', '--volumes', '--', ...old],
      writes: 'docker:run',
    });
}

/** What the steps that run docker are tested with: the machine's own clients, a real engine, and a log in memory. */
import { realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { EngineStatus } from '../../local/engine/engine.ts';
import { realClock, type Clock } from '../../src/clients/clock.ts';
import { nodeShell } from '../../src/clients/shell.ts';

export const MINUTES = 60_000;

export interface WorldOptions {
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
  /** Told every line of the log. */
  readonly onLine?: (line: string) => void;
}

/** The tools of one run. */
export function stepsWorld(engine: EngineStatus, { clock = realClock, env = {}, onLine }: WorldOptions = {}) {
  const lines: string[] = [];
  const secrets: string[] = [];
  const info = (line: string): void => {
    lines.push(line);
    onLine?.(line);
  };
  const host = engine.dockerHost === undefined ? {} : { DOCKER_HOST: engine.dockerHost };
  const signal = new AbortController().signal;
  return {
    lines,
    secrets,
    clock,
    signal,
    random: () => 0.5,
    log: { info, warning: info },
    secret: async (value: string) => void secrets.push(value),
    shell: nodeShell({ clock, signal, env: { ...process.env, ...host, ...env } }),
  };
}

/** A PATH for every docker client of this machine: an older one has BuildKit inside, a newer one needs buildx for it. */
export async function dockerClients(): Promise<string[]> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = new Map<string, string>();
  for (const [index, folder] of folders.entries()) {
    const file = await realpath(join(folder, 'docker')).catch(() => undefined);
    if (file !== undefined && !found.has(file)) found.set(file, folders.slice(index).join(delimiter));
  }
  return [...found.values()];
}

/** Time stands still until a timer of this length is rung; the others run. */
export function clockHolding(ms: number): Clock & { ring(): void } {
  let wake = (): void => undefined;
  return {
    now: realClock.now,
    sleep: (asked, signal) =>
      asked === ms ? new Promise((resolve) => (wake = resolve)) : realClock.sleep(asked, signal),
    ring: () => wake(),
  };
}

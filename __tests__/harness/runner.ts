import type { Annotated, Runner } from '../../src/clients/runner.ts';

/** A runner in memory: what an action was given, and everything it said. */
export interface MemoryRunner extends Runner {
  readonly lines: string[];
  readonly outputs: Record<string, string>;
  readonly annotations: ({ level: 'warning' | 'error'; message: string } & Annotated)[];
  readonly secrets: string[];
  summaryText: string;
  exitCode: number;
}

export function memoryRunner(
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): MemoryRunner {
  const runner: MemoryRunner = {
    env,
    lines: [],
    outputs: {},
    annotations: [],
    secrets: [],
    summaryText: '',
    exitCode: 0,
    input: (name) => (inputs[name]?.trim() ? inputs[name] : undefined),
    info: (line) => void runner.lines.push(line),
    startGroup: (name) => void runner.lines.push(`▸ ${name}`),
    endGroup: () => undefined,
    warning: async (message, at) =>
      void runner.annotations.push({ level: 'warning', message, ...annotated(at) }),
    error: async (message, at) => void runner.annotations.push({ level: 'error', message, ...annotated(at) }),
    secret: async (value) => void runner.secrets.push(value),
    output: async (name, value) => void (runner.outputs[name] = value),
    summary: async (markdown) => void (runner.summaryText += markdown),
    setExitCode: (code) => void (runner.exitCode = code),
  };
  return runner;
}

function annotated(at: Annotated | string | undefined): Annotated {
  return typeof at === 'string' ? { title: at } : (at ?? {});
}

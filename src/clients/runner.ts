import { appendFile } from 'node:fs/promises';
import { withoutCommands } from './output-lines.ts';
import { stdout } from './stdout.ts';

/** What an annotation says beside its message: its title, and the line that it is shown on. */
export interface Annotated {
  readonly title?: string;
  /** Relative to the workspace. */
  readonly file?: string;
  /** From 1; GitHub shows an annotation of a file without a line on its first one. */
  readonly line?: number;
}

/**
 * The GitHub runner as an action sees it: inputs come in, log lines, outputs, masks and the job summary go out.
 * `githubRunner` is the real one; tests and embedders give another object of this shape.
 */
export interface Runner {
  /** The environment the action runs in; the only place where it is read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of an input as given, or undefined when it is absent or empty. */
  input(name: string): string | undefined;
  info(line: string): void;
  startGroup(name: string): void;
  endGroup(): void;
  /** Annotations: shown on the run's page, and on the line of a file where one is named. */
  warning(message: string, at?: Annotated): Promise<void>;
  error(message: string, at?: Annotated): Promise<void>;
  /** Masks a value in everything the runner prints from now on. */
  secret(value: string): Promise<void>;
  output(name: string, value: string): Promise<void>;
  /** Appends Markdown to the job summary. */
  summary(markdown: string): Promise<void>;
  /** Marks the step as failed; the process ends with this exit code. */
  setExitCode(code: number): void;
}

/** GitHub refuses a step's summary above 1 MiB; the rest of the megabyte is for what other tools append. */
export const SUMMARY_LIMIT_BYTES = 1_000_000;

/**
 * The real runner. Plain lines go straight to stdout; whatever has a protocol of its own (masks, outputs, annotations)
 * goes through @actions/core, which is loaded at its first use because it brings an HTTP client and a tenth of a second.
 */
export function githubRunner(env: Readonly<Record<string, string | undefined>>): Runner {
  const core = () => import('@actions/core');
  const { print } = stdout;
  return {
    env,
    input: (name) => nonEmpty(env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`]),
    info: (line) => print(withoutCommands(line.replaceAll('\r', ''))),
    startGroup: (name) => print(`::group::${name.replaceAll(/[\r\n%]/g, ' ')}`),
    endGroup: () => print('::endgroup::'),
    warning: async (message, at) => (await core()).warning(message, annotation(at)),
    error: async (message, at) => (await core()).error(message, annotation(at)),
    secret: async (value) => print(`::add-mask::${commandData(value)}`),
    output: async (name, value) => (await core()).setOutput(name, value),
    summary: async (markdown) => {
      if (env['GITHUB_STEP_SUMMARY']) await appendFile(env['GITHUB_STEP_SUMMARY'], cut(markdown));
    },
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
}

/** In the words of @actions/core; empty members are left out, because GitHub would show them. */
function annotation({ title, file, line }: Annotated = {}) {
  return { ...(title && { title }), ...(file && { file }), ...(line && { startLine: line }) };
}

/** A value inside a workflow command, as the runner reads it back. Said here, so that masking the inputs costs no start-up. */
function commandData(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}

/** Up to its last line end; half a character may stand after it. */
function lastWholeLine(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

function cut(markdown: string): string {
  if (Buffer.byteLength(markdown) <= SUMMARY_LIMIT_BYTES) return markdown;
  const kept = lastWholeLine(Buffer.from(markdown).subarray(0, SUMMARY_LIMIT_BYTES).toString('utf8'));
  return `${kept}\n\n_The summary was longer than GitHub shows and is cut here._\n`;
}

/**
 * What of a Dockerfile can be wrong before anything is built: what it copies exists and reaches the build, every stage has a base, and
 * the image has a handler to call. A path with a variable is not looked at: only a build knows its value.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import { quoted } from '../../inputs/fields.ts';
import { contextFilter } from '../../release/steps/image/read-build-source.ts';
import { problem, type Problem } from './problem.ts';

interface Instruction {
  readonly name: string;
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

export interface DockerfileQuestion {
  /** As messages show it. */
  readonly shown: string;
  readonly text: string;
  /** Absolute paths. */
  readonly file: string;
  readonly context: string;
  /** The configuration names the command, so that the image need not. */
  readonly hasCommand: boolean;
}

export async function checkDockerfile(question: DockerfileQuestion): Promise<readonly Problem[]> {
  const { shown, text } = question;
  const instructions = instructionsOf(text);
  const from = instructions.findLastIndex(({ name }) => name === 'FROM');
  if (from < 0) return [problem(shown, 'has no FROM, so there is no image to build on')];
  const copies = instructions.filter(({ name }) => name === 'COPY' || name === 'ADD');
  return [
    ...(await Promise.all(copies.map((copy) => checkCopy(copy, question)))).flat(),
    ...checkHandler(instructions, question),
  ];
}

/** `<<EOF`, `<<-"EOF"`, `3<<EOF`: a word of its own. */
const HERE_DOCUMENT = /(?<!\S)\d*<<-?["']?([A-Za-z_]\w*)["']?(?!\S)/g;

/** Lines are joined at their `\`; comments, and what a here-document holds, are no instructions. */
function instructionsOf(text: string): readonly Instruction[] {
  const found: Instruction[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let whole = (lines[index] ?? '').trim();
    if (whole === '' || whole.startsWith('#')) continue;
    while (whole.endsWith('\\') && index + 1 < lines.length) {
      const next = (lines[(index += 1)] ?? '').trim();
      whole = `${whole.slice(0, -1).trimEnd()} ${next.startsWith('#') || next === '' ? '\\' : next}`;
    }
    const [, name = '', rest = ''] = /^([A-Za-z]+)\s*(.*)$/s.exec(whole) ?? [];
    found.push({ name: name.toUpperCase(), text: rest, line });
    for (const [, end] of /^(RUN|COPY|ADD)$/i.test(name) ? rest.matchAll(HERE_DOCUMENT) : []) {
      const at = lines.findIndex((line, n) => n > index && line.trim() === end);
      // Without its end it is something else, such as a shift of bits.
      if (at > 0) index = at;
    }
  }
  return found;
}

async function checkCopy(
  { name, text, line }: Instruction,
  question: DockerfileQuestion,
): Promise<Problem[]> {
  const { shown, context, file } = question;
  const sources = sourcesOf(text);
  if (sources === undefined) return [problem(shown, `${name} needs a source and a destination`, line)];
  const reaches = await contextFilter(context, file);
  const problems: Problem[] = [];
  for (const source of sources) {
    if (/[$]|^<<|^(https?|git|ssh):|^git@/.test(source)) continue;
    const path = source.replace(/^\/+/, '').replace(/^\.\//, '').replace(/\/+$/, '') || '.';
    if (/^\.\.(\/|$)/.test(normalize(path)))
      problems.push(problem(shown, `${name} ${quoted(source)}: it is outside of the build context`, line));
    else if (!(await exists(context, path)))
      problems.push(problem(shown, `${name} ${quoted(source)}: the build context has no such file`, line));
    else if (path !== '.' && !/[*?[]/.test(path) && !reaches(path) && !(await isFolder(join(context, path))))
      problems.push(problem(shown, `${name} ${quoted(source)}: .dockerignore keeps it from the build`, line));
  }
  return problems;
}

/** Undefined where there are fewer than two paths. What comes from another stage or image is none of the context's. */
function sourcesOf(text: string): readonly string[] | undefined {
  const flags = /^(?:--\S+\s+)*/.exec(text)?.[0] ?? '';
  if (/--from=/.test(flags)) return [];
  const rest = text.slice(flags.length).trim();
  const words = rest.startsWith('[') ? jsonWords(rest) : rest.split(/\s+/).filter((word) => word !== '\\');
  return words === undefined || words.length < 2 ? undefined : words.slice(0, -1);
}

function jsonWords(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there is such a file; of a pattern with * and ?, one that matches its last part. What a build alone can tell counts as there. */
async function exists(context: string, path: string): Promise<boolean> {
  const folder = dirname(path);
  if (/[*?]/.test(folder) || path.includes('[')) return true;
  if (!/[*?]/.test(path)) return (await stat(join(context, path)).catch(() => undefined)) !== undefined;
  const names = await readdir(join(context, folder)).catch(() => []);
  const pattern = basename(path)
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return names.some((name) => new RegExp(`^${pattern}$`).test(name));
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}

/** AWS's own bases start a handler that CMD names; any other base may bring what starts it. */
const AWS_BASE = /\blambda\/[a-z]+/;
/** One word: FILE.FUNCTION; `Package.Class::method` and the like in Java and .NET. */
const HANDLER = /^\S*[\w-](\.|::)\w\S*$/;

function checkHandler(
  instructions: readonly Instruction[],
  question: DockerfileQuestion,
): readonly Problem[] {
  const { shown, hasCommand } = question;
  const from = instructions.findLastIndex(({ name }) => name === 'FROM');
  const last = instructions.slice(from);
  const command = last.findLast(({ name }) => name === 'CMD');
  const hasEntryPoint = last.some(({ name }) => name === 'ENTRYPOINT');
  const base = instructions
    .slice(0, from + 1)
    .filter(({ name }) => name === 'ARG' || name === 'FROM')
    .some(({ text }) => AWS_BASE.test(text));
  if (command === undefined)
    return hasCommand || hasEntryPoint || !base
      ? []
      : [
          problem(
            shown,
            'has no CMD, so Lambda finds no handler; end it with a line such as CMD ["lambda_function.lambda_handler"]',
            instructions[from]?.line,
          ),
        ];
  if (hasEntryPoint || hasCommand || !base) return [];
  // Docker makes a shell out of anything else, and the base refuses that.
  const words = jsonWords(command.text);
  const [handler = ''] = words ?? [];
  return words?.length === 1 && HANDLER.test(handler)
    ? []
    : [
        problem(
          shown,
          `CMD must name the handler alone, as ["FILE.FUNCTION"], not ${quoted(command.text)}`,
          command.line,
        ),
      ];
}

/** Reads the samples file: JSON Lines, one sample a line. The format is described in docs/samples.md. */
import type { ObjectNode, ValueNode } from '@humanwhocodes/momoa';
import { UserError } from '../errors.ts';
import { membersOf, readJson, repeatedKeys, written, type JsonText } from './json.ts';
import { nearestKey, SAMPLE_KEYS } from './sample-keys.ts';
import { eventOf } from './sample-event.ts';
import { readExpectation, readRequest, readTolerance, type Fields } from './sample-fields.ts';
import type { Sample } from './samples.ts';

/** One mistake, with its place: an annotation's `file` and `line`. */
export interface SampleMistake {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The end of a sentence that begins with the line: `has the unknown key "expcted"`. */
  readonly message: string;
}

/** Lines of a samples file that are no samples: `mistakes` holds all of them, the message the first ten. */
export class InvalidSamples extends UserError {
  readonly mistakes: readonly SampleMistake[];

  constructor(file: string, mistakes: readonly SampleMistake[]) {
    const shown = mistakes.slice(0, 10).map(({ line, message }) => `line ${line} ${message}`);
    const more = mistakes.length > shown.length ? `; and ${mistakes.length - shown.length} more` : '';
    super('invalid-samples', {
      what: `${file} has lines that are no samples: ${shown.join('; ')}${more}.`,
      fix: 'A sample is {"name", "input", "expected", "tolerance"}, one JSON object a line; docs/samples.md lists every key.',
    });
    this.mistakes = mistakes;
  }
}

/** Lambda's limit for a synchronous request. Bytes. */
const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

/**
 * `text` undefined: there is no such file.
 * @throws InvalidSamples with every mistake of the file; UserError `no-samples` when it holds none.
 */
export function readSamples(file: string, text: string | undefined): readonly Sample[] {
  const mistakes: SampleMistake[] = [];
  const samples = (text ?? '').split('\n').flatMap((raw, index) => {
    // A byte order mark and the carriage return of a Windows line end are white space here.
    const content = raw.trim();
    if (content === '') return [];
    const read = readLine(content, index + 1);
    if ('sample' in read) return [read.sample];
    mistakes.push(...read.problems.map((message) => ({ file, line: index + 1, message })));
    return [];
  });
  if (mistakes.length > 0) throw new InvalidSamples(file, mistakes);
  if (samples.length === 0) throw noSamples(file, text === undefined);
  return samples;
}

function noSamples(file: string, missing: boolean): UserError {
  return new UserError('no-samples', {
    what: missing
      ? `There is no ${file}, so nothing would prove the new version before it gets traffic.`
      : `${file} holds no sample.`,
    fix: 'Add one line such as {"name": "typical", "input": {…}, "expected": {…}}, or say samples: none to go without.',
  });
}

type Line = { readonly sample: Sample } | { readonly problems: readonly string[] };

function readLine(content: string, line: number): Line {
  const json = readJson(content);
  if ('problem' in json) return { problems: [json.problem] };
  if (json.root.type === 'Array')
    return { problems: ['is a list: write one sample a line, without brackets'] };
  if (json.root.type !== 'Object') return { problems: ['is not an object'] };
  const problems = keyProblems(json.root);
  // What a misspelt or repeated key was meant to say is not guessed, so nothing else of the line is checked.
  return problems.length > 0 ? { problems } : readSample(json, json.root, line);
}

function keyProblems(root: ObjectNode): readonly string[] {
  const repeated = repeatedKeys(root).map((path) => `repeats the key ${shortened(path)}`);
  const unknown = [...membersOf(root).keys()]
    .filter((key) => !SAMPLE_KEYS.has(key))
    .map((key) => {
      const meant = nearestKey(key);
      const hint = meant === undefined ? '' : ` (do you mean "${meant}"?)`;
      return `has the unknown key ${shortened(JSON.stringify(key))}${hint}`;
    });
  return [...unknown, ...repeated];
}

function readSample(json: JsonText, root: ObjectNode, line: number): Line {
  const members = membersOf(root);
  const problems: string[] = [];
  const fields: Fields = { json, members, problem: (text) => void problems.push(text) };
  const input = members.get('input');
  if (input === undefined) problems.push('has no input');
  const sample: Sample = {
    name: nameOf(fields, line),
    line,
    input: input === undefined ? '' : written(json, input),
    ...readTolerance(fields),
    ...readExpectation(fields),
    ...readRequest(fields, input !== undefined && isEvent(json, input)),
  };
  if (Buffer.byteLength(sample.input) > PAYLOAD_LIMIT_BYTES) problems.push('has an input above 6 MiB');
  return problems.length > 0 ? { problems } : { sample };
}

function nameOf({ members, problem }: Fields, line: number): string {
  const name = members.get('name');
  if (name === undefined) return `line ${line}`;
  if (name.type === 'String') return name.value;
  problem('has a name that is no text');
  return '';
}

function isEvent(json: JsonText, input: ValueNode): boolean {
  return input.type === 'Object' && eventOf(written(json, input)) !== undefined;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79).toWellFormed()}…` : text;
}

/**
 * L5: every input of deploy and rollback is given thousands of texts that nobody types by accident. Each is refused before anything
 * outside is called, in words that are fit to print, or it arrives as exactly one member, argument or path, byte for byte.
 */
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../src/errors.ts';
import { readSources } from '../../src/inputs/config/sources.ts';
import { deployFields, readDeployInputs, type DeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { InvalidInputs, type Source } from '../../src/inputs/fields.ts';
import { readRollbackInputs, rollbackFields, type RollbackInputs } from '../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../src/inputs/services.ts';
import { shellOf } from '../harness/shell.ts';
import { createWorld, type Finished } from '../harness/world.ts';
import { displayFaults, forgedIn, type Shown } from './hostile-display.ts';
import { Outside, printedBy } from './hostile-outside.ts';
import type { Probe, Shared } from './hostile-probe.ts';
import { deployProbes, rollbackProbes } from './hostile-probes.ts';
import { hostileStrings } from './hostile-strings.ts';
import { Findings, type LevelOptions, type LevelResult } from './level.ts';
import { hashOf, Random } from './random.ts';

const STRINGS_PER_INPUT = 5_000;
/** Bytes of what is said about one wrong input. */
const MISTAKE_LIMIT_BYTES = 1024;

interface Subject<Inputs extends Shared> {
  readonly action: 'deploy' | 'rollback';
  readonly table: Readonly<Record<string, unknown>>;
  readonly probes: Readonly<Record<string, Probe<Inputs>>>;
  readonly read: (source: Source) => Inputs;
}

const DEPLOY: Subject<DeployInputs> = {
  action: 'deploy',
  table: deployFields,
  probes: deployProbes,
  read: readDeployInputs,
};
const ROLLBACK: Subject<RollbackInputs> = {
  action: 'rollback',
  table: rollbackFields,
  probes: rollbackProbes,
  read: readRollbackInputs,
};

export async function hostileInputs(options: LevelOptions): Promise<LevelResult> {
  const findings = new Findings('L5');
  const outside = new Outside();
  try {
    await testAll(DEPLOY, { options, findings, outside });
    await testAll(ROLLBACK, { options, findings, outside });
  } finally {
    outside.close();
  }
  return findings.result;
}

interface Around {
  readonly options: LevelOptions;
  readonly findings: Findings;
  readonly outside: Outside;
}

async function testAll<I extends Shared>(subject: Subject<I>, around: Around): Promise<void> {
  const { seed, share, part, only } = around.options;
  for (const input of Object.keys(subject.table)) {
    const name = `${subject.action} ${input}`;
    if (only !== undefined && !only.startsWith(name)) continue;
    const probe = subject.probes[input];
    if (probe === undefined) {
      const faults = ['no probe in hostile-probes.ts says where its value arrives'];
      broken(around, name, { faults, text: '' });
      continue;
    }
    const random = new Random(hashOf(`${seed} ${name}`));
    const count = Math.ceil(STRINGS_PER_INPUT * share);
    const texts = hostileStrings(random, { valid: probe.valid, count });
    const trial = new Trial(subject, { ...around, input, probe });
    for (const [index, text] of texts.entries()) {
      const id = `${name} #${index}`;
      if (index % part.of !== part.index || (only?.includes('#') === true && only !== id)) continue;
      around.findings.runs += 1;
      broken(around, id, { faults: await trial.faultsOf(text), text });
    }
  }
}

function broken(
  { findings }: Around,
  name: string,
  { faults, text }: { readonly faults: readonly string[]; readonly text: string },
): void {
  const trace = [
    `the text: ${JSON.stringify(text.slice(0, 300))}${text.length > 300 ? ` … ${text.length} characters` : ''}`,
  ];
  const says = 'a text is refused before any call, or arrives as it is';
  findings.add(name, { violations: faults.map((detail) => ({ id: 'L5', says, detail })), trace });
}

/** One input, and what becomes of the texts it is given. */
class Trial<I extends Shared> {
  readonly #subject: Subject<I>;
  readonly #around: Around & { readonly input: string; readonly probe: Probe<I> };
  #right: I | undefined;

  constructor(subject: Subject<I>, around: Around & { readonly input: string; readonly probe: Probe<I> }) {
    this.#subject = subject;
    this.#around = around;
  }

  async faultsOf(text: string): Promise<readonly string[]> {
    const { findings, outside } = this.#around;
    findings.count('strings');
    outside.printed.length = 0;
    try {
      const inputs = await this.#read(text);
      // The runner gives nothing for a text of blanks.
      if (text.trim() === '') return this.#count('absent', []);
      const faults = await this.#arrival(inputs, text);
      return this.#count('accepted', faults);
    } catch (error) {
      if (!(error instanceof UserError)) return [`a defect: ${String(error).slice(0, 300)}`];
      return this.#count('refused', await this.#refusal(text, error));
    }
  }

  #count<T>(what: string, value: T): T {
    this.#around.findings.count(what);
    return value;
  }

  #given(text: string): Readonly<Record<string, string>> {
    const { probe, input } = this.#around;
    return { 'function-name': 'iris', 'ecr-repository': 'iris', ...probe.beside, [input]: text };
  }

  #file(text: string): string | undefined {
    return this.#around.probe.file?.(text);
  }

  async #read(text: string): Promise<I> {
    const given = this.#given(text);
    const source = { text: (name: string) => (given[name]?.trim() ? given[name] : undefined) };
    const sources = await readSources(source, () => Promise.resolve(this.#file(text)), this.#subject.action);
    return readServices(sources, this.#subject.read)[0].inputs;
  }

  async #arrival(inputs: I, text: string): Promise<readonly string[]> {
    const { probe, outside } = this.#around;
    const arrived = await probe.arrives(outside, inputs, text);
    const meant = probe.meant === undefined ? text.trim() : probe.meant(text, outside);
    const faults = isDeepStrictEqual(arrived, meant)
      ? []
      : [`arrived as ${shown(arrived)} instead of ${shown(meant)}`];
    const printed = outside.printed.join('');
    if (forgedIn(printed)) faults.push('the log has a line that the runner obeys');
    if (probe.secret && printed.includes(text.trim())) faults.push('the log has the secret');
    this.#right ??= await this.#read(probe.valid[0]);
    return [...faults, ...displayFaults(this.#subject.action, shownOf(inputs), shownOf(this.#right))];
  }

  /** The whole action is run with it: nothing is called, and whatever it says is fit to be said. */
  async #refusal(text: string, error: UserError): Promise<readonly string[]> {
    const { input, probe } = this.#around;
    const said = error instanceof InvalidInputs ? error.mistakes : [error.message];
    const faults = said.flatMap((mistake) => messageFaults(mistake));
    if (error instanceof InvalidInputs && !error.message.includes(input))
      faults.push(`the refusal does not name it: ${shown(error.message)}`);
    if (probe.secret) faults.push(...(await this.#leaks(text, error.message)));
    // What is refused with the inputs is refused before there are tools; what a path refuses, the probe has shown.
    if (error instanceof InvalidInputs) faults.push(...(await this.#runRefused(text, error)));
    return faults;
  }

  async #runRefused(text: string, { fix }: InvalidInputs): Promise<readonly string[]> {
    const world = createWorld();
    let programs = 0;
    const shell = shellOf(() => {
      throw new Error(`program ${(programs += 1)}`);
    });
    const file = this.#file(text);
    const files = file === undefined ? {} : { '.model-release.yml': file };
    const ended = await world[this.#subject.action](this.#given(text), { shell, files });
    const faults = saidFaults(ended, fix);
    const calls = world.aws.calls.length + programs;
    if (calls > 0) faults.push(`${calls} calls were made with a refused input`);
    if (ended.result.error?.code !== 'invalid-inputs') faults.push(`ended with ${ended.result.error?.code}`);
    return faults;
  }

  /** No part of a secret may show that is long enough to help anybody, unless every refusal says it. */
  async #leaks(text: string, message: string): Promise<readonly string[]> {
    const usual = await this.#read('\u0001').then(
      () => '',
      (error: Error) => error.message,
    );
    for (let at = 0; at + 6 <= Math.min(text.length, 300); at += 1) {
      const part = text.slice(at, at + 6);
      if (message.includes(part) && !usual.includes(part))
        return [`the refusal shows ${shown(part)} of a secret`];
    }
    return [];
  }
}

function shownOf(inputs: Shared & { readonly reason?: string | undefined }): Shown {
  const { functionName, alias, environment, apiUrl, reason } = inputs;
  return { functionName, alias, environment, apiUrl, reason };
}

function messageFaults(mistake: string): string[] {
  const faults: string[] = [];
  if (Buffer.byteLength(mistake) > MISTAKE_LIMIT_BYTES)
    faults.push(`the refusal has ${mistake.length} characters`);
  // eslint-disable-next-line no-control-regex -- exactly what a message must not have
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(mistake))
    faults.push(`the refusal has control characters: ${shown(mistake)}`);
  if (!mistake.isWellFormed()) faults.push(`the refusal has half a character: ${shown(mistake)}`);
  return faults;
}

/** Outputs, summary and log of a run that refused its inputs. */
function saidFaults({ runner }: Finished, fix: string): string[] {
  const faults: string[] = [];
  if (runner.exitCode !== 1) faults.push(`the exit code is ${runner.exitCode}`);
  if (Object.values(runner.outputs).some((value) => /[\r\n]/.test(value)))
    faults.push('an output has several lines');
  if (runner.lines.some((line) => forgedIn(printedBy(line))))
    faults.push('the log has a line that the runner obeys');
  if (!hasRefusalsStructure(runner.summaryText, fix))
    faults.push(`the summary has another structure: ${shown(runner.summaryText)}`);
  return faults;
}

/** A headline and an alert: one mistake in its first line, or as many as it announces, a line each. */
function hasRefusalsStructure(summary: string, fix: string): boolean {
  const [headline = '', gap, alert, quote = '', ...rest] = summary.trimEnd().split('\n');
  const announced = Number(/^> \*\*invalid-inputs\*\* (\d+) invalid inputs:$/.exec(quote)?.[1] ?? 0);
  const mistakes = rest.splice(0, announced);
  return (
    headline.startsWith('## ❌') &&
    gap === '' &&
    alert === '> [!CAUTION]' &&
    quote.startsWith('> **') &&
    mistakes.every((line) => line.startsWith('> - ')) &&
    rest.join('\n') === (announced === 0 ? '' : `>\n> ${fix}`)
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}

/** Runs a composite action step by step, with GitHub's own evaluator of expressions. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { truthy } from '@actions/expressions/result';
import { parse } from 'yaml';

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface CompositeFile {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

type Outcome = 'success' | 'failure' | 'cancelled' | 'skipped';
type Texts = Readonly<Record<string, string>>;

interface Ended {
  readonly outcome: Outcome;
  readonly outputs: Texts;
}

interface CompositeRun {
  /** The folder of its action.yml. */
  readonly folder: string;
  /** As in `with:`; those that the action does not have are handed on too, as the runner does. */
  readonly inputs: Texts;
  /** Of the job: what expressions find in `env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isCancelled: () => boolean;
  /** Runs a script in bash; the variables come on top of the job's. */
  readonly shell: (
    script: string,
    env: Texts,
  ) => Promise<{ readonly exitCode: number; readonly outputs: Texts }>;
  /** Somebody else's action, which is not here to be run. */
  readonly foreign: (uses: string) => void;
}

/** Exit code 0, or 1 as soon as a step failed or was cancelled: the steps after it run when their condition says so. */
export async function runComposite(run: CompositeRun): Promise<{ exitCode: number; outputs: Texts }> {
  const file = parse(await readFile(join(run.folder, 'action.yml'), 'utf8')) as CompositeFile;
  const defaults = Object.entries(file.inputs).map(([name, input]) => [name, input.default ?? ''] as const);
  const inputs = { ...Object.fromEntries(defaults), ...run.inputs };
  const steps: Record<string, Ended> = {};
  let failed = false;
  for (const [index, step] of file.runs.steps.entries()) {
    const scope: Scope = { inputs, steps, env: run.env, failed, cancelled: run.isCancelled() };
    const ended = await runStep(step, scope, run);
    failed ||= ended.outcome === 'failure' || ended.outcome === 'cancelled';
    steps[step.id ?? `__${index}`] = ended;
  }
  const scope: Scope = { inputs, steps, env: run.env, failed, cancelled: run.isCancelled() };
  const outputs = Object.entries(file.outputs).map(([name, { value }]) => [name, filled(value, scope)]);
  return { exitCode: failed ? 1 : 0, outputs: Object.fromEntries(outputs) as Texts };
}

async function runStep(step: Step, scope: Scope, run: CompositeRun): Promise<Ended> {
  if (!holds(step.if, scope)) return { outcome: 'skipped', outputs: {} };
  if (step.uses !== undefined) {
    run.foreign(step.uses);
    return { outcome: 'success', outputs: {} };
  }
  const env = Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value, scope)]);
  const { exitCode, outputs } = await run.shell(step.run ?? '', Object.fromEntries(env) as Texts);
  if (run.isCancelled() && !scope.cancelled) return { outcome: 'cancelled', outputs };
  return { outcome: exitCode === 0 ? 'success' : 'failure', outputs };
}

interface Scope {
  readonly inputs: Texts;
  readonly steps: Readonly<Record<string, Ended>>;
  readonly env: CompositeRun['env'];
  /** Whether a step of this action failed or was cancelled. */
  readonly failed: boolean;
  /** Whether the job is being cancelled. */
  readonly cancelled: boolean;
}

/** A condition that asks for no status is asked of success only. */
function holds(condition: string | undefined, scope: Scope): boolean {
  if (condition === undefined) return !scope.failed && !scope.cancelled;
  const asks = /\b(success|failure|cancelled|always)\s*\(/.test(condition);
  return truthy(evaluated(asks ? condition : `success() && (${condition})`, scope));
}

/** The text with its expressions replaced by what they give. */
function filled(text: string, scope: Scope): string {
  return text.replaceAll(/\$\{\{([\s\S]*?)\}\}/g, (_, expression: string) =>
    evaluated(expression, scope).coerceString(),
  );
}

function evaluated(expression: string, scope: Scope): data.ExpressionData {
  const { inputs, steps, env, failed, cancelled } = scope;
  const contexts = JSON.parse(JSON.stringify({ inputs, steps, env }), data.reviver) as data.Dictionary;
  const status = { success: !failed && !cancelled, failure: failed && !cancelled, cancelled, always: true };
  const functions = Object.entries(status).map(([name, value]) => ({
    ...{ name, minArgs: 0, maxArgs: 0 },
    call: () => new data.BooleanData(value),
  }));
  const { tokens } = new Lexer(expression).lex();
  const parsed = new Parser(tokens, ['inputs', 'steps', 'env'], functions).parse();
  return new Evaluator(parsed, contexts, new Map(functions.map((one) => [one.name, one]))).evaluate();
}

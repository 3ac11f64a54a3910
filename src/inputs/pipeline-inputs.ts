/** The inputs of the pipeline, which is a composite action: its steps get no INPUT_*, but everything as JSON in one variable. */
import type { Environment } from '../types.ts';
import type { Table } from './fields.ts';
import { text } from './kinds.ts';
import { rollbackFields } from './rollback-inputs.ts';

const VARIABLE = 'MODEL_RELEASE_INPUTS';

/** What its other steps read. */
const pipelineFields: Table = { 'role-to-assume': text({}), verify: text({}) };

/** The inputs that stand beside the action's own: those of the pipeline, where the action runs as a step of it. */
export function besideInputs(env: Environment): Table {
  return env[VARIABLE] === undefined ? {} : pipelineFields;
}

/**
 * The environment as the runner would give it to the action alone. The rollback gets the inputs that it has, and undoes only what
 * this run released. The variable stays, empty: it may hold secrets, and programs that are run inherit the rest.
 */
export function withPipelineInputs(env: Environment, action: 'deploy' | 'plan' | 'rollback'): Environment {
  const json = env[VARIABLE];
  if (json === undefined) return env;
  const given = Object.entries(JSON.parse(json) as Readonly<Record<string, string>>)
    .filter(([name]) => action === 'deploy' || Object.hasOwn(rollbackFields, name))
    .map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value] as const);
  const own = action === 'rollback' ? { 'INPUT_RELEASED-BY': 'this-run' } : {};
  return { ...env, ...Object.fromEntries(given), ...own, [VARIABLE]: '' };
}

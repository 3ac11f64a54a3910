/** What a file and inputs come to, as an action reads them. */
import { readSources, type Reader } from '../../../src/inputs/config/sources.ts';
import { readDeployInputs } from '../../../src/inputs/deploy-inputs.ts';
import { InvalidInputs } from '../../../src/inputs/fields.ts';
import { readRollbackInputs } from '../../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../../src/inputs/services.ts';

const IRIS = { 'function-name': 'iris', 'ecr-repository': 'iris', 'aws-region': 'eu-central-1' };

interface Given {
  readonly file?: string;
  readonly inputs?: Readonly<Record<string, string>>;
}

export async function sources({ file, inputs = {} }: Given, reader: Reader) {
  const texts: Readonly<Record<string, string>> = { ...IRIS, ...inputs };
  const read = (path: string) => Promise.resolve(path === '.model-release.yml' ? file : undefined);
  return readSources({ text: (name) => texts[name] }, read, reader);
}

export async function deploy(given: Given) {
  return readServices(await sources(given, 'deploy'), readDeployInputs)[0].inputs;
}

export async function rollback(given: Given) {
  return readServices(await sources(given, 'rollback'), readRollbackInputs)[0].inputs;
}

export async function mistakes(given: Given, read: (given: Given) => Promise<unknown> = deploy) {
  try {
    await read(given);
  } catch (error) {
    if (error instanceof InvalidInputs) return error.mistakes;
    throw error;
  }
  return [];
}

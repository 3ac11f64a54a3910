/** What stands under `with:` and is no input of the action: refused where it was meant for one, told of otherwise. */
import { describe, expect, test } from '@jest/globals';
import { readAttachInputs, unknownAttachInputs } from '../../../src/inputs/attach-inputs.ts';
import { readSources, type Reader } from '../../../src/inputs/config/sources.ts';
import { deployFields, readDeployInputs } from '../../../src/inputs/deploy-inputs.ts';
import { InvalidInputs } from '../../../src/inputs/fields.ts';
import { givenInputs } from '../../../src/inputs/given.ts';
import { readRollbackInputs, rollbackFields } from '../../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../../src/inputs/services.ts';

type Texts = Readonly<Record<string, string>>;

/** The environment that the runner makes of what stands under `with:`. */
function environment(inputs: Texts): Texts {
  const given = Object.entries(inputs).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text]);
  return { AWS_REGION: 'eu-central-1', ...(Object.fromEntries(given) as Texts) };
}

const IRIS = { 'function-name': 'iris', 'ecr-repository': 'iris' };

async function read(inputs: Texts, reader: Reader = 'deploy') {
  const none = () => Promise.resolve(undefined);
  const sources = await readSources(givenInputs(environment({ ...IRIS, ...inputs })), none, reader);
  const warnings = sources[0]?.source.warnings ?? [];
  try {
    if (reader === 'deploy') readServices(sources, readDeployInputs);
    else readServices(sources, readRollbackInputs);
  } catch (error) {
    if (error instanceof InvalidInputs) return { warnings, mistakes: error.mistakes };
    throw error;
  }
  return { warnings, mistakes: [] };
}

describe('is refused', () => {
  test.each<[string, string]>([
    ['dryrun', 'dry-run'],
    ['dry_run', 'dry-run'],
    ['dry-rum', 'dry-run'],
    ['envrionment', 'environment'],
    ['fucntion-name', 'function-name'],
    ['functionname', 'function-name'],
    ['ailas', 'alias'],
    ['force!', 'force'],
    ['congif', 'config'],
  ])('with the name that was meant: %s', async (name, meant) => {
    for (const reader of ['deploy', 'rollback'] as const)
      expect(await read({ [name]: 'x' }, reader)).toEqual({
        warnings: [],
        mistakes: [`"${name}" is not an input of ${reader}; did you mean ${meant}?`],
      });
  });

  test.each<[string, string]>([
    ['memory', 'memory-size'],
    ['alias-name', 'alias'],
    ['role_arn', 'role'],
    ['samples-file', 'samples'],
    ['timeout-seconds', 'timeout'],
    ['subnet', 'subnet-ids'],
    ['api', 'api-url or api-stage or api-repair'],
  ])('with the name that shares its words: %s', async (name, meant) => {
    const [mistake = ''] = (await read({ [name]: 'x' })).mistakes;
    const [, told = ''] = /did you mean (.*)\?$/.exec(mistake) ?? [];
    expect(told.split(' or ').sort()).toEqual(meant.split(' or ').sort());
  });

  test('even when it is empty: another run would give it a value', async () => {
    expect((await read({ dryrun: '' })).mistakes).toHaveLength(1);
  });

  test('together with every other mistake, and without a value in it', async () => {
    const { mistakes } = await read({ dryrun: 'hunter2', 'memory-size': 'x', 'unit-test': 'hunter2' });
    expect(mistakes).toEqual([
      expect.stringContaining('did you mean dry-run?'),
      expect.stringContaining('did you mean unit-tests?'),
      expect.stringMatching(/^memory-size must be/),
    ]);
    expect(mistakes.join()).not.toContain('hunter2');
  });

  test.each(Object.keys({ ...deployFields, ...rollbackFields }))('never a right name: %s', async (name) => {
    for (const reader of ['deploy', 'rollback'] as const)
      expect((await read({ [name]: '' }, reader)).mistakes.join()).not.toContain('is not an input');
  });

  test.each<[string, string]>([
    ['code-artifacts-dir', 'image-uri'],
    ['handler', 'image-config-command'],
    ['runtime', "the image's base"],
    ['s3-bucket', 'ecr-repository'],
    ['vpc-config', 'subnet-ids and security-group-ids'],
    ['dead-letter-config', 'dead-letter-target-arn'],
    ['tracing-config', 'tracing'],
    ['file-system-configs', 'file-system-arn'],
    ['image-config', 'image-config-command'],
    ['logging-config', 'log-format'],
    ['architectures', 'architecture'],
    ['publish', 'every release publishes a version'],
    ['package-type', 'container image'],
    ['region', 'aws-region'],
  ])('with what to use here, as an input of aws-lambda-deploy or of everybody: %s', async (name, instead) => {
    const { mistakes } = await read({ [name]: 'x' });
    expect(mistakes).toEqual([expect.stringMatching(`^${name} is not an input of deploy: .*${instead}`)]);
  });

  test.each(['{"LIMIT":"1"}', '{\n  "LIMIT": 1\n}', 'LIMIT=1', 'A=1\nB=2'])(
    'with the migration sentence: environment as variables, %j',
    async (text) => {
      expect((await read({ environment: text })).mistakes).toEqual([
        'environment is the name of an environment here; for variables of the function use environment-variables, one NAME=value a line',
      ]);
    },
  );

  test('variables as JSON', async () => {
    expect((await read({ 'environment-variables': '{"AA":"b"}' })).mistakes).toEqual([
      'environment-variables must have NAME=value on every line, and is JSON',
    ]);
  });
});

describe('is told of in one warning', () => {
  test('what is like no input, as those of a composite action around it', async () => {
    expect(await read({ 'python-version': '3.12', 'model-registry': 'x' })).toEqual({
      mistakes: [],
      warnings: [
        '"model-registry", "python-version" are not inputs of deploy and have no effect. Take them out; deploy/README.md lists the inputs.',
      ],
    });
  });

  test('an input of the other action, which is a right name there', async () => {
    expect((await read({ 'to-commit': 'x' })).warnings).toEqual([
      expect.stringMatching(/^"to-commit" is not an input of deploy and has no effect/),
    ]);
    expect((await read({ 'memory-size': '512' }, 'rollback')).warnings).toHaveLength(1);
  });

  test('nothing, where all is right', async () => {
    expect(await read({ 'dry-run': 'true' })).toEqual({ mistakes: [], warnings: [] });
  });
});

test('attach refuses and tells likewise', () => {
  const env = environment({
    organization: 'acme',
    token: 't',
    source: 'a/b@v1',
    dryrun: 'true',
    colour: 'x',
  });
  expect(() => readAttachInputs(givenInputs(env), env)).toThrow('did you mean dry-run?');
  expect(unknownAttachInputs(env).warnings).toEqual([expect.stringContaining('"colour"')]);
});

test('an input is read as the runner names it, and an empty one is not given', () => {
  const { text } = givenInputs({ 'INPUT_FUNCTION-NAME': 'iris', INPUT_ALIAS: ' \n' });
  expect([text('function-name'), text('alias'), text('force')]).toEqual(['iris', undefined, undefined]);
});

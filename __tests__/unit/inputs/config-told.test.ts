/** What is said of the file: which one, where in it, and what to do. */
import { describe, expect, test } from '@jest/globals';
import { readSources, type Reader } from '../../../src/inputs/config/sources.ts';
import { readDeployInputs } from '../../../src/inputs/deploy-inputs.ts';
import { InvalidInputs } from '../../../src/inputs/fields.ts';
import { readRollbackInputs } from '../../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../../src/inputs/services.ts';

type Texts = Readonly<Record<string, string>>;

const YML = '.model-release.yml';
const YAML = '.model-release.yaml';
const IRIS = 'function-name: iris\necr-repository: iris\n';

async function read(files: Texts, inputs: Texts = {}, reader: Reader = 'deploy') {
  const file = async (path: string, given: boolean) => {
    if (given && files[path] === undefined) throw new Error(`${path} is missing`);
    return files[path];
  };
  const sources = await readSources({ text: (name) => inputs[name] }, file, reader);
  const services = readServices<{ environment?: string | undefined } & ReturnType<typeof readDeployInputs>>(
    sources,
    (reader === 'deploy' ? readDeployInputs : readRollbackInputs) as typeof readDeployInputs,
  );
  return { inputs: services[0].inputs, warnings: sources[0]?.source.warnings };
}

async function refusal(files: Texts, inputs: Texts = {}, reader: Reader = 'deploy'): Promise<InvalidInputs> {
  try {
    await read(files, inputs, reader);
  } catch (error) {
    if (error instanceof InvalidInputs) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a file that lists environments', () => {
  const LIST = `${IRIS}environments:\n  test: { function-name: iris-test }\n  prod: {}\n`;

  test.each(['deploy', 'rollback'] as const)('is refused when none is chosen: %s', async (reader) => {
    const { mistakes } = await refusal({ [YML]: LIST }, {}, reader);
    expect(mistakes).toEqual([
      `${YML}:3:1: environments lists test, prod, and none is chosen; set the input environment, or default-environment in this file`,
    ]);
  });

  test('may name one that stands for none, which a chosen one beats', async () => {
    const file = `default-environment: test\n${LIST}`;
    const chosen = async (inputs: Texts) => {
      const { environment, functionName } = (await read({ [YML]: file }, inputs)).inputs;
      return [environment, functionName];
    };
    expect(await chosen({})).toEqual(['test', 'iris-test']);
    expect(await chosen({ environment: 'prod' })).toEqual(['prod', 'iris']);
  });

  test('must name one that there is, once and at its top', async () => {
    const said = async (file: string, inputs: Texts = { environment: 'prod' }) =>
      (await refusal({ [YML]: file }, inputs)).mistakes;
    expect(await said(`default-environment: tset\n${LIST}`, {})).toEqual([
      `${YML}:1:22: default-environment: there is no environment "tset"; the file has test, prod; did you mean test?`,
    ]);
    expect(await said(`default-environment: 7\n${LIST}`)).toEqual([
      expect.stringContaining('default-environment must be text'),
    ]);
    expect(await said(`${IRIS}environments: { prod: { default-environment: prod } }\n`)).toEqual([
      expect.stringContaining('default-environment cannot stand inside this section'),
    ]);
    expect(await said(`default-enviroment: test\n${LIST}`)).toEqual([
      expect.stringContaining('did you mean default-environment?'),
    ]);
  });

  test('says what is checked out at its top only', async () => {
    const said = async (file: string) => (await refusal({ [YML]: file })).mistakes;
    expect((await read({ [YML]: `${IRIS}lfs: true\nsubmodules: recursive\n` })).inputs.functionName).toBe(
      'iris',
    );
    expect(await said(`${IRIS}submodules: all\n`)).toEqual([
      `${YML}:3:13: submodules must be one of true, false, recursive, not "all"`,
    ]);
    expect(await said(`${IRIS}lsf: true\n`)).toEqual([`${YML}:3:1: "lsf" is not a key; did you mean lfs?`]);
    expect(await said(`${IRIS}services: { a: { lfs: true } }\n`)).toEqual([
      expect.stringContaining('lfs cannot stand inside this section'),
    ]);
  });

  test('needs no choice when it only says what holds in all of them', async () => {
    const file = `${IRIS}environments: { default: { alias: prod } }\n`;
    expect((await read({ [YML]: file })).inputs.alias).toBe('prod');
  });
});

describe('the file is called by its name', () => {
  test('with the other ending it is not read, and that is said', async () => {
    expect((await refusal({ [YAML]: IRIS })).mistakes[0]).toBe(
      `${YAML} is not read; rename it to ${YML}, or set config: ${YAML}`,
    );
    const both = await read({ [YAML]: 'alias: a\n', [YML]: IRIS });
    expect(both.warnings).toEqual([`${YAML} is not read, because there is ${YML}; remove one of them.`]);
    expect(both.inputs.alias).toBe('live');
    expect((await read({ [YAML]: IRIS }, { config: YAML })).inputs.functionName).toBe('iris');
  });

  test.each<[string, Texts, RegExp]>([
    [
      'no checkout',
      {},
      /^function-name is required: there is no checkout here, .*run actions\/checkout before/,
    ],
    [
      'no file',
      { '.git/HEAD': 'ref' },
      /^function-name is required: the checkout has no \.model-release\.yml/,
    ],
    [
      'no such key',
      { [YML]: 'alias: a\n' },
      /^function-name is required: \.model-release\.yml does not set it/,
    ],
  ])('and what is missing is said: %s', async (_, files, expected) => {
    const { mistakes } = await refusal(files, { 'ecr-repository': 'iris' });
    expect(mistakes).toEqual([expect.stringMatching(expected)]);
  });
});

describe('a slip of the pen in YAML', () => {
  test.each<[string, string]>([
    ['timeout:10\nalias: x\n', '1:1: "timeout:10" has no blank after the colon; write timeout: 10'],
    ['alias: x\ntimeout:10\n', '2:1: "timeout:10" has no blank after the colon; write timeout: 10'],
    ['timeout:10\n', '1:1: "timeout:10" has no blank after the colon; write timeout: 10'],
    [`environments:\n  prod:\n    alias: x\n    timeout:10\n`, '4:5: "timeout:10" has no blank'],
    ['environments:\n  prod: {timeout:10}\n', '2:10: "timeout:10" has no blank after the colon'],
    ['alias: x\ntimeout\n', '2:1: "timeout" is no key with a value; write KEY: value'],
    ['alias: x\n function-name: y\n', '1:8: another key begins inside this value'],
    ['alias: x\n\ttimeout: 9\n', '2:1: the line is indented with a tab; use blanks'],
    ['alias: [x\n', '2:1: not valid YAML: '],
    ['alias: "x\n', '2:1: not valid YAML: Missing closing "quote'],
  ])('%j is told in plain words', async (file, expected) => {
    const { mistakes } = await refusal({ [YML]: file }, { environment: 'prod' });
    expect(mistakes[0]).toContain(`${YML}:${expected}`);
  });
});

describe('mistakes have places', () => {
  test('of each line of the file, and of nothing else', async () => {
    const file = `${IRIS}memory-size: 1\nservices:\n  aa: { alias: 7 }\n  bb: {}\nrole: me\n`;
    const { places, mistakes } = await refusal({ [YML]: file }, { timeout: `${YML}:9:9: x` });
    expect(mistakes).toHaveLength(places.length + 1);
    expect(places.map(({ file: name, line }) => [name, line])).toEqual([
      [YML, 3],
      [YML, 5],
      [YML, 7],
    ]);
    expect(places[0]?.message).toBe('memory-size must be a whole number from 128 to 10240 (MiB), not "1"');
  });

  test('of a file with another name, of a rule, and of what is no YAML', async () => {
    const linesOf = async (text: string) =>
      (await refusal({ 'a b.yml': text }, { config: 'a b.yml' })).places.map(({ line }) => line);
    expect(await linesOf(`${IRIS}api-stage: prod\n`)).toEqual([3]);
    expect(await linesOf('alias: x\ntimeout:10\n')).toEqual([2]);
    expect((await refusal({}, { 'function-name': '!' })).places).toEqual([]);
  });

  test('of a service keep its name', async () => {
    const file =
      'services:\n  aa: { function-name: a, ecr-repository: aa, role: "arn:aws:iam::123456789012:role/x" }\n  bb: { function-name: b, ecr-repository: bb }\n';
    expect((await refusal({ [YML]: file })).places).toEqual([
      { file: YML, line: 2, message: expect.stringMatching(/^service aa: role has no effect/) },
    ]);
  });
});

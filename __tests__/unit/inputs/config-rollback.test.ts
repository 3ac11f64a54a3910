/** A rollback with a file that a bad commit broke: it goes back in spite of what is a deploy's, and never elsewhere than it should. */
import { describe, expect, test } from '@jest/globals';
import { readSources, type Reader } from '../../../src/inputs/config/sources.ts';
import { readDeployInputs } from '../../../src/inputs/deploy-inputs.ts';
import { InvalidInputs } from '../../../src/inputs/fields.ts';
import { readRollbackInputs } from '../../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../../src/inputs/services.ts';

type Texts = Readonly<Record<string, string>>;

const sourcesOf = (file: string | undefined, inputs: Texts = {}, reader: Reader = 'rollback') =>
  readSources(
    { text: (name) => inputs[name] },
    async (path) => (path === '.model-release.yml' ? file : undefined),
    reader,
  );

async function rollback(file: string, inputs: Texts = {}) {
  const sources = await sourcesOf(file, inputs);
  const services = readServices(sources, readRollbackInputs);
  return { inputs: services[0].inputs, warnings: sources.map(({ source }) => source.warnings ?? []) };
}

async function refusal(read: () => Promise<unknown>): Promise<InvalidInputs | undefined> {
  try {
    await read();
  } catch (error) {
    if (error instanceof InvalidInputs) return error;
    throw error;
  }
  return undefined;
}

const BASE = 'function-name: iris\nalias: production\n';
/** Their mistakes begin at line 3, as those of a file that begins with the two lines above. */
const PROD = 'environments:\n  prod: { function-name: iris, alias: production }\n';
const at = (clause: string) => `.model-release.yml:${clause}`;

describe('it goes back in spite of', () => {
  test.each<[string, string]>([
    ['memory-size: lots', '3:14: memory-size must be a number, not the text "lots"'],
    ['lfs: maybe', '3:6: lfs must be true or false, not the text "maybe"'],
    ['submodule: true', '3:1: "submodule" is not a key; did you mean submodules?'],
    ['memory-size:', '3:13: memory-size has no value; give it one, or leave the key out'],
    ['memory-sise: 512', '3:1: "memory-sise" is not a key; did you mean memory-size?'],
    ['fil: Dockerfile', '3:1: "fil" is not a key; did you mean file?'],
    [
      'environment-variable: {}',
      '3:1: "environment-variable" is not a key; did you mean environment-variables?',
    ],
    ['samplez: x', '3:1: "samplez" is not a key; did you mean samples?'],
    ['samples: [x]', '3:10: samples must be text, not a list'],
    ['working-directory: 7', '3:20: working-directory must be text, not the number 7; put it in quotes'],
    ['api-url: iris', '3:10: api-url must be a URL such as https://api.example.com/predict, not "iris"'],
    ['secrets: { A: b }', '3:1: secrets is a secret, and a file in a repository is no place for one'],
    ['traffic: {}', '3:1: traffic comes with a later release of model-release'],
    ['gates: {}', '3:1: "gates" is not a key; did you mean gate?'],
    ['gate: { image: nothing }', '3:16: gate.image must be one of samples, none, not "nothing"'],
    ['gate: { changd: 1 }', '3:9: gate has "changd", which is not a key of it; did you mean changed?'],
    ['file: &f Dockerfile', '3:10: &f is an anchor; overlays say what environments share'],
    ['cache-from: [*f]', '3:14: *f is an alias; write the value out'],
    ['file: !!str x', '3:13: a tag ("tag:yaml.org,2002:str") has no meaning here'],
    ['environment-variables: { 1ST: x }', '3:26: environment-variables has the name "1ST"'],
    ['environment-variables: { ALIAS: a, ALIAS: b }', '3:36: "ALIAS" stands here a second time'],
    ['environment-variables: { ? [A] : b }', '3:28: a key must be a word'],
    [
      'environments: { default: { memory-sise: 1 } }',
      '3:28: "memory-sise" is not a key; did you mean memory-size?',
    ],
    [
      'environments: { prod: {}, test: { timeout: 0 } }',
      '3:44: timeout must be a whole number from 1 to 900',
    ],
    [
      'environments: { prod: {}, test: { alias: 7 } }',
      '3:42: alias must be text, not the number 7; put it in quotes',
    ],
    ['environments: { prod: {}, test: { function-name: } }', '3:50: function-name has no value'],
  ])('%s', async (line, expected) => {
    const chosen: Texts = line.includes('prod: {}') ? { environment: 'prod' } : {};
    const { inputs, warnings } = await rollback(`${BASE}${line}\n`, chosen);
    expect(inputs).toMatchObject({
      functionName: 'iris',
      alias: 'production',
      samples: 'tests/samples.jsonl',
    });
    expect(warnings).toEqual([[expect.stringContaining(`a deploy will refuse it:\n  - ${at(expected)}`)]]);
    const deploy = await sourcesOf(`${BASE}${line}\n`, chosen, 'deploy');
    expect((await refusal(async () => readServices(deploy, readDeployInputs)))?.message).toContain(
      at(expected),
    );
  });

  test('what a layer of another service says, and what an input says instead', async () => {
    const file = 'services:\n  aa: { function-name: 7 }\n  bb: { function-name: bb, memory-size: x }\n';
    const one = await rollback(file, { service: 'bb' });
    expect(one.inputs.functionName).toBe('bb');
    expect(one.warnings[0]?.[0]?.split('\n')).toHaveLength(3);
    expect((await rollback('function-name: 7\n', { 'function-name': 'iris' })).inputs.functionName).toBe(
      'iris',
    );
  });

  test('a value of a layer above one that can be read', async () => {
    const file = `${BASE}samples: other.jsonl\nenvironments: { prod: { samples: 7 } }\n`;
    expect((await rollback(file, { environment: 'prod' })).inputs.samples).toBe('other.jsonl');
  });

  test('nothing, where the file is right', async () => {
    expect((await rollback(`${BASE}memory-size: 512\n`)).warnings).toEqual([[]]);
  });
});

describe('it is refused for', () => {
  test.each<[string, string]>([
    ['aws-region: here', '3:13: aws-region must be a region such as eu-central-1'],
    ['alais: prod', '3:1: "alais" is not a key; did you mean alias?'],
    ['functoin-name: x', '3:1: "functoin-name" is not a key; did you mean function-name?'],
    ['htp-api-id: x', '3:1: "htp-api-id" is not a key; did you mean http-api-id?'],
    // Close to environment-mode, and to environments too.
    ['environment-mod: merge', '3:1: "environment-mod" is not a key; did you mean environment-mode?'],
    ['enviroments: {}', '3:1: "enviroments" is not a key; did you mean environments?'],
    // Close to nothing: it may be another word for what leads the way.
    ['lambda: x', '3:1: "lambda" is not a key; the keys are the inputs of deploy and rollback'],
    ['region: eu-west-1', '3:1: "region" is not a key; the keys are'],
    // Two letters of four are another word.
    ['live: prod', '3:1: "live" is not a key here; it is one of gate'],
    ['prod: { function-name: x }', '3:1: "prod" is not a key'],
    ['force: true', '3:1: force belongs to one run'],
    ['dry-run: true', '3:1: dry-run belongs to one run'],
    ['service: x', '3:1: service chooses among what this file holds'],
    ['github-token: x', '3:1: github-token is a secret'],
    ['aws-region: &r eu-central-1', '3:16: &r is an anchor'],
    ['<<: *base', '3:1: "<<" is not a key'],
    ['environments: 7', '3:15: Environments must hold keys with values'],
    ['services: [a]', '3:11: Services must hold keys with values'],
    ['environments: *e', '3:15: *e is an alias'],
    ['environments: { test: [] }', '3:23: Environment test must hold keys with values'],
    ['environments: { test: { alais: x } }', '3:25: "alais" is not a key; did you mean alias?'],
    ['environments: { test: { services: { a: {} } } }', '3:37: there is no service "a"'],
    // Lines that are lost, or indented too far or too little: what they hid may be what leads the way.
    ['file: a\nfile: b', '4:1: "file" stands here a second time; it is at .model-release.yml:3:1 too'],
    ['environments: { test: { environments: {} } }', '3:25: environments cannot stand inside this section'],
    ['environments: { memory-size: 512 }', '3:30: Environment memory-size must hold keys with values'],
    ['memory-size: { function-name: x }', '3:14: memory-size must be a number, not a mapping'],
    ['environment-variables: { A: x, function-name: x }', '3:26: environment-variables has the name "A"'],
    ['memory-size: { environments: {} }', '3:14: memory-size must be a number, not a mapping'],
    ['subnet-ids: [{ alais: x }]', '3:14: subnet-ids must list texts, not a mapping'],
  ])('%s', async (line, expected) => {
    const error = await refusal(() => rollback(`${BASE}${line}\n`));
    expect(error?.mistakes[0]).toContain(at(expected));
  });

  test('the mistakes of an environment that it reads, and not for those beside them', async () => {
    const file = `${PROD}memory-size: lots\n  # \n`.replace('alias: production', 'alias: 7');
    const error = await refusal(() => rollback(file, { environment: 'prod' }));
    expect(error?.mistakes).toEqual([at('2:39: alias must be text, not the number 7; put it in quotes')]);
  });

  test('every word that is one slip away from a key that leads the way', async () => {
    const keys = [
      'function-name',
      'alias',
      'aws-region',
      'ecr-repository',
      'released-by',
      'rest-api-id',
      'http-api-id',
      'api-stage',
      'environments',
      'services',
    ];
    const words = [...new Set(keys.flatMap(slips))];
    const error = await refusal(() => rollback(`${BASE}${words.map((word) => `${word}: x\n`).join('')}`));
    const told = error?.mistakes.map(
      (mistake) => /:1: "?([\w-]+)"? (is not a key|chooses among)/.exec(mistake)?.[1],
    );
    expect(told).toEqual(words);
  });
});

/** A letter left out, doubled, replaced, or changed with the next one. */
function slips(word: string): readonly string[] {
  return [...word].flatMap((letter, i) => {
    const [before, after] = [word.slice(0, i), word.slice(i + 1)];
    const swapped = `${before}${after.slice(0, 1)}${letter}${after.slice(1)}`;
    const all = [before + after, `${before}${letter}${letter}${after}`, `${before}z${after}`, swapped];
    return all.filter((slip) => slip !== word && /^[a-z]/.test(slip));
  });
}

describe('the way round a broken file', () => {
  const WAY_ROUND =
    /from a branch or tag where it is right: gh workflow run rollback\.yml --ref BRANCH_OR_TAG/;

  test.each<[string, string]>([
    ['a: [1\n', 'not valid YAML'],
    [`${BASE}environments: 7\n`, 'Environments must hold keys'],
    ['memory-size: 512\n', 'function-name is required'],
    [`${BASE}http-api-id: abc\nrest-api-id: abc\n`, 'cannot both be given'],
  ])('is named to a rollback: %j', async (file, expected) => {
    const error = await refusal(() => rollback(file));
    expect(error?.what).toContain(expected);
    expect(error?.fix).toMatch(WAY_ROUND);
  });

  test('is none without a file, and none for a deploy', async () => {
    const fix = 'Nothing has been called or changed.';
    const none = await sourcesOf(undefined);
    expect((await refusal(async () => readServices(none, readRollbackInputs)))?.fix).toBe(fix);
    expect((await refusal(() => sourcesOf('a: [1\n', {}, 'deploy')))?.fix).toBe(fix);
    const deploy = await sourcesOf('a: 1\n', {}, 'deploy');
    expect((await refusal(async () => readServices(deploy, readDeployInputs)))?.fix).toBe(fix);
  });
});

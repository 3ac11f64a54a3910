import { describe, expect, test } from '@jest/globals';
import { readSources } from '../../../src/inputs/config/sources.ts';
import { readDeployInputs, type DeployInputs } from '../../../src/inputs/deploy-inputs.ts';
import { InvalidInputs } from '../../../src/inputs/fields.ts';
import { readRollbackInputs } from '../../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../../src/inputs/services.ts';

type Texts = Readonly<Record<string, string>>;

const IRIS = 'function-name: iris\necr-repository: iris\n';

async function services(file: string | undefined, inputs: Texts = {}) {
  const read = async (path: string) => (path === '.model-release.yml' ? file : undefined);
  const sources = await readSources({ text: (name) => inputs[name] }, read, 'deploy');
  return readServices(sources, readDeployInputs);
}

async function only(file: string, inputs: Texts = {}): Promise<DeployInputs> {
  const [{ inputs: read }] = await services(file, inputs);
  return read;
}

async function mistakes(file: string, inputs: Texts = {}): Promise<readonly string[]> {
  try {
    await services(file, inputs);
  } catch (error) {
    if (error instanceof InvalidInputs) return error.mistakes;
    throw error;
  }
  return [];
}

describe('a value in the file', () => {
  test('is native, and becomes what the same input becomes', async () => {
    const read = await only(
      `${IRIS}memory-size: 1024\ncreate: true\nrole: arn:aws:iam::123456789012:role/iris\ntests-in: image\n` +
        `cache-from: [type=gha, 'type=registry,ref=x']\nsubnet-ids:\n  - subnet-12345678\n` +
        `build-args:\n  PYTHON: 3.10\n  QUIET: true\nenvironment-variables: { LIMIT: 0.10, NAME: "a = b", ON: yes }\n`,
    );
    expect(read).toEqual(
      readDeployInputs({
        text: (name) =>
          ({
            'function-name': 'iris',
            'ecr-repository': 'iris',
            'memory-size': '1024',
            create: 'true',
            role: 'arn:aws:iam::123456789012:role/iris',
            'tests-in': 'image',
            'cache-from': 'type=gha\ntype=registry,ref=x',
            'subnet-ids': 'subnet-12345678',
            'build-args': 'PYTHON=3.10\nQUIET=true',
            'environment-variables': 'LIMIT=0.10\nNAME=a = b\nON=yes',
          })[name],
      }),
    );
  });

  test('stands behind an input of the action, whichever layer it is in', async () => {
    const file = `${IRIS}memory-size: 512\nenvironments:\n  prod:\n    memory-size: 1024\n`;
    expect((await only(file, { environment: 'prod', 'memory-size': '2048' })).memorySize).toBe(2048);
  });

  test.each([
    ['memory-size: "512"', '1:14: memory-size must be a number, not the text "512"; leave the quotes out'],
    ['memory-size: big', '1:14: memory-size must be a number, not the text "big"'],
    ['memory-size: 5e2', '1:14: memory-size must be a whole number from 128 to 10240 (MiB), not "5e2"'],
    ['memory-size:', '1:13: memory-size has no value; give it one, or leave the key out'],
    ['create: yes', '1:9: create must be true or false, not the text "yes"'],
    ['create: "true"', '1:9: create must be true or false, not the text "true"; leave the quotes out'],
    [
      'rest-api-id: 12e4567890',
      '1:14: rest-api-id must be text, not the number 12e4567890; put it in quotes',
    ],
    ['alias: true', '1:8: alias must be text, not true; put it in quotes'],
    ['alias: [a]', '1:8: alias must be text, not a list'],
    ['alias: " "', '1:8: alias is empty; give it a value, or leave the key out'],
    ['tests-in: docker', '1:11: tests-in must be one of runner, image'],
    [
      'subnet-ids: subnet-12345678',
      '1:13: subnet-ids must be a list, each entry on a line with "- ", not the text',
    ],
    ['subnet-ids: ["subnet-12345678,subnet-87654321"]', '1:14: subnet-ids has an entry that is two'],
    ['subnet-ids: [net-1]', '1:13: subnet-ids must list a subnet id each'],
    ['cache-from: [""]', '1:14: cache-from has an empty entry'],
    ['cache-from: [1]', '1:14: cache-from must list texts, not the number 1'],
    ['build-args: A=b', '1:13: build-args must be a mapping with NAME: value on every line, not a text'],
    ['build-args: { A: "x\\nB=y" }', '1:18: build-args has a line break in the value of "A"'],
    ['build-args: { "A=B": c }', '1:15: build-args has the name "A=B"'],
    [
      'build-args: { A: [1] }',
      '1:18: build-args must have a text, a number, true or false for "A", not a list',
    ],
    [
      'environment-variables: { A: }',
      '1:26: environment-variables has no value for "A"; write \'\' for an empty text',
    ],
    [
      'environment-variables: { 1A: b }',
      '1:26: environment-variables has the name "1A", which must be at least two letters',
    ],
  ])('%s is refused where it stands', async (line, expected) => {
    const found = await mistakes(`${line}\n${IRIS}`);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^\\.model-release\\.yml:${escaped(expected)}`));
  });
});

describe('a key of the file', () => {
  test.each([
    ['memory_size: 512', '"memory_size" is not a key; did you mean memory-size?'],
    ['memorySize: 512', '"memorySize" is not a key; did you mean memory-size?'],
    ['mmeory-size: 512', '"mmeory-size" is not a key; did you mean memory-size?'],
    ['service: {}', 'service chooses among what this file holds, so it is an input of the action'],
    ['enviroments: {}', '"enviroments" is not a key; did you mean environments?'],
    ['colour: red', '"colour" is not a key; the keys are the inputs of deploy and rollback'],
    ['__proto__: {}', '"__proto__" is not a key; the keys are'],
    ['github-token: ghp_x', 'github-token is a secret, and a file in a repository is no place for one'],
    ['secrets: { A: b }', 'secrets is a secret'],
    ['force: true', 'force belongs to one run, not to every run'],
    ['version: 1', 'version belongs to one run'],
    ['traffic: {}', 'traffic comes with a later release of model-release, and this one would not act on it'],
    ['gates: {}', '"gates" is not a key; did you mean gate?'],
  ])('%s is refused with the way out', async (line, expected) => {
    expect(await mistakes(`${IRIS}${line}\n`)).toEqual([
      expect.stringContaining(`.model-release.yml:3:1: ${expected}`),
    ]);
  });

  test('of the other action is welcome: one file serves both', async () => {
    const file = `${IRIS}released-by: anyone\nmemory-size: 512\n`;
    expect((await only(file)).memorySize).toBe(512);
    const sources = await readSources({ text: () => undefined }, () => Promise.resolve(file), 'rollback');
    const [{ inputs }] = readServices(sources, readRollbackInputs);
    expect(inputs.releasedBy).toBe('anyone');
  });

  test('may not stand twice, decorated, or be anything but a word', async () => {
    const file = `${IRIS}alias: &a live\nalias: *a\nfile: !!str x\n? [1]\n: 2\nenvironments:\n  dev: { services: {} , environments: {} }\n`;
    expect(await mistakes(file, { environment: 'dev' })).toEqual([
      '.model-release.yml:3:11: &a is an anchor; overlays say what environments share',
      '.model-release.yml:4:1: "alias" stands here a second time; it is at .model-release.yml:3:1 too',
      '.model-release.yml:4:8: *a is an alias; write the value out, or set it in an overlay',
      '.model-release.yml:5:13: a tag ("tag:yaml.org,2002:str") has no meaning here; leave it out',
      '.model-release.yml:6:3: a key must be a word',
      '.model-release.yml:9:25: environments cannot stand inside this section',
    ]);
  });
});

describe('every mistake at once', () => {
  test('in all of the file and in the inputs, each said once', async () => {
    const file = [
      'memory-size: 64',
      'environments:',
      '  prod:',
      '    timeout: 1000',
      '    services:',
      '      serving: { memory: 1 }',
      'services:',
      '  features: { alias: 7 }',
      '  servin: {}',
    ].join('\n');
    expect(
      await mistakes(file, { environment: 'prd', 'build-timeout': 'x', 'ecr-repository': 'UPPER' }),
    ).toEqual([
      '.model-release.yml:1:14: memory-size must be a whole number from 128 to 10240 (MiB), not "64"',
      '.model-release.yml:4:14: timeout must be a whole number from 1 to 900 (seconds), not "1000"',
      '.model-release.yml:6:7: there is no service "serving"; the file has features, servin; did you mean servin?',
      '.model-release.yml:6:18: "memory" is not a key; the keys are the inputs of deploy and rollback',
      '.model-release.yml:8:22: alias must be text, not the number 7; put it in quotes',
      'environment: there is no environment "prd"; the file has prod; did you mean prod?',
      expect.stringMatching(/^function-name is required: /),
      expect.stringMatching(/^ecr-repository must be an ECR repository name/),
      'build-timeout must be a whole number from 1 to 360 (minutes), not "x"',
    ]);
  });

  test('but what is not YAML is said alone, because nothing after it can be trusted', async () => {
    const found = await mistakes('a: [1\nb: {\n');
    expect(found.length).toBeGreaterThan(0);
    for (const mistake of found) expect(mistake).toMatch(/^\.model-release\.yml:\d+:\d+: not valid YAML: /);
    expect(await mistakes('- a\n', IRIS_INPUTS)).toEqual([
      '.model-release.yml:1:1: The file must hold keys with values',
    ]);
    expect(await mistakes('', IRIS_INPUTS)).toEqual([]);
    expect(await mistakes('# nothing yet\n', IRIS_INPUTS)).toEqual([]);
  });

  test('a key that is misspelt is not called missing, and an input is read beside it', async () => {
    const file = 'functoin-name: iris\necr_repository: iris\nmemory-sise: 512\n';
    expect(await mistakes(file, { 'memory-size': 'x' })).toEqual([
      '.model-release.yml:1:1: "functoin-name" is not a key; did you mean function-name?',
      '.model-release.yml:2:1: "ecr_repository" is not a key; did you mean ecr-repository?',
      '.model-release.yml:3:1: "memory-sise" is not a key; did you mean memory-size?',
      'memory-size must be a whole number from 128 to 10240 (MiB), not "x"',
    ]);
  });

  test('a value that a wrong environment might have held is not called missing', async () => {
    const file = 'environments:\n  dev: { function-name: aa, ecr-repository: bb }\n';
    expect(await mistakes(file, { environment: 'deb' })).toEqual([
      'environment: there is no environment "deb"; the file has dev; did you mean dev?',
    ]);
  });
});

const IRIS_INPUTS = { 'function-name': 'iris', 'ecr-repository': 'iris' };

describe('overlays', () => {
  const file = [
    'function-name: iris',
    'ecr-repository: iris',
    'memory-size: 128',
    'environment-variables: { AA: top, BB: top }',
    'cache-from: [top]',
    'environments:',
    '  prod:',
    '    memory-size: 1024',
    '    environment-variables: { BB: prod, CC: prod }',
    '    cache-from: [prod]',
    '  dev:',
    '  default:',
    '    memory-size: 512',
    '    timeout: 9',
    '    environment-variables: { AA: default }',
  ].join('\n');

  test('default comes first wherever it stands, then the chosen one; mappings are added to, lists replaced', async () => {
    expect(await only(file, { environment: 'prod' })).toMatchObject({
      memorySize: 1024,
      timeout: 9,
      environmentVariables: { AA: 'default', BB: 'prod', CC: 'prod' },
      cacheFrom: ['prod'],
    });
    for (const environment of ['dev', 'default']) {
      expect(await only(file, { environment })).toMatchObject({
        memorySize: 512,
        timeout: 9,
        environmentVariables: { AA: 'default', BB: 'top' },
        cacheFrom: ['top'],
      });
    }
  });

  test('a file without environments leaves the input to GitHub', async () => {
    expect((await only(IRIS, { environment: 'anything' })).environment).toBe('anything');
  });
});

describe('services', () => {
  test('have a mistake of their own under their name', async () => {
    const file = 'services:\n  aa: { ecr-repository: aa }\n  bb: { function-name: bb, ecr-repository: bb }\n';
    expect(await mistakes(file)).toEqual([
      'service aa: function-name is required: .model-release.yml does not set it for this run, and no input of the action does',
    ]);
  });

  const file = [
    'memory-size: 128',
    'environments:',
    '  default: {}',
    '  prod:',
    '    memory-size: 256',
    '    services:',
    '      serving: { memory-size: 2048 }',
    'services:',
    '  features: { function-name: f, ecr-repository: ff }',
    '  serving: { function-name: s, ecr-repository: ss, memory-size: 1024 }',
  ].join('\n');

  test('come in the order of the file; what is closer to a service counts more', async () => {
    const sizes = async (inputs: Texts) =>
      (await services(file, inputs)).map(({ service, inputs: { memorySize } }) => [service, memorySize]);
    expect(await sizes({ environment: 'default' })).toEqual([
      ['features', 128],
      ['serving', 1024],
    ]);
    expect(await sizes({ environment: 'prod' })).toEqual([
      ['features', 256],
      ['serving', 2048],
    ]);
    expect(await sizes({ environment: 'default', service: 'serving' })).toEqual([['serving', 1024]]);
  });

  test('must not meet at one alias, and one version number means one function', async () => {
    const same = 'function-name: iris\necr-repository: iris\nservices:\n  a: {}\n  b: {}\n';
    expect(await mistakes(same)).toEqual([
      'services a and b release to the same function and alias; give each its own function-name in the file, or pick one of a, b with service',
    ]);
    const texts: Texts = { to: 'version', version: '3', environment: 'prod' };
    const read = () => Promise.resolve(file);
    const sources = await readSources({ text: (name) => texts[name] }, read, 'rollback');
    expect(() => readServices(sources, readRollbackInputs)).toThrow(/to: version means one function/);
  });

  test('that do not exist are named with those that do', async () => {
    expect(await mistakes(file, { service: 'servin', environment: 'prod' })).toEqual([
      'service: there is no service "servin"; the file has features, serving; did you mean serving?',
    ]);
    expect(await mistakes(IRIS, { service: 'a' })).toEqual([
      'service: there is no service "a"; the file names none',
    ]);
    const texts: Texts = { ...IRIS_INPUTS, service: 'a' };
    const none = readSources({ text: (name) => texts[name] }, () => Promise.resolve(undefined), 'deploy');
    expect((await none)[0]?.source.mistakes).toEqual([
      'service needs a file .model-release.yml that lists services',
    ]);
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

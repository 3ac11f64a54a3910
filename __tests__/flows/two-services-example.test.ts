import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { realClock } from '../../src/clients/clock.ts';
import { nodeShell, type Shell } from '../../src/clients/shell.ts';
import { readSources, type Reader } from '../../src/inputs/config/sources.ts';
import { readDeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { readRollbackInputs } from '../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../src/inputs/services.ts';
import { seedFunction } from '../../local/aws/seeds.ts';
import { ended } from '../harness/shell.ts';
import { commit, createWorld } from '../harness/world.ts';

const EXAMPLE = resolve('examples/two-services');
const read = (path: string) => readFileSync(join(EXAMPLE, path), 'utf8');
const CONFIG = '.model-release.yml';
const hasPython = spawnSync('python3', ['--version']).status === 0;

interface Sample {
  readonly input: unknown;
  readonly expected: unknown;
}

test.each(['dev', 'prod'])(
  'the example of two services says everything that deploy and rollback need in %s',
  async (environment) => {
    const inputs = { text: (name: string) => ({ environment })[name] };
    const file = async (path: string) => (existsSync(join(EXAMPLE, path)) ? read(path) : undefined);
    const sources = (reader: Reader) => readSources(inputs, file, reader);
    const names = (services: readonly { readonly service: string | undefined }[]) =>
      services.map(({ service }) => service);
    expect(names(readServices(await sources('deploy'), readDeployInputs))).toEqual(['features', 'serving']);
    expect(names(readServices(await sources('rollback'), readRollbackInputs))).toEqual([
      'features',
      'serving',
    ]);
  },
);

(hasPython ? test : test.skip)(
  'the example of two services is tested, released and rolled back as one',
  async () => {
    const world = createWorld();
    const names = ['features', 'serving'] as const;
    const samples = Object.fromEntries(
      names.map((name) => [`${name}/tests/samples.jsonl`, read(`${name}/tests/samples.jsonl`)]),
    );
    for (const name of names) {
      const lines = (samples[`${name}/tests/samples.jsonl`] ?? '').trim().split('\n');
      const known = lines.map((line) => JSON.parse(line) as Sample);
      const program = (event: unknown) =>
        known.find(({ input }) => isDeepStrictEqual(input, event))?.expected;
      const repository = `churn/${name}`;
      const image = world.image(commit(1), { repository, content: `${name} 1`, program });
      world.image(commit(2), { repository, content: `${name} 2`, program });
      seedFunction(world.aws, {
        name: `churn-${name}`,
        versions: [{ image }],
        alias: { name: 'live', version: '1' },
      });
    }
    const env = {
      ...(process.env as Record<string, string>),
      PYTHONDONTWRITEBYTECODE: '1',
      GITHUB_WORKSPACE: EXAMPLE,
    };
    const signal = new AbortController().signal;
    const shell = nodeShell({
      clock: realClock,
      signal,
      env,
    });
    // The example lies in this project's own checkout, whose commit is another one.
    const ask: Shell['ask'] = async (question) =>
      question.file === 'git' ? ended('', 128) : shell.ask(question);
    const options = {
      commit: commit(2),
      env,
      shell: { ...shell, ask },
      files: { [CONFIG]: read(CONFIG), ...samples },
    };
    const { results, runner } = await world.deploy({ environment: 'prod' }, options);
    expect(results.map(({ outcome, error }) => [outcome, error])).toEqual([
      ['ok', undefined],
      ['ok', undefined],
    ]);
    expect(
      results.map(({ tests }) =>
        tests.filter(({ passed }) => passed).map(({ name, passed }) => `${name} ${passed}`),
      ),
    ).toEqual([['unit 4'], ['unit 3', 'integration 2']]);
    expect(runner.outputs['outcome']).toBe('ok');
    const back = await world.rollback({ environment: 'prod' }, { ...options, event: 'workflow_dispatch' });
    expect(back.results.map(({ outcome }) => outcome)).toEqual(['rolled-back', 'rolled-back']);
  },
);

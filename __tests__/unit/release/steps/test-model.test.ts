/** What the inputs of a deploy make of its tests: what they see of the job, and what lies beside them in the image. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { LongCommand } from '../../../../src/clients/shell.ts';
import type { Tools } from '../../../../src/clients/tools.ts';
import { readDeployInputs } from '../../../../src/inputs/deploy-inputs.ts';
import { testInImage, testOnRunner } from '../../../../src/release/steps/tests/test-model.ts';
import { IRIS } from '../../../harness/fixtures.ts';
import { ended, shellOf } from '../../../harness/shell.ts';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'model-release-'));
});
afterEach(() => rm(workspace, { recursive: true }));

const JOB = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token',
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example',
};

/** Tools whose shell starts nothing and shows its command. */
function toolsFor(look: (command: LongCommand) => Promise<void> | void): Tools {
  const log = { info: () => undefined, warning: () => undefined };
  const env = { ...JOB, GITHUB_WORKSPACE: workspace, RUNNER_TEMP: join(workspace, 'temp') };
  const shell = shellOf(async (command) => {
    if ('onLine' in command) await look(command);
    if ('onLine' in command) command.onLine?.('1 passed in 0.01s');
    return ended('1 passed in 0.01s');
  });
  return { log, env, shell } as unknown as Tools;
}

const inputsOf = (texts: Readonly<Record<string, string>>) =>
  readDeployInputs({ text: (name) => ({ ...IRIS, 'aws-region': 'eu-central-1', ...texts })[name] });

test.each([
  [{}, ['unit: none', 'integration: none']],
  [{ 'integration-tests-credentials': 'true' }, ['unit: none', 'integration: AWS_ACCESS_KEY_ID']],
])('with %j the tests see of the job: %j', async (more, expected) => {
  const seen: string[] = [];
  const tools = toolsFor(({ args, env = {} }) => {
    const left = ['AWS_ACCESS_KEY_ID', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL'];
    const kept = left.filter((name) => !(name in env)).join(', ');
    seen.push(`${args[0]}: ${kept === '' ? 'none' : kept}`);
  });
  await testOnRunner(
    tools,
    inputsOf({ 'unit-tests': 'run unit', 'integration-tests': 'run integration', ...more }),
  );
  expect(seen).toEqual(expected);
});

test('test-files lie beside the folder that the command names', async () => {
  for (const folder of ['checks', 'fixtures', 'other']) {
    await mkdir(join(workspace, folder));
    await writeFile(join(workspace, folder, 'a'), '');
  }
  let found: readonly string[] = [];
  const tools = toolsFor(async ({ args }) => {
    found = await readdir(join(args.at(-1) ?? '', 'files'));
  });
  const builder = { kind: 'buildx', version: '0.30.0' } as never;
  await testInImage(
    tools,
    inputsOf({ 'unit-tests': 'run checks', 'tests-in': 'image', 'test-files': 'fixtures' }),
    { reference: 'iris:1', architecture: 'x86_64', builder },
  );
  expect(found.toSorted()).toEqual(['checks', 'fixtures']);
});

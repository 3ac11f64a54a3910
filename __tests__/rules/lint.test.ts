import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** Each house rule, a few lines that break it, and a part of the sentence that the author must read. */
interface Case {
  rule: string;
  file: string;
  code: string;
  says: string;
}

const broken: Case[] = [
  {
    rule: 'nothing but index imports actions',
    file: 'src/release/steps/example.ts',
    code: "export { deploy } from '../../actions/deploy.ts';",
    says: 'src/release imports only',
  },
  {
    rule: 'index imports actions only',
    file: 'src/index.ts',
    code: "export { plan } from './release/plan/deploy-plan.ts';",
    says: 'src/index imports only cli, actions, run',
  },
  {
    rule: 'a plan does not import steps',
    file: 'src/release/plan/example.ts',
    code: "import { step } from '../steps/step.ts';\nexport const a = step;",
    says: 'src/release/plan imports only record, words, aws, errors, types, and types of inputs',
  },
  {
    rule: 'a plan takes types of inputs, nothing that runs',
    file: 'src/release/plan/example.ts',
    code: "import { read } from '../../inputs/deploy-inputs.ts';\nexport const a = read;",
    says: 'src/release/plan imports only',
  },
  {
    rule: 'a rule is not escaped through import()',
    file: 'src/release/plan/example.ts',
    code: "export const step = () => import('../steps/step.ts');",
    says: 'src/release/plan imports only',
  },
  {
    rule: 'record imports no plan, not even a type',
    file: 'src/release/record/example.ts',
    code: "import type { Plan } from '../plan/deploy-plan.ts';\nexport type A = Plan;",
    says: 'src/release/record imports only errors, types',
  },
  {
    rule: 'every folder of src/ has a row in the table',
    file: 'src/helpers/example.ts',
    code: 'export const a = 1;',
    says: 'and nothing else',
  },
  {
    rule: 'only clients imports the SDK',
    file: 'src/release/steps/example.ts',
    code: "import { LambdaClient } from '@aws-sdk/client-lambda';\nexport const a = LambdaClient;",
    says: 'Only src/clients builds AWS SDK clients',
  },
  {
    rule: 'only clients imports the SDK, lazily neither',
    file: 'src/actions/example.ts',
    code: "export const a = () => import('@aws-sdk/client-lambda');",
    says: 'Only src/clients builds AWS SDK clients',
  },
  {
    rule: 'only clients imports Octokit',
    file: 'src/release/steps/example.ts',
    code: "import { getOctokit } from '@actions/github';\nexport const a = getOctokit;",
    says: 'Only src/clients imports Octokit',
  },
  {
    rule: 'only clients runs commands',
    file: 'src/release/steps/example.ts',
    code: "import { spawn } from 'node:child_process';\nexport const a = spawn;",
    says: 'Only src/clients runs commands',
  },
  {
    rule: '@actions/core has three homes',
    file: 'src/clients/lambda.ts',
    code: "import { info } from '@actions/core';\nexport const a = info;",
    says: '@actions/core belongs to',
  },
  {
    rule: 'plan knows no SDK type',
    file: 'src/release/plan/example.ts',
    code: "import type { FunctionConfiguration } from '@aws-sdk/client-lambda';\nexport type A = FunctionConfiguration;",
    says: 'no SDK',
  },
  {
    rule: 'report reads no file',
    file: 'src/report/example.ts',
    code: "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;",
    says: 'no input or output',
  },
  {
    rule: 'stats draws no random bytes',
    file: 'src/stats/example.ts',
    code: "import { randomUUID } from 'node:crypto';\nexport const a = randomUUID;",
    says: 'for hashes only',
  },
  {
    rule: 'stats calls no Math.random',
    file: 'src/stats/example.ts',
    code: 'export const a = () => Math.random();',
    says: 'no randomness',
  },
  {
    rule: 'plan reads no environment',
    file: 'src/release/plan/example.ts',
    code: 'export const a = () => process.env.HOME;',
    says: 'are pure',
  },
  {
    rule: 'record reads no clock',
    file: 'src/release/record/example.ts',
    code: 'export const a = () => Date.now();',
    says: 'are pure',
  },
  {
    rule: 'src does not import local',
    file: 'src/clients/example.ts',
    code: "export { createLocalAws } from '../../local/aws/aws.ts';",
    says: 'src/ imports nothing of local/',
  },
  {
    rule: 'local does not import src',
    file: 'local/aws/example.ts',
    code: "export { UserError } from '../../src/errors.ts';",
    says: 'local/ imports nothing of src/',
  },
  {
    rule: 'nobody but the mover writes the alias',
    file: 'src/release/steps/example.ts',
    code: 'export const a = (lambda: { updateAlias(): void }) => lambda.updateAlias();',
    says: 'Only shift moves the live alias',
  },
  {
    rule: 'nobody but shift calls the act of moving',
    file: 'src/release/example.ts',
    code: "import { moveAlias } from './steps/alias/move-alias.ts';\nexport const a = moveAlias;",
    says: 'Only shift moves the live alias',
  },
  {
    rule: 'a release reports nothing',
    file: 'src/release/example.ts',
    code: "import { summaryOf } from '../report/summary.ts';\nexport const a = summaryOf;",
    says: 'src/release imports only',
  },
  {
    rule: 'a report takes types of a slice, nothing that runs',
    file: 'src/report/example.ts',
    code: "import { shift } from '../release/shift.ts';\nexport const a = shift;",
    says: 'src/report imports only',
  },
  {
    rule: 'slices never import each other',
    file: 'src/fleet/example.ts',
    code: "import { shift } from '../release/shift.ts';\nexport const a = shift;",
    says: 'src/fleet imports only',
  },
  {
    rule: 'a function fits a screen',
    file: 'src/stats/example.ts',
    code: `export function a(): number[] {\n  return [\n${'    1,\n'.repeat(58)}  ];\n}`,
    says: 'Maximum allowed is 60',
  },
  {
    rule: 'a file is one room',
    file: 'src/stats/example.ts',
    code: `export const a = [\n${'  1,\n'.repeat(300)}];`,
    says: 'Maximum allowed is 300',
  },
  {
    rule: 'three positional parameters at most',
    file: 'src/stats/example.ts',
    code: 'export const a = (b: number, c: number, d: number, e: number) => b + c + d + e;',
    says: 'too many parameters (4)',
  },
  {
    rule: 'no promise is left alone',
    file: 'src/release/steps/example.ts',
    code: 'export function a(b: Promise<void>): void {\n  b.then(() => undefined);\n}',
    says: 'Promises must be awaited',
  },
  {
    rule: 'no any',
    file: 'src/release/steps/example.ts',
    code: 'export const a = (b: any) => b as string;',
    says: 'Unexpected any',
  },
  {
    rule: 'a test replaces no module',
    file: '__tests__/unit/example.test.ts',
    code: "import { jest } from '@jest/globals';\njest.unstable_mockModule('../../src/errors.ts', () => ({}));",
    says: 'real clients run in every test',
  },
];

const allowed: Omit<Case, 'says'>[] = [
  {
    rule: 'a plan takes types of inputs',
    file: 'src/release/plan/example.ts',
    code: "import type { DeployInputs } from '../../inputs/deploy-inputs.ts';\nexport type A = DeployInputs;",
  },
  {
    rule: 'a step takes types of the SDK',
    file: 'src/release/steps/example.ts',
    code: "import type { LambdaClient } from '@aws-sdk/client-lambda';\nexport type A = LambdaClient;",
  },
  {
    rule: 'clients load the SDK where it is first needed',
    file: 'src/clients/example.ts',
    code: "export const a = () => import('@aws-sdk/client-lambda');",
  },
  {
    rule: 'the runner port is at home with @actions/core',
    file: 'src/clients/runner.ts',
    code: "import { info } from '@actions/core';\nexport const a = info;",
  },
  {
    rule: 'run-action is at home with @actions/core',
    file: 'src/run/run-action.ts',
    code: "export const a = () => import('@actions/core');",
  },
  {
    rule: 'a plan hashes',
    file: 'src/release/plan/example.ts',
    code: "import { createHash } from 'node:crypto';\nexport const a = createHash;",
  },
];

/** Most of the files exist only here, so TypeScript has to be told that they may be outside of the project. */
const virtualFiles = [...new Set([...broken, ...allowed].map(({ file }) => file))].filter(
  (file) => !existsSync(file),
);

/**
 * ESLint's API in a process of its own: TypeScript's project service leaves timers behind, which would keep the
 * test run alive. Cases come in and messages go out as JSON, in the same order.
 */
const linter = `
  import { ESLint } from 'eslint';
  import { text } from 'node:stream/consumers';
  const { cases, parserOptions } = JSON.parse(await text(process.stdin));
  const eslint = new ESLint({ overrideConfig: { languageOptions: { parserOptions } } });
  const messages = [];
  for (const { code, file } of cases) {
    const results = await eslint.lintText(code + '\\n', { filePath: file });
    messages.push(results.flatMap((result) => result.messages.map(({ message }) => message)));
  }
  process.stdout.write(JSON.stringify(messages), () => process.exit());
`;

function lint(cases: Omit<Case, 'says'>[]): string[][] {
  const projectService = {
    allowDefaultProject: virtualFiles,
    maximumDefaultProjectFileMatchCount_THIS_WILL_SLOW_DOWN_LINTING: virtualFiles.length,
  };
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', linter], {
    input: JSON.stringify({ cases, parserOptions: { projectService } }),
    encoding: 'utf8',
  });
  return JSON.parse(output) as string[][];
}

const messages = lint([...broken, ...allowed]);

test.each(broken.map((example, index) => ({ ...example, messages: messages[index] })))(
  '$rule',
  ({ says, messages: found }) => {
    expect(found).toEqual([expect.stringContaining(says)]);
  },
);

test.each(allowed.map((example, index) => ({ ...example, messages: messages[broken.length + index] })))(
  '$rule: allowed',
  ({ messages: found }) => {
    expect(found).toEqual([]);
  },
);

/** The reusable workflow checks out Git LFS and submodules as the model's configuration says: stubs never change. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readWorkflow } from './workflow-files.ts';

const steps = readWorkflow('.github/workflows/release-to.yml').jobs['release']?.steps ?? [];
const reading = steps.findIndex(({ run = '' }) => run.includes('GITHUB_OUTPUT'));

let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'model-release-keys-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the step writes to its outputs for such a file, run as GitHub runs `shell: bash`. */
function outputs(text: string | undefined): readonly string[] {
  const [config, output] = [join(folder, 'config.yml'), join(folder, 'output')];
  rmSync(config, { force: true });
  if (text !== undefined) writeFileSync(config, text);
  writeFileSync(output, '');
  const script = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', steps[reading]?.run ?? 'exit 1'];
  execFileSync('bash', script, { env: { PATH: process.env['PATH'], CONFIG: config, GITHUB_OUTPUT: output } });
  return readFileSync(output, 'utf8').split('\n').filter(Boolean);
}

test.each<[string | undefined, readonly string[]]>([
  ['function-name: iris\nlfs: true\nsubmodules: recursive\n', ['lfs=true', 'submodules=recursive']],
  ['lfs: True # the model\r\nsubmodules: "true"  \r\n', ['lfs=true', 'submodules=true']],
  ["submodules : 'recursive'\nlfs:  TRUE", ['lfs=true', 'submodules=recursive']],
  ['lfs: false\nsubmodules: false\n', []],
  ['# lfs: true\nenvironments:\n  prod:\n    lfs: true\n', []],
  ['lfs: trueish\nsubmodules: true; id\nlfs-x: true\nxlfs: true\n', []],
  ['lfs:\n  true-colour: 1\n', []],
  ['', []],
  [undefined, []],
])('%j asks for %j', (text, expected) => {
  expect(outputs(text)).toEqual(expected);
});

test('what is asked for is checked out before the deploy, without credentials, and pointers are replaced', () => {
  const after = steps.slice(reading + 1);
  expect(after.slice(0, 2)).toMatchObject([
    {
      if: "steps.wanted.outputs.lfs != '' || steps.wanted.outputs.submodules != ''",
      uses: expect.stringMatching(/^actions\/checkout@/),
      with: {
        'persist-credentials': false,
        lfs: "${{ steps.wanted.outputs.lfs == 'true' }}",
        submodules: "${{ steps.wanted.outputs.submodules || 'false' }}",
      },
    },
    { if: "steps.wanted.outputs.lfs != ''", run: 'git lfs checkout' },
  ]);
  expect(after.findIndex(({ uses }) => uses === '$/deploy')).toBeGreaterThan(1);
  expect(steps.slice(0, reading).some(({ uses = '' }) => uses.startsWith('actions/checkout@'))).toBe(true);
});

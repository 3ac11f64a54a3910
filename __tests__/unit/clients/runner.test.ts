/** Annotations as GitHub's runner reads them from the log. */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

function printed(call: string): string {
  const script = `import { githubRunner } from './src/clients/runner.ts'; await githubRunner(process.env).${call}`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

test.each([
  [
    "error('wrong', { title: 'deploy failed', file: '.model-release.yml', line: 3 })",
    '::error title=deploy failed,file=.model-release.yml,line=3::wrong',
  ],
  [
    "warning('odd', { file: 'tests/samples.jsonl', line: 7 })",
    '::warning file=tests/samples.jsonl,line=7::odd',
  ],
  ["warning('odd', 'deploy iris')", '::warning title=deploy iris::odd'],
  ["error('wrong')", '::error::wrong'],
])('%s', (call, expected) => expect(printed(call)).toBe(expected));

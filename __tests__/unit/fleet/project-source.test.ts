import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { withSource } from '../../../src/fleet/plan/project-source.ts';

const SOURCE = { repository: 'acme/releases', ref: 'v1.4.2' };

function pointed(workflow: string): string {
  return Buffer.from(withSource(Buffer.from(workflow), SOURCE)).toString();
}

test.each([
  ['  uses: OWNER/model-release@v1\n', '  uses: acme/releases@v1.4.2\n'],
  ['- uses: OWNER/model-release/rollback@v1', '- uses: acme/releases/rollback@v1.4.2'],
  ["uses: 'OWNER/model-release/a.yml@v1' # ours\r\n", "uses: 'acme/releases/a.yml@v1.4.2' # ours\r\n"],
  [
    '# yaml-language-server: $schema=https://raw.githubusercontent.com/OWNER/model-release/v1/schema/a.json\n',
    '# yaml-language-server: $schema=https://raw.githubusercontent.com/acme/releases/v1.4.2/schema/a.json\n',
  ],
])('a call or a schema of ours: %j', (stub, called) => {
  expect(pointed(stub)).toBe(called);
});

test.each([
  'uses: actions/checkout@v1\n',
  'uses: OWNER/model-release-notes@v1\n',
  'uses: OWNER/model-release@v11\n',
  '# uses: OWNER/model-release@v1\n',
  'run: echo uses: OWNER/model-release@v1\n',
  'name: OWNER/model-release@v1\n',
  '# https://raw.githubusercontent.com/OWNER/model-release/v1/schema/a.json\n',
  'a: 1\n# yaml-language-server: $schema=https://raw.githubusercontent.com/OWNER/model-release/v1/schema/a.json\n',
])('anything else stays: %j', (line) => {
  expect(pointed(line)).toBe(line);
});

test('bytes that are no text stay as they are', () => {
  const bytes = Buffer.from([0xff, 0xfe, 0x0a, 0xc3, 0x28, 0x0d, 0x00]);
  expect(Buffer.from(withSource(bytes, SOURCE))).toEqual(bytes);
});

test('each stub of this project has calls of this project only, and each is pointed', () => {
  const stubs = readdirSync('workflows').filter((name) => name.endsWith('.yml'));
  expect(stubs.length).toBeGreaterThan(0);
  for (const name of stubs) {
    const lines = readFileSync(`workflows/${name}`, 'utf8').split('\n');
    const changed = pointed(lines.join('\n'))
      .split('\n')
      .filter((line, at) => line !== lines[at]);
    expect(changed).toHaveLength(lines.filter((line) => /^ {4}uses: /.test(line)).length);
    for (const line of changed) expect(line).toMatch(/^ {4}uses: acme\/releases\/.*\.yml@v1\.4\.2$/);
    expect(pointed(lines.join('\n'))).not.toContain('OWNER');
  }
});

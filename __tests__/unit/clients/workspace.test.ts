import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { insideWorkspace, readInside } from '../../../src/clients/workspace.ts';

let folder: string;
let workspace: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'model-release-')));
  workspace = join(folder, 'ws');
  await mkdir(join(workspace, 'a/..b'), { recursive: true });
  await mkdir(join(folder, 'ws-other'));
  await writeFile(join(folder, 'secret'), '');
  await symlink(join(folder, 'secret'), join(workspace, 'out'));
  await symlink(join(workspace, 'a'), join(workspace, 'in'));
  await symlink(workspace, join(folder, 'link'));
});

afterAll(() => rm(folder, { recursive: true }));

const look = (path: string, root = workspace) => insideWorkspace({ workspace: root, path, input: 'context' });

test('paths inside, links resolved', async () => {
  await expect(look('.')).resolves.toBe(workspace);
  await expect(look('a/../a')).resolves.toBe(join(workspace, 'a'));
  await expect(look('a/..b')).resolves.toBe(join(workspace, 'a/..b'));
  await expect(look('in')).resolves.toBe(join(workspace, 'a'));
  await expect(look(join(workspace, 'a'))).resolves.toBe(join(workspace, 'a'));
  // The workspace itself may be reached by a link, as on macOS.
  await expect(look('a', join(folder, 'link'))).resolves.toBe(join(workspace, 'a'));
});

test.each(['..', '../secret', '../ws-other', 'a/../../secret', 'out', '/etc/passwd', '/'])(
  '%s leads out',
  async (path) => {
    await expect(look(path)).rejects.toMatchObject({
      code: 'path-outside-workspace',
      message: expect.stringContaining(`context names ${JSON.stringify(path)}`),
    });
  },
);

test('what turns the text around, or is no sign at all, is spelled out in the message', async () => {
  await expect(look('a\u202e\u0085b')).rejects.toMatchObject({
    message: expect.stringContaining('context names "a\\u202e\\u0085b"'),
  });
});

test('what is not there is missing', async () => {
  await expect(look('no/such')).rejects.toMatchObject({ code: 'path-missing' });
});

const read = (path: string) => readInside({ workspace, path, input: 'samples' }, true);

test.each([
  ['Latin-1', Buffer.from('{"a": 1}\n{"b": "\xe9"}\n', 'latin1'), 2],
  ['Latin-1 in the last line, without its end', Buffer.from('a\nb\n\xe9', 'latin1'), 3],
  ['UTF-16', Buffer.from('\ufeff{"a": 1}\n', 'utf16le'), 1],
])('%s is no UTF-8: the first line that is not is named', async (_encoding, bytes, line) => {
  await writeFile(join(workspace, 'text'), bytes);
  await expect(read('text')).rejects.toMatchObject({ code: 'not-utf8', places: [{ file: 'text', line }] });
});

test('UTF-8 arrives as it is written', async () => {
  await writeFile(join(workspace, 'text'), '\ufeffé 🌷\r\n');
  await expect(read('text')).resolves.toBe('\ufeffé 🌷\r\n');
});

test('a file that is too large to be read whole is refused before it is read', async () => {
  await writeFile(join(workspace, 'large'), '');
  await truncate(join(workspace, 'large'), 3 * 1024 ** 3);
  await expect(read('large')).rejects.toMatchObject({
    code: 'file-too-large',
    message: expect.stringContaining('has 3072 MiB; at most 256 are read') as unknown,
  });
});

import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { insideWorkspace } from '../../../src/clients/workspace.ts';

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

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readInside } from '../../src/clients/workspace.ts';
import { commit, createWorld } from '../harness/world.ts';

const FILE = `
ecr-repository: iris
create: true
role: arn:aws:iam::123456789012:role/iris
memory-size: 256
environment-variables: { LOG_LEVEL: info, THRESHOLD: 0.50 }
environments:
  test: { function-name: iris-test }
  prod:
    function-name: iris-prod
    alias: production
    memory-size: 1024
    environment-variables: { LOG_LEVEL: warning }
`;

const files = { '.model-release.yml': FILE };

describe('a model whose configuration is in .model-release.yml', () => {
  test('is released with the overlay of the environment, and returned with the same', async () => {
    const world = createWorld();
    for (const n of [1, 2]) {
      world.image(commit(n));
      const { result } = await world.deploy({ environment: 'prod' }, { commit: commit(n), files });
      expect(result.outcome).toBe('ok');
    }
    const prod = world.aws.state.functions['iris-prod'];
    expect(prod?.latest.settings).toMatchObject({
      MemorySize: 1024,
      Environment: { Variables: { LOG_LEVEL: 'warning', THRESHOLD: '0.50' } },
    });
    expect(prod?.aliases['production']?.functionVersion).toBe('2');
    const back = await world.rollback({ environment: 'prod' }, { files, event: 'workflow_dispatch' });
    expect(back.result.outcome).toBe('rolled-back');
    expect(prod?.aliases['production']?.functionVersion).toBe('1');
    expect(world.aws.state.functions['iris-test']).toBeUndefined();
  });

  test('may lie elsewhere, and an input of the action counts before it', async () => {
    const world = createWorld();
    world.image(commit(1));
    const inputs = { config: 'deploy/iris.yml', environment: 'test', 'memory-size': '512' };
    const { result } = await world.deploy(inputs, { files: { 'deploy/iris.yml': FILE } });
    expect(result.functionName).toBe('iris-test');
    expect(world.aws.state.functions['iris-test']?.latest.settings.MemorySize).toBe(512);
  });

  describe('and the commit that has to go back broke it', () => {
    const broken = `${FILE}timeout: 30 seconds\nmemory-sise: 512\n`;
    const SAID = [
      '.model-release.yml:14:10: timeout must be a number',
      '.model-release.yml:15:1: "memory-sise" is not a key',
    ];

    async function releasedTwice() {
      const world = createWorld();
      for (const n of [1, 2]) {
        world.image(commit(n));
        await world.deploy({ environment: 'prod' }, { commit: commit(n), files });
      }
      const prod = world.aws.state.functions['iris-prod'];
      const live = () => prod?.aliases['production']?.functionVersion;
      const back = (text: string) =>
        world.rollback(
          { environment: 'prod' },
          { files: { '.model-release.yml': text }, event: 'workflow_dispatch' },
        );
      return { world, live, back };
    }

    test('is returned all the same, and the log, the summary and one annotation say what a deploy would refuse', async () => {
      const { live, back } = await releasedTwice();
      const { result, runner } = await back(broken);
      expect(result.outcome).toBe('rolled-back');
      expect(runner.exitCode).toBe(0);
      expect(live()).toBe('1');
      expect(runner.annotations).toEqual([
        { level: 'warning', title: 'rollback iris-prod', message: expect.stringContaining(SAID[0] ?? '') },
      ]);
      for (const text of [runner.annotations[0]?.message, runner.lines.join('\n'), runner.summaryText])
        for (const said of SAID) expect(text).toContain(said);
    });

    test('says it once for all services of the file', async () => {
      const text = 'memory-size: lots\nservices: { a: { function-name: aa }, b: { function-name: bb } }\n';
      const { runner } = await createWorld().rollback({}, { files: { '.model-release.yml': text } });
      expect(runner.annotations.filter(({ level }) => level === 'warning')).toHaveLength(1);
      expect(runner.summaryText.split('memory-size must be a number')).toHaveLength(2);
    });

    test('is not returned where the file may lead elsewhere; the way round is named, and nothing was called', async () => {
      const { world, live, back } = await releasedTwice();
      const before = world.aws.calls.length;
      for (const text of [`${broken}alais: live\n`, `${FILE}  x: [1\n`]) {
        const { runner } = await back(text);
        expect(runner.exitCode).toBe(1);
        expect(runner.annotations.slice(0, 1)).toEqual([
          {
            level: 'error',
            title: 'rollback failed (invalid-inputs)',
            message: expect.stringContaining('gh workflow run rollback.yml --ref BRANCH_OR_TAG'),
          },
        ]);
        expect(runner.summaryText).toContain('--ref BRANCH_OR_TAG');
      }
      expect(world.aws.calls).toHaveLength(before);
      expect(live()).toBe('2');
    });
  });

  test('is refused with every mistake in one annotation, before any call, and without the secrets in it', async () => {
    const world = createWorld();
    const text = 'github-token: ghp_0123456789\nsecrets: { KEY: hunter2 }\nmemory: 1\nmemory-size: 1\n';
    const { runner } = await world.deploy({ timeout: '0' }, { files: { '.model-release.yml': text } });
    expect(world.aws.calls).toEqual([]);
    const [error] = runner.annotations;
    for (const place of [1, 2, 3, 4].map((line) => `.model-release.yml:${line}:`))
      expect(error?.message).toContain(place);
    expect(error?.message).toContain('timeout must be a whole number');
    // The others are on the lines of the file.
    expect(
      runner.annotations
        .slice(1)
        .map(({ file, line }) => `${file}:${line}`)
        .sort(),
    ).toEqual(expect.arrayContaining([1, 2, 3].map((line) => `.model-release.yml:${line}`)));
    expect(JSON.stringify([runner.annotations, runner.lines, runner.summaryText])).not.toMatch(
      /ghp_|hunter2/,
    );
    expect(runner.outputs['outcome']).toBe('failed');
    expect(runner.exitCode).toBe(1);
  });
});

describe('the file itself', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'config-'));
    await mkdir(join(folder, 'checkout'));
    await writeFile(join(folder, 'outside.yml'), 'alias: live\n');
    await writeFile(join(folder, 'checkout', 'inside.yml'), 'alias: live\n');
    await symlink('../outside.yml', join(folder, 'checkout', 'link.yml'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const read = (path: string, required: boolean, workspace = 'checkout') =>
    readInside({ workspace: join(folder, workspace), path, input: 'config' }, required);

  test('is read where it is, and may be missing unless it was named', async () => {
    expect(await read('inside.yml', true)).toBe('alias: live\n');
    expect(await read('.model-release.yml', false)).toBeUndefined();
    expect(await read('.model-release.yml', false, 'nowhere')).toBeUndefined();
    for (const workspace of ['checkout', 'nowhere'])
      await expect(read('missing.yml', true, workspace)).rejects.toMatchObject({
        code: 'path-missing',
        message: expect.stringMatching(/^config names "missing.yml", which does not exist/),
      });
  });

  test('is a file inside the workspace', async () => {
    await expect(read('.', true)).rejects.toMatchObject({
      code: 'path-missing',
      message: expect.stringContaining('EISDIR'),
    });
    for (const path of ['../outside.yml', 'link.yml', '/etc/hostname'])
      await expect(read(path, false)).rejects.toMatchObject({ code: 'path-outside-workspace' });
  });
});

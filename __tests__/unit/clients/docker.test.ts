/** What docker says of an image, as each of its image stores says it. */
import { describe, expect, test } from '@jest/globals';
import { findBuilder, inspectImage } from '../../../src/clients/docker.ts';
import { ended, shellOf } from '../../harness/shell.ts';

const GIB = 1024 ** 3;
const DIGEST = `sha256:${'d'.repeat(64)}`;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const COMMON = { Architecture: 'amd64', Os: 'linux', Config: { Labels: { team: 'a' } } };

/** `docker image inspect` before Docker 29: the id is that of the configuration, the size unpacked. */
const CLASSIC = { ...COMMON, Id: `sha256:${'c'.repeat(64)}`, Size: 11 * GIB };
/** With containerd's store: the id is the manifest's digest, the size that of the compressed layers, or of both together. */
const containerd = (Size: number) => ({
  ...COMMON,
  Id: DIGEST,
  Descriptor: { mediaType: MANIFEST, digest: DIGEST, size: 1234 },
  Size,
});

function engine(image: object, history: string | undefined) {
  const asked: string[] = [];
  const shell = shellOf(({ args, writes }) => {
    asked.push(`${args.slice(0, 2).join(' ')}${writes === undefined ? '' : ` writes ${writes}`}`);
    if (args[1] === 'inspect') return ended(JSON.stringify(image));
    return history === undefined ? ended('unknown flag', 125) : ended(history);
  });
  return { shell, asked };
}

describe('the unpacked size', () => {
  test.each<[string, object, string | undefined, number | undefined]>([
    ['the older store counts it', CLASSIC, undefined, 11 * GIB],
    [
      'containerd’s store counts compressed bytes: the layers tell',
      containerd(4 * GIB),
      `${11 * GIB}\n0\n5\n`,
      11 * GIB + 5,
    ],
    ['or both together: an image that fits is not refused', containerd(12 * GIB), `${8 * GIB}\n0`, 8 * GIB],
    ['where the layers do not tell either, it is unknown', containerd(12 * GIB), undefined, undefined],
    ['or tell nothing', containerd(12 * GIB), '0\n0\n', undefined],
    ['or tell words', containerd(12 * GIB), 'N/A\n', undefined],
  ])('%s', async (_, ...[image, history, sizeBytes]) => {
    const { shell, asked } = engine(image, history);
    expect(await inspectImage(shell, 'iris:1')).toMatchObject({
      sizeBytes,
      machine: 'amd64',
      labels: { team: 'a' },
    });
    expect(asked.join()).not.toContain('writes');
  });
});

test('an image that is not there comes with docker’s last lines', async () => {
  const shell = shellOf(() => ended('Error: No such image: iris:1', 1));
  expect(await inspectImage(shell, 'iris:1')).toEqual({ missing: ['Error: No such image: iris:1'] });
});

test.each([
  ['28.2.2', 0, 'buildx'],
  ['20.10.24', 1, 'buildkit'],
  ['29.0.0', 1, 'classic'],
])('client %s, buildx ends with %i: %s', async (version, exitCode, kind) => {
  const shell = shellOf(({ args }) =>
    args[0] === 'buildx'
      ? ended('github.com/docker/buildx v0.30.0', exitCode)
      : ended(JSON.stringify({ Client: { Version: version }, Server: { Os: 'linux' } })),
  );
  expect(await findBuilder({ shell })).toMatchObject({ kind });
});

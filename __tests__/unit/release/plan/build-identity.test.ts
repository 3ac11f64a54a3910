import { describe, expect, test } from '@jest/globals';
import { buildIdentity, chooseTag, type BuildSource } from '../../../../src/release/plan/build-identity.ts';

const build: BuildSource = { context: '.', architecture: 'x86_64', files: [] };
const identity = buildIdentity(build);

test('a build’s identity is twelve hex digits', () => {
  expect(identity).toMatch(/^[0-9a-f]{12}$/);
});

test.each<[string, Partial<BuildSource>]>([
  ['context', { context: 'b' }],
  ['Dockerfile', { file: 'Dockerfile.gpu' }],
  ['target', { target: 'large' }],
  ['build arguments', { buildArgs: ['A=1'] }],
  ['build contexts', { buildContexts: ['lib=docker-image://a'] }],
  ['platform', { architecture: 'arm64' }],
  ['a file that the commit does not hold', { files: [{ path: 'model.bin', sha256: 'a'.repeat(64) }] }],
  ['a tracked file that was deleted', { files: [{ path: 'a.py', sha256: undefined }] }],
])('another %s is another build', (_, change) => {
  expect(buildIdentity({ ...build, ...change })).not.toBe(identity);
});

test('of a file the content counts, and where it is', () => {
  const of = (path: string, sha256: string) => buildIdentity({ ...build, files: [{ path, sha256 }] });
  expect(new Set([of('a', '1'), of('a', '2'), of('b', '1')]).size).toBe(3);
});

test.each<[string, Partial<BuildSource>]>([
  ['the context written otherwise', { context: './' }],
  ['the default Dockerfile named', { file: './Dockerfile' }],
  ['empty lists', { buildArgs: [], buildContexts: [] }],
])('%s is the same build', (_, change) => {
  expect(buildIdentity({ ...build, ...change })).toBe(identity);
});

test('the order in which things are given counts for nothing', () => {
  const files = [
    { path: 'a', sha256: '1' },
    { path: 'b', sha256: '2' },
  ];
  const one = buildIdentity({ ...build, files, buildArgs: ['A=1', '  B=2'] });
  expect(buildIdentity({ ...build, files: files.toReversed(), buildArgs: ['B=2', 'A=1'] })).toBe(one);
});

describe('the tag of a build', () => {
  const wish = { commit: 'c0ffee', identity: '0123456789ab' };
  const own = 'c0ffee-0123456789ab';
  test.each<[string, { identity: string | undefined } | undefined, boolean, string, boolean]>([
    ['nothing is there: the commit’s tag', undefined, false, 'c0ffee', false],
    ['this very build is there', { identity: '0123456789ab' }, false, 'c0ffee', true],
    ['an image without the label, built elsewhere', { identity: undefined }, false, 'c0ffee', true],
    ['another build has the commit’s tag', { identity: 'ffffffffffff' }, false, own, false],
    ['another build has it, and this one is there too', { identity: 'ffffffffffff' }, true, own, true],
    ['only this build’s own tag is there', undefined, true, own, true],
  ])('%s', (_, ...[plain, hasOwn, tag, isThere]) => {
    expect(chooseTag(wish, { plain, hasOwn })).toEqual({ tag, isThere });
  });
});

import { expect, test } from '@jest/globals';
import { howToPin, imageGone, isTagImmutable } from '../../../../src/release/plan/image-place.ts';

test.each([
  [
    'ARCHIVED',
    'image-archived',
    /is archived.* Push it again.*--image-id imageTag=c0ffee --target-storage-class STANDARD/,
  ],
  ['ACTIVATING', 'image-archived', /being restored/],
  ['ACTIVE', 'image-missing', /has no image c0ffee/],
  [undefined, 'image-missing', /has no image c0ffee/],
])('an image of status %s: %s', (status, code, message) => {
  expect(imageGone('iris', 'c0ffee', status)).toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('a digest is restored by its digest', () => {
  expect(imageGone('iris', 'sha256:ab', 'ARCHIVED').message).toContain('--image-id imageDigest=sha256:ab ');
});

test.each([
  ['IMMUTABLE', [], true],
  ['IMMUTABLE', ['c0*'], true],
  ['MUTABLE', [], false],
  ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'dev-*'], true],
  ['IMMUTABLE_WITH_EXCLUSION', ['c0*'], false],
  ['IMMUTABLE_WITH_EXCLUSION', ['*'], false],
  ['IMMUTABLE_WITH_EXCLUSION', ['*ff*e'], false],
  ['IMMUTABLE_WITH_EXCLUSION', ['*ff*ee*e'], true],
  ['IMMUTABLE_WITH_EXCLUSION', ['c0ffee'], false],
  ['IMMUTABLE_WITH_EXCLUSION', ['c0ffee0'], true],
  ['IMMUTABLE_WITH_EXCLUSION', ['c0ffe*fee'], true],
  ['MUTABLE_WITH_EXCLUSION', ['c0*'], true],
  ['MUTABLE_WITH_EXCLUSION', ['v*'], false],
  ['SOMETHING_NEW', [], undefined],
  [undefined, [], undefined],
])('%s but %j: tag c0ffee is immutable: %s', (mutability, exclusions, immutable) => {
  expect(isTagImmutable({ mutability, exclusions }, 'c0ffee')).toBe(immutable);
});

test.each([
  [undefined, /^Make the tags of the repository immutable/],
  [{ mutability: 'MUTABLE', exclusions: [] }, /^Make the tags of the repository immutable/],
  [
    { mutability: 'MUTABLE_WITH_EXCLUSION', exclusions: ['v*'] },
    /^Make the tags of the repository immutable/,
  ],
  [{ mutability: 'IMMUTABLE', exclusions: [] }, /was deleted in between/],
  [{ mutability: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['v*'] }, /was deleted in between/],
  [
    { mutability: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['c0*'] },
    /exclusion that fits c0ffee \(c0\*\) out/,
  ],
])('what keeps others from moving a tag of a repository with %j', (settings, says) => {
  expect(howToPin(settings, 'c0ffee')).toMatch(says);
});

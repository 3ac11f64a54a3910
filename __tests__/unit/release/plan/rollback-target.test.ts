import { describe, expect, test } from '@jest/globals';
import fc from '../../../harness/property.ts';
import {
  DAY_MS,
  fateOf,
  type Fate,
  type LifecycleRule,
  type StoredImage,
} from '../../../../src/release/plan/lifecycle.ts';
import { judgeTarget, remedy, type TargetEvidence } from '../../../../src/release/plan/rollback-target.ts';
import type { Digest } from '../../../../src/types.ts';

const NOW = Date.UTC(2026, 0, 31);
const digest: Digest = 'sha256:41';
const previous = { version: '41', state: 'Active', stateReason: '', digest };
const evidence: TargetEvidence = {
  previous,
  repository: 'iris',
  image: 'found',
  lifecycle: { kind: 'stays' },
  now: NOW,
};

const rule = (count: LifecycleRule['count'], effect: LifecycleRule['effect'] = 'delete'): LifecycleRule => ({
  priority: 2,
  tagStatus: 'any',
  patterns: [],
  count,
  effect,
});
const byCount = (pushes: number): Fate => ({
  kind: 'by-count',
  rule: rule({ of: 'images', keep: 3 }),
  rank: 4 - pushes,
  pushes,
  due: pushes === 0,
});
const byAge = (at: number): Fate => ({
  kind: 'by-age',
  rule: rule({ of: 'pushed', days: 14 }),
  rank: 12,
  at,
  due: NOW > at,
});

describe('proven', () => {
  test.each<[Partial<TargetEvidence>, string]>([
    [{}, 'Version 41 is Active, its image is in iris, and no lifecycle rule removes it.'],
    [
      { previous: { ...previous, state: 'Inactive', stateReason: 'Idle: The function is idle' } },
      'Version 41 is idle (a rollback wakes it), its image is in iris, and no lifecycle rule removes it.',
    ],
    [
      { lifecycle: byCount(3) },
      'Version 41 is Active, its image is in iris, and rule 2 keeps it for 2 more pushes.',
    ],
    [
      { lifecycle: byCount(2) },
      'Version 41 is Active, its image is in iris, and rule 2 keeps it for 1 more push.',
    ],
  ])('%j', (given, why) => {
    expect(judgeTarget({ ...evidence, ...given })).toEqual({ kind: 'proven', why });
  });
});

test('none on the first release', () => {
  expect(judgeTarget({ ...evidence, previous: undefined })).toEqual({
    kind: 'none',
    why: 'No version served before this release.',
  });
});

describe('at risk', () => {
  const raise = 'In that rule, raise countNumber to 10 or more.';
  const count =
    'In that rule, let it count instead: "countType": "imageCountMoreThan", "countNumber": 13, without countUnit.';
  const denied = { what: 'AWS refused ecr:GetLifecyclePolicy.', fix: 'Add it to the role.' };
  const takes = 'Rule 2 of the lifecycle policy of iris deletes the image of version 41';

  test.each<[Partial<TargetEvidence>, string, string]>([
    [
      { previous: { ...previous, state: 'Failed', stateReason: 'ImageDeleted: The image is gone' } },
      'Version 41 is Failed (ImageDeleted: The image is gone).',
      'Release its commit again',
    ],
    [
      { previous: { ...previous, state: 'Inactive', stateReason: 'ImageDeleted: The image is gone' } },
      'Version 41 is Inactive (ImageDeleted: The image is gone).',
      'Release its commit again',
    ],
    [{ previous: { ...previous, state: undefined } }, 'Version 41 is in an unknown state.', 'Release'],
    [
      { previous: { ...previous, state: 'Pending' } },
      'Version 41 is still Pending.',
      'Wait until it is Active',
    ],
    [
      { previous: { ...previous, digest: undefined } },
      'Lambda names no image digest for version 41.',
      'in the Lambda console',
    ],
    [
      { image: 'missing' },
      'The image of version 41 (sha256:41) is not in the ECR repository iris: it was deleted or archived.',
      'keep the newest 10 images',
    ],
    [{ image: denied }, denied.what, denied.fix],
    [{ lifecycle: denied }, denied.what, denied.fix],
    [
      { lifecycle: { kind: 'unknown', why: 'rule 3 is new' } },
      'The lifecycle policy of iris could not be evaluated: rule 3 is new.',
      'aws ecr start-lifecycle-policy-preview --repository-name iris',
    ],
    [{ lifecycle: byCount(0) }, `${takes} within a day.`, raise],
    [
      { lifecycle: byCount(1) },
      `${takes} with the next push after this release, before that one serves.`,
      raise,
    ],
    [{ lifecycle: byAge(NOW - 1) }, `${takes} within a day.`, count],
    [{ lifecycle: byAge(NOW) }, `${takes} in less than a day.`, count],
    [{ lifecycle: byAge(NOW + 1.5 * DAY_MS) }, `${takes} in 1 day.`, count],
    [{ lifecycle: byAge(NOW + 365 * DAY_MS) }, `${takes} in 365 days.`, count],
    [
      { lifecycle: { ...byCount(0), rule: rule({ of: 'images', keep: 3 }, 'archive') } as Fate },
      'Rule 2 of the lifecycle policy of iris archives the image of version 41 within a day.',
      raise,
    ],
  ])('%j', (given, why, fix) => {
    expect(judgeTarget({ ...evidence, ...given })).toEqual({
      kind: 'at-risk',
      why,
      fix: expect.stringContaining(fix),
    });
  });
});

test('the fix fixes: with the count it asks for, the way back is proven', () => {
  const counts = fc.oneof(
    fc.record({ of: fc.constant('images' as const), keep: fc.integer({ min: 1, max: 30 }) }),
    fc.record({
      of: fc.constantFrom('pushed' as const, 'pulled' as const),
      days: fc.integer({ min: 1, max: 30 }),
    }),
  );
  const ages = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 });
  let risks = 0;
  fc.assert(
    fc.property(counts, ages, (wanted, days) => {
      const images = days.map((age, index): StoredImage => ({
        digest: index === 0 ? digest : `sha256:x${index}`,
        tags: [],
        pushedAt: NOW - age * DAY_MS,
        lastPulledAt: undefined,
      }));
      const judge = (policy: LifecycleRule) => {
        const lifecycle = fateOf({ policy: [policy], images, digest, now: NOW });
        return { lifecycle, verdict: judgeTarget({ ...evidence, lifecycle }) };
      };
      const { lifecycle, verdict } = judge(rule(wanted));
      if (verdict.kind === 'proven' || !('rank' in lifecycle)) return;
      risks += 1;
      const keep = remedy(lifecycle);
      expect(verdict).toMatchObject({ fix: expect.stringContaining(` ${keep}`) });
      expect(judge(rule({ of: 'images', keep })).verdict.kind).toBe('proven');
    }),
    { seed: 41 },
  );
  expect(risks).toBeGreaterThan(20);
});

import { expect, test } from '@jest/globals';
import fc from '../../../harness/property.ts';
import {
  DAY_MS,
  fateOf,
  parseLifecyclePolicy,
  type StoredImage,
} from '../../../../src/release/plan/lifecycle.ts';
import type { Digest } from '../../../../src/types.ts';

/*
 * The evaluator once more, as plainly as AWS words it: every rule marks images on its own, over the whole repository; then the
 * marks are applied in order of priority. It answers only "what goes now"; the predictions are proven by asking it again later.
 */

interface Selection {
  readonly tagStatus: 'tagged' | 'untagged' | 'any';
  readonly tagPrefixList?: readonly string[];
  readonly tagPatternList?: readonly string[];
  readonly countType: 'imageCountMoreThan' | 'sinceImagePushed' | 'sinceImagePulled';
  readonly countUnit?: 'days';
  readonly countNumber: number;
}
interface Rule {
  readonly rulePriority: number;
  readonly selection: Selection;
  readonly action: { readonly type: 'expire' };
}

function identifies({ tagStatus, tagPrefixList, tagPatternList }: Selection, { tags }: StoredImage): boolean {
  if (tagStatus === 'any') return true;
  if (tagStatus === 'untagged') return tags.length === 0;
  const expressions = [
    ...(tagPrefixList ?? []).map((text) => new RegExp(`^${text}`)),
    ...(tagPatternList ?? []).map((text) => new RegExp(`^${text.replaceAll('*', '.*')}$`)),
  ];
  return (
    expressions.filter((expression) => tags.some((tag) => expression.test(tag))).length === expressions.length
  );
}

function marks({ selection }: Rule, images: readonly StoredImage[], now: number): ReadonlySet<StoredImage> {
  const identified = images.filter((image) => identifies(selection, image));
  const older = (time: number) => (now - time) / DAY_MS > selection.countNumber;
  switch (selection.countType) {
    case 'imageCountMoreThan':
      return new Set(identified.sort((a, b) => b.pushedAt - a.pushedAt).slice(selection.countNumber));
    case 'sinceImagePushed':
      return new Set(identified.filter((image) => older(image.pushedAt)));
    case 'sinceImagePulled':
      return new Set(identified.filter((image) => older(image.lastPulledAt ?? image.pushedAt)));
  }
}

function goesNow(
  rules: readonly Rule[],
  images: readonly StoredImage[],
  now: number,
): ReadonlyMap<Digest, number> {
  const gone = new Map<Digest, number>();
  const seen = new Set<StoredImage>();
  for (const rule of [...rules].sort((a, b) => a.rulePriority - b.rulePriority)) {
    for (const image of marks(rule, images, now)) {
      if (!seen.has(image)) gone.set(image.digest, rule.rulePriority);
    }
    for (const image of images) if (identifies(rule.selection, image)) seen.add(image);
  }
  return gone;
}

const text = (max: number) => fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: max });
const tag = text(3).filter((each) => each !== '');
const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 4 });
const tags: fc.Arbitrary<Pick<Selection, 'tagStatus' | 'tagPrefixList' | 'tagPatternList'>> = fc.oneof(
  fc.record({
    tagStatus: fc.constant('tagged' as const),
    tagPrefixList: fc.array(tag, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    tagStatus: fc.constant('tagged' as const),
    tagPatternList: fc.array(glob, { minLength: 1, maxLength: 2 }),
  }),
  fc.constantFrom({ tagStatus: 'untagged' as const }, { tagStatus: 'any' as const }),
);
const countNumber = fc.integer({ min: 1, max: 5 });
const count: fc.Arbitrary<Pick<Selection, 'countType' | 'countUnit' | 'countNumber'>> = fc.oneof(
  fc.record({ countType: fc.constant('imageCountMoreThan' as const), countNumber }),
  fc.record({
    countType: fc.constantFrom('sinceImagePushed' as const, 'sinceImagePulled' as const),
    countUnit: fc.constant('days' as const),
    countNumber,
  }),
);
const rules: fc.Arbitrary<readonly Rule[]> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 99 }), tags, count), {
    selector: ([priority]) => priority,
    minLength: 1,
    maxLength: 4,
  })
  .map((all) =>
    all.map(([rulePriority, where, what]) => ({
      rulePriority,
      selection: { ...where, ...what },
      action: { type: 'expire' },
    })),
  );
/** Times in hours; no two pushes at once, which AWS leaves open. */
const images: fc.Arbitrary<readonly StoredImage[]> = fc
  .uniqueArray(
    fc.record({
      pushed: fc.integer({ min: 0, max: 150 }),
      pulled: fc.option(fc.integer({ min: 0, max: 150 })),
      tags: fc.array(tag, { maxLength: 2 }),
    }),
    { selector: ({ pushed }) => pushed, minLength: 1, maxLength: 8 },
  )
  .map((all) =>
    all.map(({ pushed, pulled, tags }, index) => ({
      digest: `sha256:${index}` as Digest,
      tags,
      pushedAt: (pushed * DAY_MS) / 24,
      lastPulledAt: pulled === null ? undefined : (pulled * DAY_MS) / 24,
    })),
  );
const now = fc.integer({ min: 150, max: 250 }).map((hours) => (hours * DAY_MS) / 24);

/** The repository after `pushes` more images with the tags of `like`, so that every rule that counts it counts them. */
function after(pushes: number, like: StoredImage, before: readonly StoredImage[]): readonly StoredImage[] {
  const first = Math.max(...before.map(({ pushedAt }) => pushedAt)) + 1;
  return [
    ...before,
    ...Array.from({ length: pushes }, (_, index) => ({
      ...like,
      digest: `sha256:more-${index}` as Digest,
      pushedAt: first + index,
    })),
  ];
}

test('foretells what the evaluator does now, later and after more pushes', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(rules, images, now, (written, stored, at) => {
      const policy = parseLifecyclePolicy(JSON.stringify({ rules: written }));
      const goes = (image: StoredImage, more: { pushes?: number; at?: number }) =>
        goesNow(written, after(more.pushes ?? 0, image, stored), more.at ?? at).get(image.digest);
      for (const image of stored) {
        const fate = fateOf({ policy, images: stored, digest: image.digest, now: at });
        kinds.add('due' in fate ? `${fate.kind} ${fate.due}` : fate.kind);
        expect(goes(image, {})).toBe('due' in fate && fate.due ? fate.rule.priority : undefined);
        if (fate.kind === 'stays') expect(goes(image, { pushes: 9, at: at + 99 * DAY_MS })).toBeUndefined();
        if (fate.kind === 'by-age') {
          expect(goes(image, { at: fate.at, pushes: 9 })).toBeUndefined();
          expect(goes(image, { at: fate.at + 1 })).toBe(fate.rule.priority);
        }
        if (fate.kind === 'by-count') {
          if (!fate.due)
            expect(goes(image, { pushes: fate.pushes - 1, at: at + 99 * DAY_MS })).toBeUndefined();
          expect(goes(image, { pushes: fate.pushes })).toBe(fate.rule.priority);
        }
      }
    }),
    { numRuns: 2_000, seed: 20_260_131 },
  );
  // The generator reaches every kind of answer; without this the property could be empty.
  expect([...kinds].sort()).toEqual([
    'by-age false',
    'by-age true',
    'by-count false',
    'by-count true',
    'stays',
  ]);
});

import { describe, expect, test } from '@jest/globals';
import {
  DAY_MS,
  fateOf,
  matchesTags,
  parseLifecyclePolicy,
  type Fate,
  type StoredImage,
} from '../../../../src/release/plan/lifecycle.ts';
import type { Digest } from '../../../../src/types.ts';

const NOW = Date.UTC(2026, 0, 31);

function image(name: string, ageInDays: number, ...tags: string[]): StoredImage {
  return { digest: `sha256:${name}`, tags, pushedAt: NOW - ageInDays * DAY_MS, lastPulledAt: undefined };
}

interface RuleText {
  readonly priority?: number;
  readonly tags?: object;
  readonly count?: object;
  readonly action?: object;
}

const keep = (countNumber: number) => ({ countType: 'imageCountMoreThan', countNumber });
const days = (countType: string, countNumber: number) => ({ countType, countUnit: 'days', countNumber });
const prefix = (...tagPrefixList: string[]) => ({ tagStatus: 'tagged', tagPrefixList });
const pattern = (...tagPatternList: string[]) => ({ tagStatus: 'tagged', tagPatternList });

function policy(...rules: RuleText[]): string {
  return JSON.stringify({
    rules: rules.map(({ priority, tags, count, action }, index) => ({
      rulePriority: priority ?? index + 1,
      selection: { ...(tags ?? { tagStatus: 'any' }), ...(count ?? keep(1)) },
      action: action ?? { type: 'expire' },
    })),
  });
}

function fate(text: string, images: readonly StoredImage[], { name, now = NOW }: Asked): Fate {
  return fateOf({ policy: parseLifecyclePolicy(text), images, digest: `sha256:${name}` as Digest, now });
}

interface Asked {
  readonly name: string;
  readonly now?: number;
}

/** Due now, and by which rule; `-` when it stays or goes later. */
function dueBy(text: string, images: readonly StoredImage[]): string {
  return images
    .map((each) => {
      const told = fate(text, images, { name: each.digest.slice('sha256:'.length) });
      return 'due' in told && told.due ? String(told.rule.priority) : '-';
    })
    .join('');
}

describe('by count', () => {
  const three = [image('old', 3, 'a'), image('mid', 2, 'b'), image('new', 1, 'c')];

  test.each([
    ['old', { rank: 3, pushes: 0, due: true }],
    ['mid', { rank: 2, pushes: 1, due: false }],
    ['new', { rank: 1, pushes: 2, due: false }],
  ])('the two newest of three are kept: %s', (name, expected) => {
    expect(fate(policy({ count: keep(2) }), three, { name })).toMatchObject({
      kind: 'by-count',
      ...expected,
    });
  });

  test('only images that the rule matches count', () => {
    const images = [image('old', 9, 'prod-1'), image('x', 2, 'dev-1'), image('y', 1)];
    expect(fate(policy({ tags: prefix('prod'), count: keep(1) }), images, { name: 'old' })).toMatchObject({
      rank: 1,
      pushes: 1,
    });
  });

  test('of two images pushed in the same moment the other one counts as newer', () => {
    const images = [image('one', 1, 'a'), image('two', 1, 'b')];
    expect(dueBy(policy({ count: keep(1) }), images)).toBe('11');
  });

  test('an image restored from the archive is as young as its restoration', () => {
    const restored = { ...image('old', 9, 'a'), activatedAt: NOW };
    expect(dueBy(policy({ count: keep(1) }), [restored, image('new', 1, 'b')])).toBe('-1');
  });
});

describe('by age', () => {
  test('goes after the days since its push, and not a moment before', () => {
    const aged = [image('a', 14, 'a')];
    const text = policy({ count: days('sinceImagePushed', 14) });
    expect(fate(text, aged, { name: 'a' })).toMatchObject({ kind: 'by-age', at: NOW, due: false });
    expect(fate(text, aged, { name: 'a', now: NOW + 1 })).toMatchObject({ due: true });
  });

  const archive = { type: 'transition', targetStorageClass: 'archive' };
  const unpulled = policy({ count: days('sinceImagePulled', 14), action: archive });

  test.each<[string, Partial<StoredImage>, number]>([
    ['the last pull', { lastPulledAt: NOW - DAY_MS }, 13],
    ['the push when it was never pulled', {}, -16],
    ['a restoration after the last pull', { lastPulledAt: NOW - 20 * DAY_MS, activatedAt: NOW }, 14],
    ['a pull after the restoration', { lastPulledAt: NOW, activatedAt: NOW - 20 * DAY_MS }, 14],
  ])('sinceImagePulled reckons from %s', (_from, times, inDays) => {
    const told = fate(unpulled, [{ ...image('a', 30, 'a'), ...times }], { name: 'a' });
    expect(told).toMatchObject({ at: NOW + inDays * DAY_MS, rule: { effect: 'archive' } });
  });
});

describe('one rule decides', () => {
  // Images from oldest to newest; which rule removes each today.
  const betas = [
    image('A', 10, 'beta-1', 'prod-1'),
    image('B', 9, 'beta-2', 'prod-2'),
    image('C', 8, 'beta-3'),
  ];
  const mixed = [image('A', 5, 'v1'), image('B', 4), image('C', 3, 'dev'), image('D', 2)];

  test.each<[string, { text: string; images: readonly StoredImage[]; due: string }]>([
    [
      'what an earlier rule matches and keeps, a later one cannot take',
      { text: policy({ tags: prefix('prod') }, { tags: prefix('beta') }), images: betas, due: '1--' },
    ],
    [
      'the other way round the same rules take another image',
      { text: policy({ tags: prefix('beta') }, { tags: prefix('prod') }), images: betas, due: '11-' },
    ],
    [
      'rulePriority orders the rules, not their place in the text',
      {
        text: policy({ priority: 20, tags: prefix('beta') }, { priority: 10, tags: prefix('prod') }),
        images: betas,
        due: '10--',
      },
    ],
    [
      'a later rule counts the images that an earlier one has taken',
      {
        text: policy({ tags: { tagStatus: 'untagged' }, count: keep(1) }, { count: keep(3) }),
        images: mixed,
        due: '21--',
      },
    ],
    [
      'untagged images only',
      { text: policy({ tags: { tagStatus: 'untagged' } }), images: mixed, due: '-1--' },
    ],
  ])('%s', (_what, { text, images, due }) => {
    expect(dueBy(text, images)).toBe(due);
  });

  test('an image that no rule matches stays', () => {
    expect(fate(policy({ tags: prefix('dev') }), mixed, { name: 'A' })).toEqual({ kind: 'stays' });
  });
});

describe('tags', () => {
  test.each<[object, string[], boolean]>([
    [prefix('prod'), ['prod'], true],
    [prefix('prod'), ['my-prod'], false],
    [prefix('alpha', 'beta'), ['alpha-1', 'beta-1'], true],
    [prefix('alpha', 'beta'), ['alpha-1'], false],
    [prefix('a.c'), ['abc'], false],
    [prefix('a'), [], false],
    [pattern('prod'), ['prod'], true],
    [pattern('prod'), ['prod-1'], false],
    [pattern('*prod*'), ['my-prod-1'], true],
    [pattern('*-sha-*'), ['v1-sha-'], true],
    [pattern('a*b*a'), ['aba'], true],
    [pattern('aba*aba'), ['aba'], false],
    [pattern('aba*aba'), ['ababa'], false],
    [pattern('aba*aba'), ['abaaba'], true],
    [pattern('a*b*b*c'), ['abc'], false],
    [pattern('a*b*b*c'), ['abbc'], true],
    [pattern('*'), ['anything'], true],
    [pattern('*'), [], false],
    [pattern('v*', '*-rc'), ['v1-rc'], true],
    [pattern('v*', '*-rc'), ['v1', 'x-rc'], true],
  ])('%j on %j: %j', (tags, imageTags, expected) => {
    const [rule] = parseLifecyclePolicy(policy({ tags }));
    expect(rule !== undefined && !('unreadable' in rule) && matchesTags(rule, imageTags)).toBe(expected);
  });
});

describe('what cannot be read is never taken for "stays"', () => {
  const one = [image('a', 1, 'v1')];
  const odd = { tags: { tagStatus: 'signed' } };

  test.each<[string, string, string]>([
    ['no JSON', '{', 'the policy is not a list of rules'],
    ['no rules', '{}', 'the policy is not a list of rules'],
    ['null', 'null', 'the policy is not a list of rules'],
    ['a null rule', '{"rules":[null]}', 'a rule has no rulePriority'],
    ['an unknown tag status', policy(odd), 'rule 1 has a tag requirement that this release does not know'],
    [
      'tagged without a list',
      policy({ tags: { tagStatus: 'tagged' } }),
      'rule 1 has a tag requirement that this release does not know',
    ],
    [
      'an unknown count',
      policy({ count: days('sinceImageSigned', 3) }),
      'rule 1 has a count that this release does not know',
    ],
    [
      'an unknown unit',
      policy({ count: { ...days('sinceImagePushed', 3), countUnit: 'weeks' } }),
      'rule 1 has a count that this release does not know',
    ],
    [
      'an unknown action',
      policy({ action: { type: 'freeze' } }),
      'rule 1 has an action that this release does not know',
    ],
  ])('%s', (_what, text, why) => {
    expect(fate(text, one, { name: 'a' })).toEqual({ kind: 'unknown', why });
  });

  test('a rule that cannot be read does not matter to an image that an earlier rule matches', () => {
    const text = policy({ tags: prefix('v'), count: keep(5) }, odd);
    expect(fate(text, one, { name: 'a' })).toMatchObject({ kind: 'by-count', pushes: 5 });
  });

  test('rules for archived images do not touch the others', () => {
    const archived = { tagStatus: 'any', storageClass: 'archive' };
    const text = policy({ tags: archived, count: days('sinceImageTransitioned', 90) });
    expect(fate(text, one, { name: 'a' })).toEqual({ kind: 'stays' });
  });

  test('an image that ECR does not list', () => {
    expect(fate(policy(), one, { name: 'b' })).toEqual({
      kind: 'unknown',
      why: 'ECR does not list the image',
    });
  });
});

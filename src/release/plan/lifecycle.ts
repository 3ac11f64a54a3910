/**
 * What an ECR lifecycle policy will do to one image: the evaluation that AWS documents, done ahead of time.
 *
 * Four of its rules carry everything here. Rules apply in the order of rulePriority, 1 first. An image that matches a rule's tag
 * requirement is out of reach for every later rule, also when the first one leaves it alone: so one rule at most decides. A rule
 * still counts the images that an earlier rule has taken. A list of patterns (or prefixes) matches an image when each of them matches
 * some tag of it.
 *
 * Where AWS leaves something open, the answer is the one that removes the image sooner: of two images pushed in the same moment the
 * other one counts as newer, every push to come is one that the rule counts, and the shelter that an image index gives its children
 * is not relied upon.
 */
import type { Digest } from '../../types.ts';

export const DAY_MS = 24 * 60 * 60 * 1000;

/** An image as ECR lists it. Times in milliseconds since the epoch. */
export interface StoredImage {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly pushedAt: number;
  /** Undefined when never pulled. */
  readonly lastPulledAt: number | undefined;
  /** When it was last restored from the archive; it then counts instead of the push. */
  readonly activatedAt?: number | undefined;
}

export interface LifecycleRule {
  readonly priority: number;
  readonly tagStatus: 'tagged' | 'untagged' | 'any';
  /** For `tagged`: globs with `*`; each must match some tag of an image. A prefix is the glob `prefix*`. */
  readonly patterns: readonly string[];
  /** Keeps the newest `keep` images, or all until `days` after their push or their last pull. */
  readonly count:
    | { readonly of: 'images'; readonly keep: number }
    | { readonly of: 'pushed' | 'pulled'; readonly days: number };
  /** An archived image cannot be pulled, by Lambda neither: for a rollback it is as good as deleted. */
  readonly effect: 'delete' | 'archive';
}

/** A policy's rules for images in the standard storage class, in the order they apply. */
export type LifecyclePolicy = readonly (LifecycleRule | UnreadableRule)[];

/** A rule in words that this release does not know; what it matches is unknown too. */
interface UnreadableRule {
  readonly priority: number;
  readonly unreadable: string;
}

export type Fate =
  /** No rule takes it, as it is tagged now. */
  | { readonly kind: 'stays' }
  /** It goes with the `pushes`-th more of the images that the rule counts; 0: it is due. */
  | {
      readonly kind: 'by-count';
      readonly rule: LifecycleRule;
      /** Its place among the images that the rule matches; 1 is the newest. */
      readonly rank: number;
      readonly pushes: number;
      readonly due: boolean;
    }
  /** It goes (within a day) after `at`, milliseconds since the epoch. */
  | {
      readonly kind: 'by-age';
      readonly rule: LifecycleRule;
      readonly rank: number;
      readonly at: number;
      readonly due: boolean;
    }
  | { readonly kind: 'unknown'; readonly why: string };

export interface LifecycleQuestion {
  readonly policy: LifecyclePolicy;
  /** All images of the repository in the standard storage class. */
  readonly images: readonly StoredImage[];
  readonly digest: Digest;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function fateOf({ policy, images, digest, now }: LifecycleQuestion): Fate {
  const image = images.find((each) => each.digest === digest);
  if (image === undefined) return { kind: 'unknown', why: 'ECR does not list the image' };
  for (const rule of policy) {
    if ('unreadable' in rule) return { kind: 'unknown', why: rule.unreadable };
    if (matchesTags(rule, image.tags)) return fateUnder(rule, image, { images, now });
  }
  return { kind: 'stays' };
}

function fateUnder(
  rule: LifecycleRule,
  image: StoredImage,
  { images, now }: Pick<LifecycleQuestion, 'images' | 'now'>,
): Fate {
  const newer = images.filter(
    (each) => each.digest !== image.digest && matchesTags(rule, each.tags) && since(each) >= since(image),
  );
  const rank = newer.length + 1;
  if (rule.count.of === 'images') {
    const pushes = Math.max(0, rule.count.keep - rank + 1);
    return { kind: 'by-count', rule, rank, pushes, due: pushes === 0 };
  }
  const from = rule.count.of === 'pulled' ? lastUse(image) : since(image);
  const at = from + rule.count.days * DAY_MS;
  return { kind: 'by-age', rule, rank, at, due: now > at };
}

/** From when ECR reckons an image's age: its push, or its restoration from the archive. */
function since(image: StoredImage): number {
  return image.activatedAt ?? image.pushedAt;
}

/** The last pull, or the push when there was none; a restoration from the archive after it counts as a pull. */
function lastUse({ lastPulledAt, pushedAt, activatedAt }: StoredImage): number {
  return Math.max(lastPulledAt ?? pushedAt, activatedAt ?? 0);
}

/** Whether a rule decides over an image with these tags, unless an earlier rule does. */
export function matchesTags(
  { tagStatus, patterns }: Pick<LifecycleRule, 'tagStatus' | 'patterns'>,
  tags: readonly string[],
): boolean {
  switch (tagStatus) {
    case 'any':
      return true;
    case 'untagged':
      return tags.length === 0;
    case 'tagged':
      return patterns.every((pattern) => tags.some((tag) => matchesPattern(pattern, tag)));
  }
}

/** `*` stands for any characters, also none; everything else for itself. No regular expression: a pattern may hold any text. */
function matchesPattern(pattern: string, tag: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return tag === head;
  if (!tag.startsWith(head)) return false;
  let from = head.length;
  for (const part of rest) {
    const found = tag.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return tag.length - tail.length >= from && tag.endsWith(tail);
}

interface RuleJson {
  readonly rulePriority?: unknown;
  readonly selection?: {
    readonly tagStatus?: unknown;
    readonly tagPrefixList?: unknown;
    readonly tagPatternList?: unknown;
    readonly storageClass?: unknown;
    readonly countType?: unknown;
    readonly countUnit?: unknown;
    readonly countNumber?: unknown;
  };
  readonly action?: { readonly type?: unknown };
}

/** Reads GetLifecyclePolicy's text. What cannot be read becomes an unreadable rule: never an exception, and never silence. */
export function parseLifecyclePolicy(text: string): LifecyclePolicy {
  const rules = rulesIn(text);
  if (rules === undefined) return [{ priority: 0, unreadable: 'the policy is not a list of rules' }];
  return rules
    .filter((rule) => rule?.selection?.storageClass !== 'archive')
    .map(readRule)
    .sort((a, b) => a.priority - b.priority);
}

function rulesIn(text: string): readonly (RuleJson | null)[] | undefined {
  try {
    const policy = JSON.parse(text) as { readonly rules?: unknown } | null;
    return Array.isArray(policy?.rules) ? (policy.rules as (RuleJson | null)[]) : undefined;
  } catch {
    return undefined;
  }
}

function readRule(json: RuleJson | null): LifecycleRule | UnreadableRule {
  const priority = json?.rulePriority;
  if (typeof priority !== 'number') return { priority: 0, unreadable: 'a rule has no rulePriority' };
  const unknown = (part: string): UnreadableRule => ({
    priority,
    unreadable: `rule ${priority} has ${part} that this release does not know`,
  });
  const selection = json?.selection ?? {};
  const tags = readTags(selection);
  if (tags === undefined) return unknown('a tag requirement');
  const count = readCount(selection);
  if (count === undefined) return unknown('a count');
  const action = json?.action?.type;
  if (action !== 'expire' && action !== 'transition') return unknown('an action');
  return { priority, ...tags, count, effect: action === 'expire' ? 'delete' : 'archive' };
}

type Selection = NonNullable<RuleJson['selection']>;

function readTags({ tagStatus, tagPrefixList, tagPatternList }: Selection) {
  if (tagStatus === 'any' || tagStatus === 'untagged') return { tagStatus, patterns: [] } as const;
  const prefixes = isTexts(tagPrefixList) ? tagPrefixList.map((prefix) => `${prefix}*`) : [];
  const patterns = [...prefixes, ...(isTexts(tagPatternList) ? tagPatternList : [])];
  return tagStatus === 'tagged' && patterns.length > 0 ? ({ tagStatus, patterns } as const) : undefined;
}

function readCount({ countType, countUnit, countNumber }: Selection): LifecycleRule['count'] | undefined {
  if (typeof countNumber !== 'number') return undefined;
  if (countType === 'imageCountMoreThan') return { of: 'images', keep: countNumber };
  if (countUnit !== 'days') return undefined;
  if (countType === 'sinceImagePushed') return { of: 'pushed', days: countNumber };
  return countType === 'sinceImagePulled' ? { of: 'pulled', days: countNumber } : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

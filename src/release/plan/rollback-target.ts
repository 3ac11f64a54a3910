/** Whether a rollback could go to the previous version, now and until the next release has replaced it: checked before it is needed. */
import type { Explanation } from '../../errors.ts';
import { isIdle, type FunctionVersion } from '../../types.ts';
import { DAY_MS, type Fate } from './lifecycle.ts';

export type TargetVerdict =
  /** The previous version can serve again, and nothing is on its way that would change that. */
  | { readonly kind: 'proven'; readonly why: string }
  /** It may not, or this is not known. A warning, or a refusal where a rollback target is required. */
  | { readonly kind: 'at-risk'; readonly why: string; readonly fix: string }
  /** There is no previous version. */
  | { readonly kind: 'none'; readonly why: string };

type PreviousVersion = Pick<FunctionVersion, 'version' | 'state' | 'stateReason' | 'digest'>;

/** What was read; an Explanation stands for what could not be read. */
export interface TargetEvidence {
  readonly previous: PreviousVersion | undefined;
  /** The ECR repository of the previous version's image. */
  readonly repository: string;
  readonly image: 'found' | 'missing' | Explanation;
  /** What the lifecycle policy does to the image; `stays` where there is no policy. */
  readonly lifecycle: Fate | Explanation;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The next release pushes its image before it serves: until it does, today's rollback target must still be there. */
const SPARE_PUSHES = 1;

/** How many images a rule should keep where a message names a number: as many releases as the history shows. */
const KEEP_IMAGES = 10;

export function judgeTarget(evidence: TargetEvidence): TargetVerdict {
  const { previous, image, lifecycle } = evidence;
  if (previous === undefined) return { kind: 'none', why: 'No version served before this release.' };
  const risk = versionRisk(previous) ?? imageRisk(image, evidence) ?? lifecycleRisk(lifecycle, evidence);
  if (risk !== undefined) return { kind: 'at-risk', why: risk.what, fix: risk.fix ?? '' };
  return { kind: 'proven', why: proof(previous, evidence) };
}

/** Lambda's own view of the version. Idle for weeks means Inactive, and the rollback wakes it. */
function versionRisk({ version, state, stateReason, digest }: PreviousVersion): Explanation | undefined {
  if (digest === undefined) {
    return {
      what: `Lambda names no image digest for version ${version}.`,
      fix: 'Look at it in the Lambda console; only versions made of a container image can be checked.',
    };
  }
  if (state === 'Active' || isIdle(state, stateReason)) return undefined;
  const because = stateReason === '' ? '' : ` (${stateReason})`;
  if (state === 'Pending') {
    return {
      what: `Version ${version} is still Pending${because}.`,
      fix: 'Wait until it is Active, then run this again.',
    };
  }
  return {
    what: `Version ${version} is ${state ?? 'in an unknown state'}${because}.`,
    fix: 'Release its commit again to get a version that can serve, or remove the cause that Lambda names.',
  };
}

function imageRisk(
  image: TargetEvidence['image'],
  { previous, repository }: TargetEvidence,
): Explanation | undefined {
  if (image === 'found') return undefined;
  if (image !== 'missing') return image;
  return {
    what: `The image of version ${previous?.version} (${previous?.digest}) is not in the ECR repository ${repository}: it was deleted or archived.`,
    fix: `Push the same image again, and let the lifecycle rules of ${repository} keep the newest ${KEEP_IMAGES} images; the next release then has a rollback target again.`,
  };
}

function lifecycleRisk(lifecycle: Fate | Explanation, evidence: TargetEvidence): Explanation | undefined {
  if (!('kind' in lifecycle)) return lifecycle;
  const { previous, repository, now } = evidence;
  switch (lifecycle.kind) {
    case 'stays':
      return undefined;
    case 'unknown':
      return {
        what: `The lifecycle policy of ${repository} could not be evaluated: ${lifecycle.why}.`,
        fix: `Check with aws ecr start-lifecycle-policy-preview --repository-name ${repository} that it keeps ${previous?.digest}.`,
      };
    case 'by-count':
      if (lifecycle.pushes > SPARE_PUSHES) return undefined;
      return removal(lifecycle, evidence, whenByCount(lifecycle.pushes));
    case 'by-age':
      return removal(lifecycle, evidence, whenByAge(lifecycle.at, now));
  }
}

type Removal = Extract<Fate, { kind: 'by-count' | 'by-age' }>;

function removal(fate: Removal, { previous, repository }: TargetEvidence, when: string): Explanation {
  const { rule } = fate;
  const keep = remedy(fate);
  const fix =
    rule.count.of === 'images'
      ? `raise countNumber to ${keep} or more`
      : `let it count instead: "countType": "imageCountMoreThan", "countNumber": ${keep}, without countUnit`;
  return {
    what: `Rule ${rule.priority} of the lifecycle policy of ${repository} ${rule.effect}s the image of version ${previous?.version} ${when}.`,
    fix: `In that rule, ${fix}.`,
  };
}

/** The imageCountMoreThan with which the deciding rule keeps the image through the spare push; this release's image is there already. */
export function remedy({ rank }: Removal): number {
  return Math.max(KEEP_IMAGES, rank + SPARE_PUSHES);
}

function whenByCount(pushes: number): string {
  return pushes === 0 ? 'within a day' : 'with the next push after this release, before that one serves';
}

/** An age comes for every image, so its date is given however far away: no release may happen before it. */
function whenByAge(at: number, now: number): string {
  if (now > at) return 'within a day';
  const days = Math.floor((at - now) / DAY_MS);
  return days === 0 ? 'in less than a day' : `in ${plural(days, 'day', 'days')}`;
}

function proof({ version, state }: PreviousVersion, { repository, lifecycle }: TargetEvidence): string {
  const active = state === 'Active' ? 'is Active' : 'is idle (a rollback wakes it)';
  const kept =
    'kind' in lifecycle && lifecycle.kind === 'by-count'
      ? `rule ${lifecycle.rule.priority} keeps it for ${plural(lifecycle.pushes - 1, 'more push', 'more pushes')}`
      : 'no lifecycle rule removes it';
  return `Version ${version} ${active}, its image is in ${repository}, and ${kept}.`;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

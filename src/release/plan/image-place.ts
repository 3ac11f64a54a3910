/** Where an image is when ECR does not give it, and whether its tag can be moved. */
import type { TagSettings } from '../../clients/ecr.ts';
import { UserError } from '../../errors.ts';

/** ECR's `imageStatus`; undefined where there is no such image, or where it was not read. */
export type ImageStatus = string | undefined;

/** @returns what a person can do about an image that ECR does not give. */
export function imageGone(repository: string, name: string, status?: ImageStatus): UserError {
  if (status === 'ARCHIVED' || status === 'ACTIVATING') {
    const doing = status === 'ARCHIVED' ? 'is archived' : 'is being restored from the archive';
    return new UserError('image-archived', {
      what: `The image ${name} of ECR repository ${repository} ${doing}, and Lambda cannot use it until it is restored.`,
      fix: `Push it again, which restores it at once, or run aws ecr update-image-storage-class --repository-name ${repository} --image-id ${idOf(name)} --target-storage-class STANDARD and wait up to 20 minutes; then run this again.`,
    });
  }
  return new UserError('image-missing', {
    what: `ECR repository ${repository} has no image ${name}.`,
    fix: 'Push it first, or name another one.',
  });
}

function idOf(name: string): string {
  return name.startsWith('sha256:') ? `imageDigest=${name}` : `imageTag=${name}`;
}

/** Whether nobody can move this tag; undefined for a setting that is not known here. */
export function isTagImmutable({ mutability, exclusions }: TagSettings, tag: string): boolean | undefined {
  const isExcluded = exclusions.some((filter) => matchesWildcard(filter, tag));
  switch (mutability) {
    case 'IMMUTABLE':
      return true;
    case 'MUTABLE':
      return false;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !isExcluded;
    case 'MUTABLE_WITH_EXCLUSION':
      return isExcluded;
    default:
      return undefined;
  }
}

/** What keeps others from moving a tag, as the beginning of a sentence; without settings they are not known. */
export function howToPin(settings: TagSettings | undefined, tag: string): string {
  const isImmutable = settings && isTagImmutable(settings, tag);
  if (isImmutable) return 'The tag is immutable, so it was deleted in between: find out by whom';
  return isImmutable === false && settings?.mutability === 'IMMUTABLE_WITH_EXCLUSION'
    ? `Take the exclusion that fits ${tag} (${settings.exclusions.join(', ')}) out of the repository's immutable tags`
    : 'Make the tags of the repository immutable';
}

/** `*` stands for any characters. By hand, because a regex with several of them may take long over a tag. */
function matchesWildcard(filter: string, tag: string): boolean {
  const [first = '', ...parts] = filter.split('*');
  if (parts.length === 0) return filter === tag;
  if (!tag.startsWith(first)) return false;
  const last = parts.pop() ?? '';
  let at = first.length;
  for (const part of parts) {
    const found = tag.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return tag.length - last.length >= at && tag.endsWith(last);
}

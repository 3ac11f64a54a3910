import type { ImageTagMutabilityExclusionFilter } from '@aws-sdk/client-ecr';
import { plainError } from '../errors.ts';
import type { EcrRepository, TagMutability } from '../state.ts';

export interface MutabilityInput {
  readonly imageTagMutability?: TagMutability | undefined;
  readonly imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
}

const FILTER = /^[0-9a-zA-Z._*-]{1,128}$/;
const MOST_FILTERS = 5;

/** Whether a tag that exists stays where it is: exclusions turn the repository's rule round for tags they fit. */
export function isImmutable(repository: EcrRepository, tag: string): boolean {
  const { imageTagMutability, tagExclusions = [] } = repository;
  const excluded = tagExclusions.some(({ filter = '' }) => fits(filter, tag));
  switch (imageTagMutability) {
    case 'IMMUTABLE':
      return true;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !excluded;
    case 'MUTABLE_WITH_EXCLUSION':
      return excluded;
    case 'MUTABLE':
      return false;
  }
}

function fits(filter: string, tag: string): boolean {
  const expression = filter.replaceAll('.', '\\.').replaceAll('*', '.*');
  return new RegExp(`^${expression}$`).test(tag);
}

/** Sets the rule and its exclusions; filters go with `…_WITH_EXCLUSION` and with nothing else. */
export function setMutability(repository: EcrRepository, input: MutabilityInput): void {
  const { imageTagMutability = 'MUTABLE', imageTagMutabilityExclusionFilters: filters = [] } = input;
  const wanted = imageTagMutability.endsWith('_WITH_EXCLUSION');
  const wellFormed = filters.every(
    ({ filter, filterType }) => filterType === 'WILDCARD' && FILTER.test(filter ?? ''),
  );
  if (wanted !== filters.length > 0 || filters.length > MOST_FILTERS || !wellFormed) {
    throw plainError(
      400,
      'InvalidParameterException',
      "Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: " +
        `'1 to ${MOST_FILTERS} filters with IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION, none otherwise'`,
    );
  }
  repository.imageTagMutability = imageTagMutability;
  if (wanted) repository.tagExclusions = structuredClone([...filters]);
  else delete repository.tagExclusions;
}

export function describeMutability(repository: EcrRepository): {
  imageTagMutability: TagMutability;
  imageTagMutabilityExclusionFilters?: ImageTagMutabilityExclusionFilter[];
} {
  const { imageTagMutability, tagExclusions } = repository;
  return {
    imageTagMutability,
    ...(tagExclusions === undefined ? {} : { imageTagMutabilityExclusionFilters: tagExclusions }),
  };
}

import type {
  ListTagsCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-lambda';
import { invalidParameter } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { LambdaFunction } from '../state.ts';
import { findFunction, parseReference } from './resolve.ts';

/** Only functions have tags. */
function tagged(aws: AwsContext, arn: string | undefined): LambdaFunction {
  if (parseReference(arn ?? '').qualifier !== undefined) {
    throw invalidParameter(
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    );
  }
  return findFunction(aws, arn);
}

export function listTags(aws: AwsContext, input: ListTagsCommandInput): { Tags: Record<string, string> } {
  return { Tags: tagged(aws, input.Resource).tags };
}

/** Adds to the tags; what is not named is kept. */
export function tagResource(aws: AwsContext, input: TagResourceCommandInput): Record<string, never> {
  const fn = tagged(aws, input.Resource);
  fn.tags = { ...fn.tags, ...input.Tags };
  return {};
}

export function untagResource(aws: AwsContext, input: UntagResourceCommandInput): Record<string, never> {
  const fn = tagged(aws, input.Resource);
  for (const key of input.TagKeys ?? []) delete fn.tags[key];
  return {};
}

import { GraphQLError } from 'graphql';

/** An error as GitHub's GraphQL API gives it: HTTP 200, the field null, and a `type` beside the message. */
export class GitHubError extends GraphQLError {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

export const notFound = (what: string) => new GitHubError('NOT_FOUND', what);
export const forbidden = (message: string) => new GitHubError('FORBIDDEN', message);
export const unprocessable = (message: string) => new GitHubError('UNPROCESSABLE', message);
export const stale = (message: string) => new GitHubError('STALE_DATA', message);

/** The pull request that started the run, from the event that GitHub put into a file on the runner. */
import { readFile } from 'node:fs/promises';
import type { Environment } from '../types.ts';

export interface PullRequestEvent {
  readonly number: number;
  /** The commit that was pushed; what is checked out is its merge with the base. */
  readonly head: string | undefined;
  /** Its branch lies in another repository, so the job's token reads only, and there is no OIDC token. */
  readonly isFork: boolean;
}

/** @returns undefined where the run has no pull request. */
export async function readPullRequestEvent(env: Environment): Promise<PullRequestEvent | undefined> {
  const [, number] = /^refs\/pull\/(\d{1,9})\//.exec(env['GITHUB_REF'] ?? '') ?? [];
  if (number === undefined) return undefined;
  const { pull_request: pull } = await eventOf(env['GITHUB_EVENT_PATH']);
  const own = env['GITHUB_REPOSITORY'];
  const from = pull?.head?.repo?.full_name;
  return {
    number: Number(number),
    head: pull?.head?.sha,
    // A fork that was deleted has no name any more.
    isFork: pull?.head !== undefined && from !== own,
  };
}

interface Event {
  readonly pull_request?: {
    readonly head?: { readonly sha?: string; readonly repo?: { readonly full_name?: string } | null };
  };
}

async function eventOf(path: string | undefined): Promise<Event> {
  if (path === undefined) return {};
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Event;
  } catch {
    return {};
  }
}

import type { Tools } from '../../../clients/tools.ts';
import { decideRollback, type Writer } from '../../plan/shift.ts';
import { readRelease, type Release } from '../../record/release.ts';
import type { Alias, Commit, VersionNumber } from '../../../types.ts';
import { switchAlias, type Switched } from './move-alias.ts';

export interface WentLive {
  readonly functionName: string;
  readonly aliasName: string;
  /** The alias as this run's own switch left it. */
  readonly alias: Alias;
  /** What served before; undefined when this was the first release. */
  readonly previous: { readonly version: VersionNumber; readonly commit: Commit | undefined } | undefined;
}

/** Returns the alias to what served before this run moved it; undefined when nothing did. The one given up stays given up. */
export async function goBack(
  tools: Pick<Tools, 'lambda' | 'clock' | 'random' | 'signal' | 'log' | 'guards'>,
  { functionName, aliasName, alias, previous }: WentLive,
  writer: Writer,
): Promise<Switched | undefined> {
  if (previous === undefined) return undefined;
  const seen: Release = readRelease(alias, tools.guards.trustRecord);
  const target = { version: previous.version, commit: previous.commit, from: alias.version };
  const decide = decideRollback(target, writer, tools.guards);
  return switchAlias(tools, { functionName, aliasName, first: seen, seen, decide, op: writer.op });
}

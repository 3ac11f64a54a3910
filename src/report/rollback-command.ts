/**
 * The line to paste for going back, whole, in the environment that the run was in: for a run on GitHub one that works from any folder, for
 * one from a terminal the same program in the same folder.
 */
import type { RunIdentity } from '../types.ts';
import type { Asked, ReleaseResult } from '../release/result.ts';
import { repositoryPage } from './github-links.ts';

export const PREVIOUS: Asked = { to: 'previous', force: false };

/** `to` is `previous` or what else the workflow takes. Only `force` leads to what was rolled back as bad. */
export function rollbackCommand(
  { environment, service, run }: Pick<ReleaseResult, 'environment' | 'service' | 'run'>,
  { to, force }: Asked,
): string {
  if (run?.typed !== undefined) {
    const { program, target } = run.typed;
    return [
      `${program} rollback`,
      ...target.map(([name, value]) => `--${name} ${shellWord(value)}`),
      ...(environment === undefined ? [] : [`--environment ${shellWord(environment)}`]),
      `--to ${to}`,
      ...(service === undefined ? [] : [`--service ${service}`]),
      ...(force ? ['--force'] : []),
    ].join(' ');
  }
  const repository = repositoryOf(run);
  return [
    'gh workflow run rollback.yml',
    ...(repository === undefined ? [] : [`--repo ${shellWord(repository)}`]),
    ...(environment === undefined ? [] : [`-f ${shellWord(`environment=${environment}`)}`]),
    `-f to=${to}`,
    ...(service === undefined ? [] : [`-f service=${service}`]),
    ...(force ? ['-f force=true'] : []),
  ].join(' ');
}

/** `OWNER/NAME`, on a server of one's own with its host before it. Undefined outside GitHub. */
function repositoryOf(run: RunIdentity | undefined): string | undefined {
  const [, host, name] = /^https?:\/\/([^/]+)\/(.+)$/.exec(repositoryPage(run) ?? '') ?? [];
  return host === 'github.com' ? name : host && `${host}/${name}`;
}

/** One argument for any POSIX shell, whatever is in it. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

import { openDeployment, reportDeployment } from '../../clients/github-deployments.ts';
import type { ReleaseName, RunIdentity } from '../../types.ts';
import { NOTHING_PROVED } from '../../words.ts';
import type { AliasName } from './alias/read-alias.ts';
import type { ReleaseTools } from '../tools.ts';

export interface ShownRelease {
  readonly run: RunIdentity;
  readonly environment: string;
  readonly token: string;
  readonly alias: AliasName;
  readonly apiUrl?: string | undefined;
  readonly release: ReleaseName;
  /** Why, where a person said so. */
  readonly reason?: string | undefined;
  /** Neither tests nor samples proved it. */
  readonly unproven?: boolean;
}

/** A GitHub Deployment with the environment's URL, for people to see; no run reads it, and whatever goes wrong is a warning. */
export async function showDeployment(
  tools: ReleaseTools,
  { run, environment, token, alias, apiUrl, release, reason, unproven }: ShownRelease,
): Promise<void> {
  const github = await tools.github(token);
  const { repository } = run;
  const warn = (message: string) => tools.log.warning(message);
  const serves = `${alias.functionName} serves version ${release.version} behind ${alias.aliasName}`;
  const remark = reason ?? (unproven === true ? NOTHING_PROVED : undefined);
  const description = remark === undefined ? serves : `${serves}: ${remark}`;
  const payload = { version: release.version, digest: release.digest ?? '' };
  const commit = release.commit ?? run.commit;
  const id = await openDeployment(github, { repository, commit, environment, description, payload }, warn);
  if (id === undefined) return;
  const status = {
    state: 'success' as const,
    description,
    ...(apiUrl === undefined ? {} : { environmentUrl: apiUrl }),
    ...(run.runUrl === '' ? {} : { logUrl: run.runUrl }),
  };
  await reportDeployment(github, { repository, id, status }, warn);
}

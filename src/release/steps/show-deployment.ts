import { openDeployment, reportDeployment } from '../../clients/github-deployments.ts';
import type { Tools } from '../../clients/tools.ts';
import type { ReleaseName, Story } from '../../report/story.ts';
import type { RunIdentity } from '../../types.ts';

export interface ShownRelease {
  readonly run: RunIdentity;
  readonly environment: string | undefined;
  readonly token: string | undefined;
  readonly story: Pick<Story, 'functionName' | 'aliasName' | 'apiUrl' | 'action'>;
  readonly release: ReleaseName | undefined;
  /** Why, where a person said so. */
  readonly reason?: string | undefined;
}

/**
 * A GitHub Deployment with the environment's URL, for people to see; nothing ever asks it. Without an environment or a token there is
 * none, and whatever goes wrong is a warning.
 */
export async function showDeployment(
  tools: Pick<Tools, 'github' | 'log'>,
  { run, environment, token, story, release, reason }: ShownRelease,
): Promise<void> {
  if (environment === undefined || token === undefined || run.repository === '' || release === undefined)
    return;
  const github = await tools.github(token);
  const { repository } = run;
  const warn = (message: string) => tools.log.warning(message);
  const serves = `${story.functionName} serves version ${release.version} behind ${story.aliasName}`;
  const description = reason === undefined ? serves : `${serves}: ${reason}`;
  const payload = { version: release.version, digest: release.digest ?? '' };
  const commit = release.commit ?? run.commit;
  const id = await openDeployment(github, { repository, commit, environment, description, payload }, warn);
  if (id === undefined) return;
  const status = {
    state: 'success' as const,
    description,
    ...(story.apiUrl === undefined ? {} : { environmentUrl: story.apiUrl }),
    ...(run.runUrl === '' ? {} : { logUrl: run.runUrl }),
  };
  await reportDeployment(github, { repository, id, status }, warn);
}

import type { DeployTarget } from '../../plan/target.ts';
import type { ReleasePlan } from '../../plan/deploy.ts';
import {
  configurationChanges,
  wishedConfiguration,
  type ConfigurationWish,
} from '../../plan/configuration.ts';
import { NO_BUILD } from '../../record/version-note.ts';
import type { Commit, Digest, FunctionVersion, RunIdentity } from '../../../types.ts';
import { publishVersion, type Published } from './publish-version.ts';
import type { ReleaseTools } from '../../tools.ts';

/** An image that was checked, under the name that Lambda takes. */
export interface CheckedImage {
  readonly imageUri: string;
  readonly digest: Digest;
  readonly commit: Commit;
  /** Compressed. */
  readonly bytes: number | undefined;
  /** The identity of its build; undefined where it was built elsewhere. */
  readonly build: string | undefined;
}

export interface WantedVersion {
  readonly target: DeployTarget;
  readonly plan: ReleasePlan;
  readonly image: CheckedImage;
  readonly run: RunIdentity;
  /** The version that is live now. */
  readonly live: FunctionVersion | undefined;
}

/** The candidate: a version of the function with exactly this image, made and not yet checked. */
export async function publishCandidate(
  tools: ReleaseTools,
  { target, plan, image, run, live }: WantedVersion,
): Promise<Published> {
  const { functionName, wish } = target;
  const { architecture, base } = plan;
  const { imageUri, digest, commit, build = NO_BUILD } = image;
  const note = { digest, commit, base, run: `${run.runId}.${run.attempt}`, build };
  const published = await publishVersion(tools, {
    functionName,
    imageUri,
    digest,
    architecture,
    wish,
    note,
    mayExist: plan.mayExist,
  });
  const inherited = live === undefined ? [] : leftovers(live, published.version, wish);
  if (inherited.length > 0)
    tools.log.warning(
      `What this release does not name comes from the function's $LATEST, and it is not as it was live: ${inherited.join(', ')}. Name it in the release, or set the function to what it should be.`,
    );
  return published;
}

/** Other writers change $LATEST too, such as Terraform or a deploy that was rolled back: what they left there would be released unnoticed. */
function leftovers(
  live: FunctionVersion,
  version: FunctionVersion,
  wish: ConfigurationWish,
): readonly string[] {
  return configurationChanges(wishedConfiguration(live.configuration, wish), version.configuration);
}

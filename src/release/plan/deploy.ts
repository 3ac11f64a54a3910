/** From what is wished and what exists to what will be done: a dry run prints this, and a run carries out the same. */
import { UserError } from '../../errors.ts';
import type { Guards } from '../record/guards.ts';
import { notConnected, type ApiSituation } from './api.ts';
import { deploySteps, plannedApi, stayingSteps, type DeploySteps } from './deploy-steps.ts';
import type { ShiftSteps } from './shift-steps.ts';
import { aliasOf, type Release } from '../record/release.ts';
import type {
  Architecture,
  Configuration,
  Digest,
  FunctionVersion,
  RunIdentity,
  VersionNumber,
} from '../../types.ts';
import { configurationChanges, wishedConfiguration, type ConfigurationWish } from './configuration.ts';
import { refuseOtherKind } from './function-kind.ts';
import { childFor, readManifest } from './image.ts';
import { refuseOtherPlace } from './place.ts';
import { mustYield, takenOver, takesOver, type Writer } from './order.ts';
import { newerRecord, aliasOnLatest } from './shift.ts';

/** What the plan needs to know of the inputs. */
export interface DeployWish extends ConfigurationWish {
  readonly functionName: string;
  readonly aliasName: string;
  readonly repository: string;
  /** The image as the caller calls it: `iris:<commit>` or the image-uri. */
  readonly imageName: string;
  /** The caller brought the image (image-uri): it is never built. */
  readonly imageGiven: boolean;
  readonly create: boolean;
  readonly role: string | undefined;
  readonly architecture: Architecture | undefined;
  /** The API in front of the alias; `repairs`: its integrations and permission may be mended. */
  readonly api: PlannedApi | undefined;
  /** The model's tests in words; undefined where none run. */
  readonly tests?: string | undefined;
  /** The same, where they run inside the image. */
  readonly testsInImage?: string | undefined;
  /** How many samples the version is checked with. */
  readonly samples?: number;
  readonly pinPrevious?: boolean;
  /** The GitHub environment whose deployment is shown. */
  readonly shownIn?: string | undefined;
  /** Whether other services are released with this one. */
  readonly together?: boolean;
}

export interface PlannedApi {
  /** `REST API abc, stage prod`. */
  readonly name: string;
  readonly apiId: string;
  readonly repairs: boolean;
}

/** What exists; `observe.ts` reads it. */
export interface DeploySituation {
  readonly release: Release;
  readonly live: FunctionVersion | undefined;
  readonly latest: FunctionVersion | undefined;
  readonly image:
    { readonly digest: Digest; readonly mediaType: string; readonly manifest: string } | undefined;
  readonly repositoryExists: boolean;
  readonly api?: ApiSituation | undefined;
}

export type DeployPlan = NothingToRelease | Superseded | ReleasePlan;

/** `unknown`: that it is older than what is live is not known. */
export interface Superseded {
  readonly kind: 'superseded';
  readonly why: string;
  readonly unknown?: UserError | undefined;
}

/** The alias serves this already; what is behind it is brought up to date all the same. */
export interface NothingToRelease {
  readonly kind: 'noop';
  readonly why: string;
  readonly version: FunctionVersion;
  readonly steps: ShiftSteps;
}

export interface ReleasePlan {
  readonly kind: 'release';
  readonly steps: DeploySteps;
  /** Differences a person should know of: drift, foreign writers. */
  readonly warnings: readonly string[];
  readonly architecture: Architecture;
  /** The version that serves now: the `base` of the new version. */
  readonly base: VersionNumber | undefined;
  /** An earlier attempt may have published this version already. */
  readonly mayExist: boolean;
}

export interface DeployQuestion {
  readonly wish: DeployWish;
  readonly now: DeploySituation;
  readonly run: RunIdentity;
  readonly writer: Writer;
}

/** @throws UserError when the situation needs a person: a zip function, an alias on $LATEST, something missing. */
export function planDeploy({ wish, now, run, writer }: DeployQuestion, guards: Guards): DeployPlan {
  const { release, live } = now;
  if (release.kind === 'newer') throw newerRecord(release.format, release.alias.name);
  const alias = aliasOf(release);
  if (alias?.version === '$LATEST') throw aliasOnLatest(alias);
  const existing = live ?? now.latest;
  const imageUri = wish.imageGiven ? wish.imageName : undefined;
  refuseOtherPlace({ functionName: wish.functionName, imageUri }, existing?.arn);
  refuseWhatIsMissing(wish, now);
  if (existing?.packageType === 'Zip') throw zipFunction(wish.functionName);
  for (const version of [live, now.latest]) refuseOtherKind(version, wish.functionName);
  const architecture = existing?.architecture ?? wish.architecture ?? 'x86_64';
  refuseOtherArchitecture(wish, architecture);
  // A version that failed in Lambda cannot serve, whatever it is made of.
  const serves = live !== undefined && live.state !== 'Failed';
  if (serves && now.image !== undefined && !guards.mustRecover(release)) {
    const digest = digestFor(wish.imageName, now.image, architecture);
    const isAsked = writer.force && now.latest !== undefined;
    const isNew = isAsked && changedElsewhere(live, now.latest, wish).length > 0;
    if (!isNew && guards.isSameRelease(live, digest, wishedConfiguration(live.configuration, wish))) {
      return {
        kind: 'noop',
        why: `version ${live.version} serves this image with this configuration already`,
        version: live,
        steps: stayingSteps(wish, now, { run, version: live }),
      };
    }
  }
  const taken = takenOver(release, writer);
  if (taken !== undefined) throw taken;
  const yields = mustYield(release, writer, guards);
  if (yields !== undefined) return { kind: 'superseded', why: yields };
  const build = now.image === undefined;
  const recovers = guards.mustRecover(release);
  // After a canary whose run was lost, what is live may be this very release.
  const mayExist = existing !== undefined && !build && (!wish.imageGiven || run.attempt !== '1' || recovers);
  return {
    kind: 'release',
    warnings: [takesOver(release, writer) ?? [], warningsAbout(release)].flat(),
    architecture,
    base: live?.version,
    mayExist,
    steps: deploySteps(wish, now, { architecture, recovers, mayExist }),
  };
}

/** How a release would configure the function otherwise than the live version is: somebody changed `$LATEST` since. */
export function changedElsewhere(
  live: FunctionVersion,
  latest: FunctionVersion,
  wish: ConfigurationWish,
): readonly string[] {
  return [
    ...configurationChanges(live.configuration, wishedConfiguration(latest.configuration, wish)),
    ...(live.role === latest.role ? [] : [`role ${live.role} → ${latest.role}`]),
  ];
}

/** The digest that a deploy of this image would use: its own, or the fitting child's of an index. */
export function digestFor(
  name: string,
  image: NonNullable<DeploySituation['image']>,
  architecture: Architecture,
): Digest {
  const manifest = readManifest(name, image.mediaType, image.manifest);
  return manifest.kind === 'index' ? childFor(name, manifest, architecture) : image.digest;
}

function refuseWhatIsMissing(wish: DeployWish, now: DeploySituation): void {
  if (now.image === undefined && wish.imageGiven) {
    throw new UserError('image-missing', {
      what: `There is no image ${wish.imageName} in ECR.`,
      fix: 'Push it first, or name another one in image-uri.',
    });
  }
  if (wish.create) return;
  const missing = [
    ...(now.repositoryExists
      ? []
      : [
          `the ECR repository ${wish.repository} (aws ecr create-repository --repository-name ${wish.repository} --image-tag-mutability IMMUTABLE)`,
        ]),
    ...((now.live ?? now.latest) ? [] : [`the function ${wish.functionName} (package type Image)`]),
    ...(now.release.kind === 'none' ? [`the alias ${wish.aliasName} of ${wish.functionName}`] : []),
  ];
  if (missing.length > 0) {
    throw new UserError('missing', {
      what: `Not there in ${place((now.live ?? now.latest)?.arn)}: ${missing.join(', ')}.`,
      fix: 'Create it, or set create: true and role for the first deploy; check the region if it should exist.',
    });
  }
}

/** Where a run looks, as far as what it found says. */
function place(arn: string | undefined): string {
  const [, , , region, account] = arn?.split(':') ?? [];
  return region === undefined ? 'this account and region' : `account ${account}, region ${region}`;
}

/** Before anything is written: through such an API nobody would meet the release. @throws UserError `api-not-connected`. */
export function refuseUnconnected(wish: DeployWish, now: DeploySituation): void {
  const plan = plannedApi(wish, now.api, now.live ?? now.latest);
  if (plan?.connected.length === 0) throw notConnected(wish.aliasName, plan.elsewhere);
}

function refuseOtherArchitecture(wish: DeployWish, architecture: Architecture): void {
  if (wish.architecture !== undefined && wish.architecture !== architecture) {
    throw new UserError('architecture', {
      what: `${wish.functionName} runs on ${architecture}, and architecture asks for ${wish.architecture}.`,
      fix: 'Leave architecture out; it only counts when the function is created.',
    });
  }
}

function zipFunction(functionName: string): UserError {
  return new UserError('zip-function', {
    what: `${functionName} is a zip function, and a function's package type cannot be changed.`,
    fix: 'Create a function with package type Image under another name and release to that one.',
  });
}

function warningsAbout(release: Release): readonly string[] {
  if (release.kind !== 'drifted') return [];
  return [
    `The alias ${release.alias.name} has drifted: ${release.why}. What serves now (version ${release.alias.version}) becomes the previous release.`,
  ];
}

/** The configuration of a new function before any input: Lambda's own defaults. */
export const NEW_FUNCTION: Configuration = {
  memorySize: 128,
  timeout: 3,
  ephemeralStorage: 512,
  tracing: 'PassThrough',
  environment: {},
  subnetIds: [],
  securityGroupIds: [],
};

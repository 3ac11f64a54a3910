/** What a deploy is planned from: what is wished and what exists. */
import type { GatePolicy } from '../../inputs/gate-policy.ts';
import type { Architecture, Digest, FunctionVersion } from '../../types.ts';
import type { Release } from '../record/release.ts';
import type { ApiSituation } from './api.ts';
import type { ConfigurationWish } from './configuration.ts';

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
  /** An image that is built here answers them here, before its push. */
  readonly triesImage?: boolean;
  /** An image that was not built here must have its attestation. */
  readonly provesImage?: boolean;
  /** What is built here gets an attestation. */
  readonly attestsImage?: boolean;
  /** How long ECR's scan of the image is waited for, where it is asked for. Minutes. */
  readonly scanWait?: number | undefined;
  readonly pinPrevious?: boolean;
  /** What must hold before any traffic. */
  readonly gate?: GatePolicy | undefined;
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

import type { ApiAddress } from '../../clients/api-gateway.ts';
import type { ImageId } from '../../clients/ecr.ts';
import type { DeployWish, PlannedApi } from './deploy-wish.ts';
import type { FurtherWish } from './further-configuration.ts';
import type { Digest, RunIdentity } from '../../types.ts';
import type { apiFields, DeployInputs } from '../../inputs/deploy-inputs.ts';
import type { ValuesOf } from '../../inputs/fields.ts';

/** Where one release goes, said once and handed to every step. */
export interface DeployTarget {
  readonly functionName: string;
  readonly aliasName: string;
  readonly repository: string;
  /** The commit's tag, or the image that the caller named. */
  readonly image: ImageId;
  readonly imageGiven: boolean;
  readonly wish: DeployWish;
  /** Overrides what would make this run yield. */
  readonly force: boolean;
  readonly api: ApiAddress | undefined;
}

export function deployTarget(inputs: DeployInputs, run: RunIdentity): DeployTarget {
  const given = inputs.imageUri === undefined ? undefined : parseImageUri(inputs.imageUri);
  const repository = given?.repository ?? inputs.ecrRepository ?? '';
  const api = apiAddress(inputs);
  return {
    functionName: inputs.functionName,
    aliasName: inputs.alias,
    repository,
    image: given?.id ?? { tag: run.commit },
    imageGiven: given !== undefined,
    api,
    force: inputs.force,
    wish: {
      functionName: inputs.functionName,
      aliasName: inputs.alias,
      repository,
      imageName: inputs.imageUri ?? `${repository}:${run.commit}`,
      imageGiven: given !== undefined,
      create: inputs.create,
      role: inputs.role,
      architecture: inputs.architecture,
      memorySize: inputs.memorySize,
      timeout: inputs.timeout,
      ephemeralStorage: inputs.ephemeralStorage,
      tracing: inputs.tracing,
      environmentVariables: inputs.environmentVariables,
      environmentMode: inputs.environmentMode,
      subnetIds: inputs.subnetIds,
      securityGroupIds: inputs.securityGroupIds,
      ...furtherWish(inputs),
      api: api && plannedApi(api, inputs.apiRepair || inputs.create),
      tests: inputs.testsIn === 'runner' ? testsInWords(inputs) : undefined,
      testsInImage: inputs.testsIn === 'image' ? testsInWords(inputs) : undefined,
      triesImage: inputs.gate.image === 'samples',
      provesImage: inputs.attestation.verify !== 'off',
      attestsImage: inputs.attestation.provenance,
      scanWait: inputs.gate.scan?.waitMinutes,
      pinPrevious: inputs.pinPrevious,
      gate: inputs.gate,
      shownIn: run.repository === '' || inputs.githubToken === undefined ? undefined : inputs.environment,
    },
  };
}

/** The same with the image under this tag. */
export function tagged(target: DeployTarget, tag: string): DeployTarget {
  const wish = { ...target.wish, imageName: `${target.repository}:${tag}` };
  return { ...target, image: { tag }, wish };
}

function furtherWish(inputs: DeployInputs): Required<FurtherWish> {
  return {
    imageConfigCommand: inputs.imageConfigCommand,
    imageConfigEntryPoint: inputs.imageConfigEntryPoint,
    imageConfigWorkingDirectory: inputs.imageConfigWorkingDirectory,
    snapStart: inputs.snapStart,
    kmsKeyArn: inputs.kmsKeyArn,
    deadLetterTargetArn: inputs.deadLetterTargetArn,
    fileSystemArn: inputs.fileSystemArn,
    fileSystemLocalMountPath: inputs.fileSystemLocalMountPath,
    logFormat: inputs.logFormat,
    applicationLogLevel: inputs.applicationLogLevel,
    systemLogLevel: inputs.systemLogLevel,
    logGroup: inputs.logGroup,
  };
}

function plannedApi(api: ApiAddress, repairs: boolean): PlannedApi {
  return { name: apiInWords(api), apiId: api.apiId, repairs };
}

export function apiInWords({ kind, apiId, stage }: ApiAddress): string {
  return `${kind} API ${apiId}, stage ${stage}`;
}

/** Undefined where there are none. */
function testsInWords({ unitTests, integrationTests }: DeployInputs): string | undefined {
  const suites = [...(unitTests ? ['unit'] : []), ...(integrationTests ? ['integration'] : [])];
  return suites.length === 0 ? undefined : `the ${suites.join(' and ')} tests`;
}

export function apiAddress(inputs: ValuesOf<typeof apiFields>): ApiAddress | undefined {
  if (inputs.restApiId !== undefined)
    return { kind: 'REST', apiId: inputs.restApiId, stage: inputs.apiStage ?? '' };
  if (inputs.httpApiId !== undefined) {
    return { kind: 'HTTP', apiId: inputs.httpApiId, stage: inputs.apiStage ?? '$default' };
  }
  return undefined;
}

/** `<registry>/<repository>@<digest>` or `…:<tag>`, already matched against names.IMAGE_URI. */
export function parseImageUri(uri: string): {
  readonly host: string;
  readonly repository: string;
  readonly id: ImageId;
} {
  const slash = uri.indexOf('/');
  const [host, rest] = [uri.slice(0, slash), uri.slice(slash + 1)];
  const at = rest.indexOf('@');
  if (at >= 0) return { host, repository: rest.slice(0, at), id: { digest: rest.slice(at + 1) as Digest } };
  const colon = rest.lastIndexOf(':');
  return { host, repository: rest.slice(0, colon), id: { tag: rest.slice(colon + 1) } };
}

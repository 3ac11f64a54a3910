import type {
  DescribeImageScanFindingsCommandInput,
  DescribeImageScanFindingsCommandOutput,
  GetRegistryScanningConfigurationCommandOutput,
  ImageScanFindings,
  RegistryScanningRule,
  StartImageScanCommandInput,
  StartImageScanCommandOutput,
} from '@aws-sdk/client-ecr';
import { plainError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { EcrImage, EcrRepository, ImageScan, ScanStep } from '../state.ts';
import { epochSeconds, page } from '../wire.ts';
import type { Wire } from '../wire.ts';
import { findImage, missingImage } from './images.ts';
import { findRepository } from './repositories.ts';
import { imageStatus } from './storage-class.ts';

const DAY = 24 * 3_600_000;
const DEFAULT_PAGE = 100;

/** Where findings are there: a basic scan has ended, an enhanced one goes on for as long as the image is there. */
const WITH_FINDINGS = ['COMPLETE', 'ACTIVE'];

export function describeImageScanFindings(
  aws: AwsContext,
  input: DescribeImageScanFindingsCommandInput,
): Wire<DescribeImageScanFindingsCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  const id = input.imageId ?? {};
  const image = findImage(repository, id) ?? missingImage(repository, id);
  const head = {
    registryId: repository.registryId,
    repositoryName: repository.name,
    imageId: { ...id, imageDigest: image.digest },
  };
  const archived = imageStatus(aws, image) !== 'ACTIVE';
  const step: ScanStep | undefined = archived
    ? { at: 0, status: 'IMAGE_ARCHIVED', description: 'The image is archived.' }
    : stepOf(aws, image.scan);
  if (step === undefined || image.scan === undefined) throw scanNotFound(repository, image);
  const { status, description = 'The scan was completed successfully.' } = step;
  const imageScanStatus = { status: status as 'COMPLETE', description };
  if (!WITH_FINDINGS.includes(status)) return { ...head, imageScanStatus };
  return { ...head, imageScanStatus, ...findingsOf(image.scan, step, input) };
}

function stepOf(aws: AwsContext, scan: ImageScan | undefined): ScanStep | undefined {
  return scan?.steps.findLast(({ at }) => at <= aws.now());
}

/** A page of the findings; the counts are those of all of them on every page. */
function findingsOf(
  scan: ImageScan,
  { at }: ScanStep,
  { maxResults = DEFAULT_PAGE, nextToken }: DescribeImageScanFindingsCommandInput,
): { imageScanFindings: Wire<ImageScanFindings>; nextToken?: string } {
  const { findings, enhancedFindings } = scan;
  const listed = page<object>(findings ?? enhancedFindings ?? [], maxResults, nextToken);
  const counts: Record<string, number> = {};
  for (const { severity = 'UNDEFINED' } of findings ?? enhancedFindings ?? [])
    counts[severity] = (counts[severity] ?? 0) + 1;
  return {
    imageScanFindings: {
      imageScanCompletedAt: epochSeconds(at),
      vulnerabilitySourceUpdatedAt: epochSeconds(at),
      findingSeverityCounts: scan.counts ?? counts,
      [findings === undefined ? 'enhancedFindings' : 'findings']: listed.items,
    },
    ...(listed.next === undefined ? {} : { nextToken: listed.next }),
  };
}

function scanNotFound(repository: EcrRepository, image: EcrImage) {
  return plainError(
    400,
    'ScanNotFoundException',
    `Image scan does not exist for the image with '{imageDigest:'${image.digest}'}' in the repository with name '${repository.name}' in the registry with id '${repository.registryId}'`,
  );
}

export function getRegistryScanningConfiguration({
  state,
}: AwsContext): Wire<GetRegistryScanningConfigurationCommandOutput> {
  return { registryId: state.accountId, scanningConfiguration: state.scanning };
}

/** By hand, and only where the registry scans in the basic way: once per image a day. */
export function startImageScan(
  aws: AwsContext,
  input: StartImageScanCommandInput,
): Wire<StartImageScanCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  const id = input.imageId ?? {};
  const image = findImage(repository, id) ?? missingImage(repository, id);
  if (imageStatus(aws, image) !== 'ACTIVE')
    throw plainError(400, 'ImageArchivedException', 'The specified image is archived and cannot be scanned.');
  // Unverified: which error it is.
  if (aws.state.scanning.scanType === 'ENHANCED')
    throw plainError(
      400,
      'ValidationException',
      'This feature is disabled while enhanced scanning is in use.',
    );
  const { lastStartedAt = -DAY } = image.scan ?? {};
  if (aws.now() - lastStartedAt < DAY)
    throw plainError(
      400,
      'LimitExceededException',
      'The scan quota per image has been exceeded. Wait and try again.',
    );
  image.scan = { findings: [], steps: [{ at: aws.now(), status: 'COMPLETE' }], lastStartedAt: aws.now() };
  return {
    registryId: repository.registryId,
    repositoryName: repository.name,
    imageId: { ...id, imageDigest: image.digest },
    imageScanStatus: { status: 'IN_PROGRESS' },
  };
}

/** A new image is scanned where a rule of the registry or the old setting of its repository says so. */
export function scanPushed(aws: AwsContext, repository: EcrRepository, image: EcrImage): void {
  const { pushedScan } = aws.state;
  const scans =
    repository.scanOnPush === true || aws.state.scanning.rules?.some((rule) => fits(rule, repository));
  if (pushedScan === undefined || scans !== true || image.scan !== undefined) return;
  const steps = pushedScan.steps.map((step) => ({ ...step, at: aws.now() + step.at }));
  image.scan = { ...pushedScan, steps };
}

/** A filter without a star fits every name that contains it. */
function fits(
  { scanFrequency, repositoryFilters = [] }: RegistryScanningRule,
  { name }: EcrRepository,
): boolean {
  if (scanFrequency === 'MANUAL') return false;
  return repositoryFilters.some(({ filter = '' }) => {
    if (!filter.includes('*')) return name.includes(filter);
    const expression = filter.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${expression}$`).test(name);
  });
}

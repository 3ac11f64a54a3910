/** ECR's scan of the image that is to be released, waited for as long as the policy says. It never writes. */
import { judgeScan, type ScanSeen } from '../../../checks/gate/judge-scan.ts';
import type { GateFinding } from '../../../checks/gate/trial.ts';
import type { Ecr } from '../../../clients/ecr.ts';
import type { ImageScan } from '../../../clients/ecr-scans.ts';
import type { RetryTools } from '../../../clients/retry.ts';
import { waitFor } from '../../../clients/wait.ts';
import { AwsError, explainAwsError, UserError } from '../../../errors.ts';
import type { ScanPolicy } from '../../../inputs/gate-policy.ts';
import type { Digest } from '../../../types.ts';

export interface ScanTools extends RetryTools {
  readonly ecr: Pick<Ecr, 'imageScan' | 'scanRules' | 'describeRepository'>;
}

export interface ImageToScan {
  readonly repository: string;
  readonly digest: Digest;
}

/** @returns what the scan comes to: where ECR cannot be asked or does not tell, that is `unknown` and refuses nothing. */
export async function checkScan(
  tools: ScanTools,
  image: ImageToScan,
  policy: ScanPolicy,
): Promise<GateFinding> {
  const finding = judgeScan(await lookAtScan(tools, image, policy), policy);
  const { kind, sentence, fix = '' } = finding;
  if (kind === 'unknown') tools.log.info(`${sentence}. ${fix}`);
  return finding;
}

async function lookAtScan(tools: ScanTools, image: ImageToScan, policy: ScanPolicy): Promise<ScanSeen> {
  let last = 'there is no scan of it yet';
  let isExpected: boolean | undefined;
  const probe = async (): Promise<ScanSeen | undefined> => {
    const scan = await readScan(tools, image);
    if (scan === undefined) {
      isExpected ??= await isScannedOnPush(tools, image.repository);
      return isExpected ? undefined : notScanned(image.repository);
    }
    last = `ECR says ${scan.status} of it`;
    return seenOf(scan);
  };
  const budgetMs = policy.waitMinutes * 60_000;
  try {
    return await waitFor(tools, { what: `ECR's scan of ${image.repository}`, budgetMs }, probe);
  } catch (error) {
    if (error instanceof AwsError) {
      const { what, fix } = explainAwsError(error);
      return { kind: 'unknown', why: what.replace(/\.$/, ''), fix };
    }
    if (!(error instanceof UserError && error.code === 'timed-out')) throw error;
    const why = `${last} after ${policy.waitMinutes} min`;
    return { kind: 'unknown', why, fix: 'Raise gate.scan.wait, or look at the scan in the ECR console.' };
  }
}

function readScan({ ecr }: ScanTools, { repository, digest }: ImageToScan): Promise<ImageScan | undefined> {
  return ecr.imageScan(repository, digest).catch((error: unknown) => {
    if (error instanceof AwsError && error.code === 'ScanNotFoundException') return undefined;
    throw error;
  });
}

/** Whether a scan of a new image may still come. A role that may not ask learns nothing, and waits. */
async function isScannedOnPush({ ecr }: ScanTools, repository: string): Promise<boolean> {
  try {
    const { onPush } = await ecr.scanRules();
    if (onPush.some((filter) => fits(filter, repository))) return true;
    return (await ecr.describeRepository(repository)).scansOnPush;
  } catch (error) {
    if (error instanceof AwsError) return true;
    throw error;
  }
}

/** A filter without a star fits every name that contains it. */
function fits(filter: string, repository: string): boolean {
  if (!filter.includes('*')) return repository.includes(filter);
  const source = filter.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\*+/g, '.*');
  return new RegExp(`^${source}$`).test(repository);
}

function notScanned(repository: string): ScanSeen {
  const why = `it was never scanned, and nothing has images scanned that are pushed to ${repository}`;
  const fix =
    'Turn on scanning for this repository in the settings of the ECR registry (aws ecr put-registry-scanning-configuration), or remove gate.scan.';
  return { kind: 'unknown', why, fix };
}

/** Undefined as long as the scan goes on. */
function seenOf({ status, description, found }: ImageScan): ScanSeen | undefined {
  switch (status) {
    case 'PENDING':
    case 'IN_PROGRESS':
      return undefined;
    case 'COMPLETE':
    case 'ACTIVE':
      return found && { kind: 'found', found };
    default: {
      const why = `ECR says ${status} of it${description === '' ? '' : ` (${description})`}`;
      return { kind: 'unknown', why, fix: FIXES[status] ?? OTHERWISE };
    }
  }
}

const OTHERWISE = 'Look at the image in the ECR console, and check it there.';
const FIXES: Readonly<Record<string, string>> = {
  FAILED: 'Look at the reason in the ECR console; a new push of the image is scanned again.',
  IMAGE_ARCHIVED:
    'Restore the image from the archive (aws ecr update-image-storage-class), then run this again.',
  LIMIT_EXCEEDED: 'ECR scans an image once in 24 hours: run this again later.',
  SCAN_ELIGIBILITY_EXPIRED:
    "Push the image again, or extend the re-scan duration in Amazon Inspector's settings.",
  UNSUPPORTED_IMAGE: 'Check it with a scanner that knows its operating system, and remove gate.scan.',
};

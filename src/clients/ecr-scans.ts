/** What ECR's scans of images say: basic findings and Inspector's enhanced ones, in one shape. */
import type {
  ECRClient,
  EnhancedImageScanFinding,
  ImageScanFinding,
  ImageScanFindings,
} from '@aws-sdk/client-ecr';
import type { Digest } from '../types.ts';
import type { ClientDependencies } from './aws-config.ts';
import type { CallKind } from './call.ts';
import { allPages, awsBounds } from './pages.ts';
import { required } from './reply.ts';

export interface ImageScans {
  /** One image's scan as it is now, with all pages of its findings. An AwsError with `isMissing` where there is none. */
  imageScan(repository: string, digest: Digest): Promise<ImageScan>;
  /** What the registry scans when it is pushed. */
  scanRules(): Promise<ScanRules>;
}

export interface ImageScan {
  /** ECR's word: `PENDING`, `COMPLETE`, `ACTIVE` … */
  readonly status: string;
  readonly description: string;
  /** Undefined as long as ECR gives no findings; a scan that found nothing has an empty list. */
  readonly found: Found | undefined;
}

export interface Found {
  /** By ECR's severities, of all findings. */
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly ScanFinding[];
}

export interface ScanFinding {
  /** `CVE-2026-1234`. */
  readonly name: string;
  /** ECR's word. */
  readonly severity: string;
  /** Package and version; undefined where ECR names none. */
  readonly package: string | undefined;
  /** Whether an update mends it, where ECR knows: `1.2.4`, `YES`, `NO`, `PARTIAL`. */
  readonly fix: string | undefined;
  /** Inspector's `SUPPRESSED` and `CLOSED`: somebody dealt with it. */
  readonly isSettled: boolean;
}

interface ScanRules {
  /** `BASIC` or `ENHANCED`. */
  readonly type: string;
  /** Wildcards of repository names whose images are scanned when they are pushed. */
  readonly onPush: readonly string[];
}

type Sdk = typeof import('./sdk/ecr.ts');
type Request = <T>(
  kind: Omit<CallKind, 'service'>,
  send: (client: ECRClient, sdk: Sdk) => Promise<T>,
) => Promise<T>;

export function imageScans(request: Request, tools: ClientDependencies): ImageScans {
  const operation = 'DescribeImageScanFindings';
  return {
    imageScan: async (repositoryName, imageDigest) => {
      let head: Pick<ImageScan, 'status' | 'description'> | undefined;
      let found: ImageScanFindings | undefined;
      const bounds = awsBounds(tools.clock, { service: 'ECR', operation });
      const findings = await allPages(bounds, (nextToken) =>
        request({ operation }, async (client, sdk) => {
          const next = nextToken === undefined ? {} : { nextToken };
          const asked = { repositoryName, imageId: { imageDigest }, maxResults: 1000, ...next };
          const page = await client.send(new sdk.DescribeImageScanFindingsCommand(asked));
          const { status, description = '' } = required(page.imageScanStatus, 'imageScanStatus');
          head ??= { status: required(status, 'status'), description };
          found ??= page.imageScanFindings;
          return [findingsOn(page.imageScanFindings), page.nextToken] as const;
        }),
      );
      const counts = (found?.findingSeverityCounts ?? {}) as Record<string, number>;
      return { ...required(head, 'imageScanStatus'), found: found && { counts, findings } };
    },
    scanRules: () =>
      request({ operation: 'GetRegistryScanningConfiguration' }, async (client, sdk) => {
        const reply = await client.send(new sdk.GetRegistryScanningConfigurationCommand({}));
        const { scanType, rules = [] } = required(reply.scanningConfiguration, 'scanningConfiguration');
        const onPush = rules.filter(({ scanFrequency }) => scanFrequency !== 'MANUAL');
        return {
          type: required(scanType, 'scanType'),
          onPush: onPush.flatMap(({ repositoryFilters = [] }) =>
            repositoryFilters.flatMap(({ filter }) => filter ?? []),
          ),
        };
      }),
  };
}

function findingsOn(page: ImageScanFindings | undefined): readonly ScanFinding[] {
  const { findings = [], enhancedFindings = [] } = page ?? {};
  return [...findings.map(basic), ...enhancedFindings.map(enhanced)];
}

function basic({ name = '', severity = 'UNDEFINED', attributes = [] }: ImageScanFinding): ScanFinding {
  const attribute = (wanted: string) => attributes.find(({ key }) => key === wanted)?.value;
  return {
    name,
    severity,
    package: packageOf({ name: attribute('package_name'), version: attribute('package_version') }),
    fix: undefined,
    isSettled: false,
  };
}

function enhanced(finding: EnhancedImageScanFinding): ScanFinding {
  const { packageVulnerabilityDetails: details, title = '', severity = 'UNDEFINED', status } = finding;
  const [vulnerable] = details?.vulnerablePackages ?? [];
  const fixedIn = vulnerable?.fixedInVersion;
  const knowsVersion = fixedIn !== undefined && fixedIn !== '' && fixedIn !== 'NotAvailable';
  return {
    name: details?.vulnerabilityId ?? title,
    severity,
    package: packageOf(vulnerable ?? {}),
    fix: knowsVersion ? fixedIn : finding.fixAvailable,
    isSettled: status === 'SUPPRESSED' || status === 'CLOSED',
  };
}

interface Package {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

function packageOf({ name, version }: Package): string | undefined {
  if (name === undefined || name === '') return undefined;
  return version === undefined ? name : `${name} ${version}`;
}

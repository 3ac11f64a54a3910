/**
 * AWS's partitions, as the SDK's own table has them (`partition` of `@aws-sdk/core/client`, to which a test holds this one). The SDK's
 * module loads half a client with it, and only `src/clients` may import it; a plan needs eight rows.
 */

export interface Partition {
  /** The second part of every ARN in it. */
  readonly name: string;
  /** What the names of its hosts end with. */
  readonly dnsSuffix: string;
  /** What those with IPv6 end with, behind `api.` or `on.`. */
  readonly dualStack: string;
  /** Where its console is, behind the region; undefined where that is not known. */
  readonly console?: string;
  /** What the names of its regions look like. */
  readonly regions: RegExp;
}

/** The first one stands for a region that no row knows, as in the SDK: new regions of it are the likeliest. */
export const partitions: readonly [Partition, ...Partition[]] = [
  {
    name: 'aws',
    dnsSuffix: 'amazonaws.com',
    dualStack: 'aws',
    console: 'console.aws.amazon.com',
    regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/,
  },
  {
    name: 'aws-cn',
    dnsSuffix: 'amazonaws.com.cn',
    dualStack: 'amazonwebservices.com.cn',
    console: 'console.amazonaws.cn',
    regions: /^cn-\w+-\d+$/,
  },
  {
    name: 'aws-eusc',
    dnsSuffix: 'amazonaws.eu',
    dualStack: 'amazonwebservices.eu',
    console: 'console.amazonaws-eusc.eu',
    regions: /^eusc-(de)-\w+-\d+$/,
  },
  { name: 'aws-iso', dnsSuffix: 'c2s.ic.gov', dualStack: 'aws.ic.gov', regions: /^us-iso-\w+-\d+$/ },
  { name: 'aws-iso-b', dnsSuffix: 'sc2s.sgov.gov', dualStack: 'aws.scloud', regions: /^us-isob-\w+-\d+$/ },
  {
    name: 'aws-iso-e',
    dnsSuffix: 'cloud.adc-e.uk',
    dualStack: 'cloud-aws.adc-e.uk',
    regions: /^eu-isoe-\w+-\d+$/,
  },
  {
    name: 'aws-iso-f',
    dnsSuffix: 'csp.hci.ic.gov',
    dualStack: 'aws.hci.ic.gov',
    regions: /^us-isof-\w+-\d+$/,
  },
  {
    name: 'aws-us-gov',
    dnsSuffix: 'amazonaws.com',
    dualStack: 'aws',
    console: 'console.amazonaws-us-gov.com',
    regions: /^us-gov-\w+-\d+$/,
  },
];

/** The partition that a region surely belongs to; undefined for a region that is newer than the table. */
export function knownPartition(region: string): Partition | undefined {
  return partitions.find(({ regions }) => regions.test(region));
}

/** What the names of a region's hosts end with: `<api>.execute-api.<region>.<dnsSuffix>`. */
export function dnsSuffix(region: string): string {
  return partitionOf(region).dnsSuffix;
}

/** Account and region of an image's registry; undefined for a host that is not ECR's, such as a registry on a laptop. */
export function ecrRegistry(
  imageUri: string,
): { readonly account: string; readonly region: string } | undefined {
  const host = /^(\d{12})\.dkr([.-])ecr(?:-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)\//.exec(imageUri);
  const [, account = '', sign, region = '', suffix] = host ?? [];
  const { dnsSuffix: usual, dualStack } = partitionOf(region);
  return suffix === (sign === '.' ? usual : `on.${dualStack}`) ? { account, region } : undefined;
}

/** The domain of a region's console; undefined for a partition whose console is not known. */
export function consoleDomain(region: string): string | undefined {
  return partitionOf(region).console;
}

function partitionOf(region: string): Partition {
  return knownPartition(region) ?? partitions[0];
}

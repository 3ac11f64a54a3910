interface Partition {
  readonly name: string;
  readonly regions: RegExp;
  readonly dnsSuffix: string;
}

/** Partitions but the first are told by what their regions begin with. */
const OTHERS: readonly Partition[] = [
  { name: 'aws-cn', regions: /^cn-/, dnsSuffix: 'amazonaws.com.cn' },
  { name: 'aws-us-gov', regions: /^us-gov-/, dnsSuffix: 'amazonaws.com' },
  { name: 'aws-eusc', regions: /^eusc-/, dnsSuffix: 'amazonaws.eu' },
  { name: 'aws-iso', regions: /^us-iso-/, dnsSuffix: 'c2s.ic.gov' },
  { name: 'aws-iso-b', regions: /^us-isob-/, dnsSuffix: 'sc2s.sgov.gov' },
  { name: 'aws-iso-e', regions: /^eu-isoe-/, dnsSuffix: 'cloud.adc-e.uk' },
  { name: 'aws-iso-f', regions: /^us-isof-/, dnsSuffix: 'csp.hci.ic.gov' },
];

function find(region: string): Partition | undefined {
  return OTHERS.find(({ regions }) => regions.test(region));
}

export function partitionOf(region: string): string {
  return find(region)?.name ?? 'aws';
}

/** What host names end with. */
export function dnsSuffix(region: string): string {
  return find(region)?.dnsSuffix ?? 'amazonaws.com';
}

import { readFileSync } from 'node:fs';
import { partition } from '@aws-sdk/core/client';
import { expect, test } from '@jest/globals';
import { dnsSuffix, ecrRegistry, knownPartition, partitions } from '../../../src/aws/partitions.ts';

const REGIONS: readonly (readonly [region: string, partition: string])[] = [
  ['eu-central-1', 'aws'],
  ['ap-southeast-7', 'aws'],
  ['mx-central-1', 'aws'],
  ['il-central-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['eusc-de-east-1', 'aws-eusc'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-west-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-south-1', 'aws-iso-f'],
  ['us-gov-west-1', 'aws-us-gov'],
];

test.each(REGIONS)('%s is in %s, with the suffixes that the SDK has', (region, name) => {
  const sdk = partition(region);
  expect(sdk.name).toBe(name);
  expect(knownPartition(region)).toMatchObject({
    name,
    dnsSuffix: sdk.dnsSuffix,
    dualStack: sdk.dualStackDnsSuffix.replace(/^api\./, ''),
  });
  expect(dnsSuffix(region)).toBe(sdk.dnsSuffix);
});

test('the table has the rows of the SDK, and its patterns of regions', () => {
  const folder = 'node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws';
  const text = readFileSync(`${folder}/partitions.js`, 'utf8');
  const rows = text.matchAll(/"id": "([^"]+)"[\s\S]*?"regionRegex": ("[^"]+")/g);
  const sdk = [...rows].map(([, id, regions = '']) => [
    id,
    String(JSON.parse(regions)).replaceAll('\\-', '-'),
  ]);
  expect(partitions.map(({ name, regions }) => [name, regions.source])).toEqual(sdk);
});

test('a region newer than the table is in no partition for sure, and has the suffix that the SDK guesses', () => {
  expect(knownPartition('nz-north-1')).toBeUndefined();
  expect(dnsSuffix('nz-north-1')).toBe(partition('nz-north-1').dnsSuffix);
});

test.each<[string, string | undefined]>([
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com/iris:1', 'eu-central-1'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/iris:1', 'cn-north-1'],
  ['123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/iris:1', 'eusc-de-east-1'],
  ['123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/iris:1', 'us-iso-east-1'],
  ['123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov/iris:1', 'us-isob-east-1'],
  ['123456789012.dkr-ecr.eu-central-1.on.aws/iris:1', 'eu-central-1'],
  ['123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/iris:1', 'cn-north-1'],
  ['123456789012.dkr.ecr.eusc-de-east-1.amazonaws.com/iris:1', undefined],
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example/iris:1', undefined],
  ['123456789012.dkr-ecr.eu-central-1.amazonaws.com/iris:1', undefined],
  ['127.0.0.1:4510/iris:1', undefined],
])('the registry of %s is in %s', (uri, region) => {
  expect(ecrRegistry(uri)).toEqual(region && { account: '123456789012', region });
});

import {
  DescribeImageScanFindingsCommand,
  DescribeRepositoriesCommand,
  GetRegistryScanningConfigurationCommand,
  PutImageCommand,
  StartImageScanCommand,
  UpdateImageStorageClassCommand,
} from '@aws-sdk/client-ecr';
import { expect, test } from '@jest/globals';
import type { ImageScan } from '../../local/aws/state.ts';
import { refusal, released } from './clients.ts';
import type { Released } from './clients.ts';

const repositoryName = 'iris';
const imageId = { imageTag: 'one' };
const describe = new DescribeImageScanFindingsCommand({ repositoryName, imageId });
const MINUTE = 60_000;

function scanned(scan: ImageScan): Released {
  const made = released();
  const digest = made.images[0].digest;
  const image = made.aws.state.repositories[repositoryName]?.images[digest];
  if (image !== undefined) image.scan = scan;
  return made;
}

const severities = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `CVE-2026-${index}`, severity: 'HIGH' as const }));

test('an image that was never scanned has no scan, and one that is not there is no image', async () => {
  const { ecr } = released();
  expect(await refusal(ecr.send(describe))).toMatchObject({ name: 'ScanNotFoundException', status: 400 });
  const gone = { repositoryName, imageId: { imageTag: 'gone' } };
  const asked = refusal(ecr.send(new DescribeImageScanFindingsCommand(gone)));
  expect(await asked).toMatchObject({ name: 'ImageNotFoundException', status: 400 });
});

test('a scan is PENDING, IN_PROGRESS and COMPLETE in turn, and has findings at its end only', async () => {
  const made = released();
  const start = made.aws.clock.now();
  const steps = ['PENDING', 'IN_PROGRESS', 'COMPLETE'].map((status, n) => ({
    at: start + n * MINUTE,
    status,
  }));
  const { aws, ecr } = scanned({ steps, findings: severities(2) });
  for (const status of ['PENDING', 'IN_PROGRESS']) {
    const answer = await ecr.send(describe);
    expect(answer.imageScanStatus?.status).toBe(status);
    expect(answer.imageScanFindings).toBeUndefined();
    await aws.clock.sleep(MINUTE);
  }
  const answer = await ecr.send(describe);
  expect(answer.imageScanStatus?.status).toBe('COMPLETE');
  expect(answer.imageScanFindings?.findingSeverityCounts).toEqual({ HIGH: 2 });
  expect(answer.imageScanFindings?.findings).toHaveLength(2);
});

test('an enhanced scan stays ACTIVE and has findings of another shape', async () => {
  const finding = {
    title: 'CVE-2026-1 - openssl',
    severity: 'CRITICAL',
    status: 'ACTIVE',
    fixAvailable: 'YES',
    packageVulnerabilityDetails: { vulnerabilityId: 'CVE-2026-1' },
  };
  const { ecr } = scanned({ steps: [{ at: 0, status: 'ACTIVE' }], enhancedFindings: [finding] });
  const { imageScanStatus, imageScanFindings } = await ecr.send(describe);
  expect(imageScanStatus?.status).toBe('ACTIVE');
  expect(imageScanFindings).toMatchObject({
    enhancedFindings: [finding],
    findingSeverityCounts: { CRITICAL: 1 },
  });
  expect(imageScanFindings?.findings).toBeUndefined();
});

test.each([
  'FAILED',
  'FINDINGS_UNAVAILABLE',
  'LIMIT_EXCEEDED',
  'SCAN_ELIGIBILITY_EXPIRED',
  'UNSUPPORTED_IMAGE',
])('a scan that is %s says so and has no findings', async (status) => {
  const { ecr } = scanned({ steps: [{ at: 0, status, description: 'why' }], findings: severities(1) });
  const answer = await ecr.send(describe);
  expect(answer.imageScanStatus).toEqual({ status, description: 'why' });
  expect(answer.imageScanFindings).toBeUndefined();
});

test('findings come in pages, and each page has the counts of all', async () => {
  const { ecr } = scanned({ steps: [{ at: 0, status: 'COMPLETE' }], findings: severities(5) });
  const first = await ecr.send(
    new DescribeImageScanFindingsCommand({ repositoryName, imageId, maxResults: 3 }),
  );
  expect(first.imageScanFindings?.findings).toHaveLength(3);
  expect(first.imageScanFindings?.findingSeverityCounts).toEqual({ HIGH: 5 });
  const { nextToken } = first;
  const second = await ecr.send(
    new DescribeImageScanFindingsCommand({ repositoryName, imageId, maxResults: 3, nextToken }),
  );
  expect(second.imageScanFindings?.findings).toHaveLength(2);
  expect(second.nextToken).toBeUndefined();
});

test('the findings of an archived image are gone, and it cannot be scanned', async () => {
  const { ecr } = scanned({ steps: [{ at: 0, status: 'COMPLETE' }], findings: severities(1) });
  const move = { repositoryName, imageId, targetStorageClass: 'ARCHIVE' } as const;
  await ecr.send(new UpdateImageStorageClassCommand(move));
  const { imageScanStatus, imageScanFindings } = await ecr.send(describe);
  expect(imageScanStatus?.status).toBe('IMAGE_ARCHIVED');
  expect(imageScanFindings).toBeUndefined();
  const start = ecr.send(new StartImageScanCommand({ repositoryName, imageId }));
  expect(await refusal(start)).toMatchObject({ name: 'ImageArchivedException', status: 400 });
});

test('StartImageScan takes one image once a day, and none where scanning is enhanced', async () => {
  const { aws, ecr } = released();
  const start = () => ecr.send(new StartImageScanCommand({ repositoryName, imageId }));
  expect((await start()).imageScanStatus?.status).toBe('IN_PROGRESS');
  expect((await ecr.send(describe)).imageScanStatus?.status).toBe('COMPLETE');
  expect(await refusal(start())).toMatchObject({ name: 'LimitExceededException', status: 400 });
  aws.state.scanning = { scanType: 'ENHANCED', rules: [] };
  expect(await refusal(start())).toMatchObject({ name: 'ValidationException', status: 400 });
});

test('a registry scans BASIC without rules until told otherwise, and says what it was told', async () => {
  const { aws, ecr } = released();
  const read = new GetRegistryScanningConfigurationCommand({});
  const { registryId, scanningConfiguration } = await ecr.send(read);
  expect(registryId).toBe(aws.state.accountId);
  expect(scanningConfiguration).toEqual({ scanType: 'BASIC', rules: [] });
});

test.each([
  ['iris', 'SCAN_ON_PUSH', true],
  ['ris', 'SCAN_ON_PUSH', true],
  ['i*', 'CONTINUOUS_SCAN', true],
  ['r*', 'SCAN_ON_PUSH', false],
  ['iris', 'MANUAL', false],
] as const)(
  'a pushed image is scanned by a rule for %s with %s: %s',
  async (filter, scanFrequency, scans) => {
    const { aws, ecr } = released();
    aws.state.scanning.rules = [{ scanFrequency, repositoryFilters: [{ filter, filterType: 'WILDCARD' }] }];
    aws.state.pushedScan = { steps: [{ at: 0, status: 'COMPLETE' }], findings: [] };
    const imageManifest = JSON.stringify({ schemaVersion: 2, layers: [] });
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: 'four' }));
    const pushed = { repositoryName, imageId: { imageTag: 'four' } };
    const asked = ecr.send(new DescribeImageScanFindingsCommand(pushed)).then(
      (answer) => answer.imageScanStatus?.status === 'COMPLETE',
      () => false,
    );
    expect(await asked).toBe(scans);
  },
);

test("a repository's own setting has it scanned too, and DescribeRepositories shows it", async () => {
  const { aws, ecr } = released();
  const repository = aws.state.repositories[repositoryName];
  if (repository !== undefined) repository.scanOnPush = true;
  aws.state.pushedScan = { steps: [{ at: 0, status: 'COMPLETE' }], findings: [] };
  const imageManifest = JSON.stringify({ schemaVersion: 2, layers: [] });
  await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: 'four' }));
  const pushed = { repositoryName, imageId: { imageTag: 'four' } };
  const { imageScanStatus } = await ecr.send(new DescribeImageScanFindingsCommand(pushed));
  expect(imageScanStatus?.status).toBe('COMPLETE');
  const shown = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
  expect(shown.repositories?.[0]?.imageScanningConfiguration).toEqual({ scanOnPush: true });
});

/** ECR's scan as a policy, by the real client over the local AWS. */
import { expect, test } from '@jest/globals';
import { seedImage } from '../../../../local/aws/seeds.ts';
import type { ImageScan } from '../../../../local/aws/state.ts';
import { requestHandlerFor } from '../../../../local/transports/in-process.ts';
import { buildTools } from '../../../../src/clients/tools.ts';
import { noPermits } from '../../../../src/clients/writes.ts';
import { checkScan } from '../../../../src/release/steps/image/check-scan.ts';
import type { Digest } from '../../../../src/types.ts';
import { shellOf } from '../../../harness/shell.ts';
import { ACCOUNT, createWorld } from '../../../harness/world.ts';

const MINUTE = 60_000;
const HIGH = { name: 'CVE-2026-1', severity: 'HIGH' } as const;

/** An image in ECR with this scan, its times counted from now. */
function scene(scan?: ImageScan) {
  const { aws } = createWorld();
  const { digest } = seedImage(aws, { repository: 'iris', tag: 'one' });
  const image = aws.state.repositories['iris']?.images[digest];
  const steps = (scan?.steps ?? []).map((step) => ({ ...step, at: aws.clock.now() + step.at }));
  if (image !== undefined && scan !== undefined) image.scan = { ...scan, steps };
  const stop = new AbortController();
  const tools = buildTools({
    aws: { ...ACCOUNT, requestHandler: requestHandlerFor(aws) },
    clock: aws.clock,
    random: () => 0.5,
    shell: shellOf(() => Promise.reject(new Error('no program runs here'))),
    log: { info: () => undefined, warning: () => undefined },
    signal: stop.signal,
    readOnly: true,
    permits: noPermits,
    secret: () => Promise.resolve(),
    env: {},
  });
  const check = (waitMinutes = 5) =>
    checkScan(
      tools,
      { repository: 'iris', digest: digest as Digest },
      { maxSeverity: 'medium', waitMinutes },
    );
  const asked = () => aws.calls.map(({ operation }) => operation);
  return { aws, check, asked, stop };
}

test('a scan that has ended costs one call, and refuses by its findings', async () => {
  const { check, asked } = scene({ steps: [{ at: 0, status: 'COMPLETE' }], findings: [HIGH] });
  expect(await check()).toMatchObject({ key: 'scan', kind: 'refused' });
  expect(asked()).toEqual(['DescribeImageScanFindings']);
});

test('findings on the second page count', async () => {
  const many = Array.from({ length: 1000 }, (_, n) => ({ name: `CVE-${n}`, severity: 'LOW' as const }));
  const steps = [{ at: 0, status: 'COMPLETE' }];
  const { check, asked } = scene({ steps, findings: [...many, HIGH], counts: {} });
  expect(await check()).toMatchObject({ kind: 'refused' });
  expect(asked()).toHaveLength(2);
});

test('a scan that goes on is waited for', async () => {
  const steps = [
    { at: 0, status: 'PENDING' },
    { at: MINUTE, status: 'IN_PROGRESS' },
    { at: 2 * MINUTE, status: 'ACTIVE' },
  ];
  const enhancedFindings = [
    {
      severity: 'HIGH',
      status: 'ACTIVE',
      fixAvailable: 'YES',
      packageVulnerabilityDetails: {
        vulnerabilityId: 'CVE-2026-2',
        vulnerablePackages: [
          { name: 'numpy', version: '2.0.0', sourceLayerHash: undefined, fixedInVersion: '2.0.1' },
        ],
      },
    },
  ];
  const { check, aws } = scene({ steps, enhancedFindings });
  const started = aws.clock.now();
  const { kind, sentence } = await check();
  expect(kind).toBe('refused');
  expect(sentence).toContain('CVE-2026-2 (HIGH, numpy 2.0.0, fixed in 2.0.1)');
  expect(aws.clock.now() - started).toBeLessThan(2 * MINUTE + 10_000);
});

test('a scan that takes longer than the policy waits is not known', async () => {
  const steps = [
    { at: 0, status: 'IN_PROGRESS' },
    { at: 3 * MINUTE, status: 'COMPLETE' },
  ];
  const { check, aws } = scene({ steps, findings: [HIGH] });
  const started = aws.clock.now();
  const finding = await check(2);
  expect(finding).toMatchObject({
    kind: 'unknown',
    sentence: "What ECR's scan of the image finds is not known: ECR says IN_PROGRESS of it after 2 min",
  });
  expect(finding.fix).toContain('gate.scan.wait');
  expect(aws.clock.now() - started).toBeLessThanOrEqual(2 * MINUTE);
});

test('without waiting ECR is asked once', async () => {
  const { check, asked } = scene({ steps: [{ at: 0, status: 'PENDING' }] });
  expect(await check(0)).toMatchObject({ kind: 'unknown' });
  expect(asked()).toEqual(['DescribeImageScanFindings']);
});

test.each([
  ['FAILED', 'a new push'],
  ['LIMIT_EXCEEDED', '24 hours'],
  ['SCAN_ELIGIBILITY_EXPIRED', 'Push the image again'],
  ['UNSUPPORTED_IMAGE', 'a scanner that knows'],
  ['FINDINGS_UNAVAILABLE', 'ECR console'],
  ['SCAN_BY_MOONLIGHT', 'ECR console'],
])('a scan that is %s is not known at once, with what to do', async (status, words) => {
  const { check, asked } = scene({ steps: [{ at: 0, status, description: 'because' }], findings: [HIGH] });
  const { kind, sentence, fix } = await check();
  expect(kind).toBe('unknown');
  expect(sentence).toContain(`ECR says ${status} of it (because)`);
  expect(fix).toContain(words);
  expect(asked()).toHaveLength(1);
});

test('an image that nothing scans is not waited for', async () => {
  const { check, aws, asked } = scene();
  const started = aws.clock.now();
  const { kind, sentence } = await check();
  expect(kind).toBe('unknown');
  expect(sentence).toContain('nothing has images scanned that are pushed to iris');
  expect(aws.clock.now()).toBe(started);
  expect(asked()).toEqual([
    'DescribeImageScanFindings',
    'GetRegistryScanningConfiguration',
    'DescribeRepositories',
  ]);
});

test.each(['iris', 'i*s', '*'])('a scan that a rule for %s brings is waited for', async (filter) => {
  const steps = [{ at: 30_000, status: 'COMPLETE' }];
  const { check, aws } = scene({ steps, findings: [] });
  const rule = { scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: [{ filter, filterType: 'WILDCARD' }] };
  aws.state.scanning.rules = [rule as NonNullable<typeof aws.state.scanning.rules>[number]];
  expect(await check()).toMatchObject({ kind: 'passed' });
});

test("a scan that the repository's own setting brings is waited for", async () => {
  const { check, aws } = scene({ steps: [{ at: 30_000, status: 'COMPLETE' }], findings: [] });
  const repository = aws.state.repositories['iris'];
  if (repository !== undefined) repository.scanOnPush = true;
  expect(await check()).toMatchObject({ kind: 'passed' });
});

test('a role that may not look refuses nothing, and its policy is named', async () => {
  const { check, aws } = scene({ steps: [{ at: 0, status: 'COMPLETE' }], findings: [HIGH] });
  aws.allows = (_, { call }) => call.operation !== 'DescribeImageScanFindings';
  const { kind, sentence } = await check();
  expect(kind).toBe('unknown');
  expect(sentence).toContain('ecr:DescribeImageScanFindings');
});

test('a run that is stopped does not go on waiting', async () => {
  const { check, stop } = scene({ steps: [{ at: 0, status: 'PENDING' }] });
  stop.abort('SIGTERM');
  await expect(check()).rejects.toMatchObject({ code: 'cancelled' });
});

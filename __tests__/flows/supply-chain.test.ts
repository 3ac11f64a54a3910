/** ECR's scan and GitHub's attestation on the way of a release and of a rollback. */
import { expect, test } from '@jest/globals';
import { commit, createWorld, FIRST } from '../harness/world.ts';
import { releasedTwice } from './faults/scene.ts';

const SCAN = 'scan: { max-severity: medium, wait: 1 }';

/** A first release whose image ECR has, scanned with this result. */
function scanned(severity: 'LOW' | 'CRITICAL' | undefined) {
  const world = createWorld();
  const everything = [{ filter: '*', filterType: 'WILDCARD' as const }];
  world.aws.state.scanning.rules = [{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters: everything }];
  if (severity !== undefined)
    world.aws.state.pushedScan = {
      steps: [{ at: 0, status: 'COMPLETE' }],
      findings: [{ name: 'CVE-2026-1', severity }],
    };
  world.image(commit(1), { program: () => ({ ok: true }) });
  const deploy = (inputs: Readonly<Record<string, string>>) =>
    world.deploy({ ...FIRST, samples: 'none', ...inputs }, { commit: commit(1) });
  const writes = () => world.aws.calls.filter(({ isWrite }) => isWrite).map(({ operation }) => operation);
  return { world, deploy, writes };
}

test('a finding above the limit refuses before any version', async () => {
  const { deploy, writes } = scanned('CRITICAL');
  const { result } = await deploy({ gate: SCAN });
  expect(result).toMatchObject({ outcome: 'failed', error: { code: 'gate-refused' } });
  expect(result.error?.message).toContain('CVE-2026-1 (CRITICAL)');
  expect(result.gate?.findings).toMatchObject([{ key: 'scan', kind: 'refused' }]);
  expect(writes()).toEqual([]);
});

test('a finding below the limit lets the release through', async () => {
  const { result } = await scanned('LOW').deploy({ gate: SCAN });
  expect(result).toMatchObject({ outcome: 'ok', gate: { findings: [{ key: 'scan', kind: 'passed' }] } });
});

test('a scan that does not come is a warning, and without a policy nobody asks', async () => {
  const scene = scanned(undefined);
  const { result, runner } = await scene.deploy({ gate: SCAN });
  expect(result.outcome).toBe('ok');
  expect(runner.lines.join('\n')).toContain('there is no scan of it yet after 1 min');
  const plain = scanned('CRITICAL');
  expect((await plain.deploy({})).result.outcome).toBe('ok');
  const asked = plain.world.aws.calls.map(({ operation }) => operation);
  expect(asked).not.toContain('DescribeImageScanFindings');
});

test('an image whose attestation cannot be had is a warning, or refused where it is required', async () => {
  const warned = await scanned(undefined).deploy({ attestation: 'verify: warn' });
  expect(warned.result.outcome).toBe('ok');
  expect(warned.runner.lines.join('\n')).toContain('Where the image was built is not proven');
  const scene = scanned(undefined);
  const { result } = await scene.deploy({ attestation: 'verify: require' });
  expect(result).toMatchObject({ outcome: 'failed', error: { code: 'gate-refused' } });
  expect(scene.writes()).toEqual([]);
});

test('a rollback goes on without a proof where that warns, and not where it is required', async () => {
  const scene = await releasedTwice();
  const refused = await scene.rollback({ attestation: 'verify: require' });
  expect(refused.result).toMatchObject({ outcome: 'failed', error: { code: 'attestation-refused' } });
  expect(scene.writes()).toEqual([]);
  const { result } = await scene.rollback({ attestation: 'verify: warn' });
  expect(result).toMatchObject({ outcome: 'rolled-back' });
  expect(scene.writes()).toEqual(['UpdateAlias']);
});

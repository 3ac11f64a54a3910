import { expect, test } from '@jest/globals';
import { judgeScan } from '../../../../src/checks/gate/judge-scan.ts';
import type { ScanFinding } from '../../../../src/clients/ecr-scans.ts';
import type { ScanPolicy } from '../../../../src/inputs/gate-policy.ts';

const finding = (severity: string, more: Partial<ScanFinding> = {}): ScanFinding => ({
  name: `CVE-${severity}`,
  severity,
  package: undefined,
  fix: undefined,
  isSettled: false,
  ...more,
});

function judged(
  maxSeverity: ScanPolicy['maxSeverity'],
  counts: Readonly<Record<string, number>>,
  findings: readonly ScanFinding[] = [],
) {
  return judgeScan({ kind: 'found', found: { counts, findings } }, { maxSeverity, waitMinutes: 0 });
}

test.each([
  ['none', 'UNTRIAGED', 'refused'],
  ['none', 'INFORMATIONAL', 'refused'],
  ['low', 'INFORMATIONAL', 'passed'],
  ['low', 'UNDEFINED', 'passed'],
  ['low', 'UNTRIAGED', 'passed'],
  ['low', 'LOW', 'passed'],
  ['low', 'MEDIUM', 'refused'],
  ['medium', 'MEDIUM', 'passed'],
  ['medium', 'HIGH', 'refused'],
  ['high', 'HIGH', 'passed'],
  ['high', 'CRITICAL', 'refused'],
  ['critical', 'CRITICAL', 'passed'],
] as const)('a limit of %s and one finding %s: %s', (limit, severity, kind) => {
  expect(judged(limit, { [severity]: 1 }).kind).toBe(kind);
});

test('an image without findings passes every limit', () => {
  const { kind, sentence } = judged('none', {});
  expect({ kind, sentence }).toEqual({
    kind: 'passed',
    sentence: "ECR's scan of the image found nothing; the limit is none",
  });
});

test('the worst findings are named, those with a fix first, and the others counted', () => {
  const findings = [
    finding('LOW'),
    finding('HIGH', { name: 'CVE-1', fix: 'NO' }),
    finding('HIGH', { name: 'CVE-2', package: 'openssl 3.0.1', fix: '3.0.2' }),
    finding('HIGH', { name: 'CVE-3', fix: 'YES' }),
    finding('CRITICAL', { name: 'CVE-4', fix: 'PARTIAL' }),
  ];
  const { kind, sentence, fix } = judged('medium', { LOW: 1, HIGH: 3, CRITICAL: 1 }, findings);
  expect(kind).toBe('refused');
  expect(sentence).toBe(
    "ECR's scan of the image found 1 CRITICAL, 3 HIGH, 1 LOW; the limit is medium: CVE-4 (CRITICAL, a fix of a part is available), CVE-2 (HIGH, openssl 3.0.1, fixed in 3.0.2), CVE-3 (HIGH, a fix is available) and 1 other above the limit",
  );
  expect(fix).toContain('gate.scan.max-severity');
});

test('counts hold where the list is shorter than they say', () => {
  const { kind, sentence } = judged('high', { CRITICAL: 2 }, [finding('LOW')]);
  expect({ kind, sentence }).toEqual({
    kind: 'refused',
    sentence: "ECR's scan of the image found 2 CRITICAL; the limit is high",
  });
});

test('the list holds where there are no counts', () => {
  expect(judged('low', {}, [finding('HIGH')]).kind).toBe('refused');
});

test('what somebody suppressed in Inspector is not counted', () => {
  const findings = [finding('CRITICAL', { isSettled: true }), finding('LOW')];
  const { kind, sentence } = judged('low', { CRITICAL: 1, LOW: 1 }, findings);
  expect({ kind, sentence }).toEqual({
    kind: 'passed',
    sentence: "ECR's scan of the image found 1 LOW; the limit is low",
  });
});

test('a severity that is not known is shown as it is and refuses nothing, except where nothing is let through', () => {
  const { kind, sentence } = judged('high', { SEVERE: 1, LOW: 2 });
  expect(kind).toBe('unknown');
  expect(sentence).toBe(
    "ECR's scan of the image found 1 SEVERE, 2 LOW; the limit is high, and whether SEVERE is worse is not known",
  );
  expect(judged('none', { SEVERE: 1 }).kind).toBe('refused');
  expect(judged('medium', { SEVERE: 1, HIGH: 1 }).kind).toBe('refused');
});

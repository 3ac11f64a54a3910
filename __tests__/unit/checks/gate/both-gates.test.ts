import { expect, test } from '@jest/globals';
import { bothGates } from '../../../../src/checks/gate/both-gates.ts';
import type { GateFinding, GateResult } from '../../../../src/checks/gate/trial.ts';

function gate(asked: number, ...keys: readonly string[]): GateResult {
  const nothing = { live: undefined, candidate: undefined };
  const findings = keys.map((key): GateFinding => ({ key, kind: 'passed', sentence: `${key} holds` }));
  return {
    where: asked === 0 ? 'runner' : 'lambda',
    asked,
    comparison: undefined,
    notCompared: asked === 0 ? 'nothing was asked yet' : 'nothing is live yet',
    latencyMs: nothing,
    coldStartMs: nothing,
    usedMb: nothing,
    memoryMb: nothing,
    imageBytes: nothing,
    costPer1000: nothing,
    findings,
  };
}

test('what files and a version showed stands together, measured on the version', () => {
  const both = bothGates(gate(0, 'metrics'), gate(11, 'changed'));
  expect(both).toEqual({
    ...gate(11),
    findings: [...gate(0, 'metrics').findings, ...gate(1, 'changed').findings],
  });
});

test('a later part that asked nothing keeps what was measured before', () => {
  expect(bothGates(gate(11, 'changed'), gate(0, 'scan'))).toMatchObject({
    asked: 11,
    where: 'lambda',
    notCompared: 'nothing is live yet',
    findings: [{ key: 'changed' }, { key: 'scan' }],
  });
});

test('one of them alone is what it is', () => {
  expect(bothGates(undefined, gate(1, 'a'))).toEqual(gate(1, 'a'));
  expect(bothGates(gate(1, 'a'), undefined)).toEqual(gate(1, 'a'));
  expect(bothGates(undefined, undefined)).toBeUndefined();
});

/** The template of the set-up: what AWS's own rules say of it, and that what it makes suits a release. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import { fateOf, parseLifecyclePolicy, DAY_MS } from '../../src/release/plan/lifecycle.ts';
import { LIFECYCLE_POLICY, TEMPLATE } from '../../src/setup/plan/template.ts';
import type { Digest } from '../../src/types.ts';

const path = 'infrastructure/cloudformation/setup.yaml';

test("AWS's validator finds nothing in the template", () => {
  const engine = new RegoEngine();
  try {
    // Notes that a property replaces its resource, or that a resource could have tags, are no findings.
    const { diagnostics } = engine.validateStandard(new TemplateFile(path), { severityLevel: 'WARN' });
    expect(diagnostics).toEqual([]);
  } finally {
    engine.free();
  }
});

test('no rule of the lifecycle policy ever takes a tagged image', () => {
  const policy = parseLifecyclePolicy(JSON.stringify(LIFECYCLE_POLICY));
  const image = (index: number, tags: readonly string[]) => ({
    digest: `sha256:${String(index).padStart(64, '0')}` as Digest,
    tags,
    pushedAt: 0,
    lastPulledAt: undefined,
  });
  const images = Array.from({ length: 2000 }, (_, index) => image(index, [`commit-${index}`]));
  const untagged = image(9999, []);
  const fate = ({ digest }: { readonly digest: Digest }) =>
    fateOf({ policy, images: [...images, untagged], digest, now: 10_000 * DAY_MS }).kind;
  expect(new Set(images.map(fate))).toEqual(new Set(['stays']));
  expect(fate(untagged)).toBe('by-age');
});

test('the template fits into a request', () => {
  expect(JSON.stringify(TEMPLATE).length).toBeLessThan(51_200);
  expect(readFileSync(path).length).toBeLessThan(51_200);
});

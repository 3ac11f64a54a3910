import { expect, test } from '@jest/globals';
import type { GateResult } from '../../../../src/checks/gate/trial.ts';
import {
  announcedOf,
  differencesFrom,
  parseMarker,
  renderMarker,
} from '../../../../src/release/plan/announced.ts';
import type { PlanStep } from '../../../../src/run/plan.ts';

const PUBLISH = step('Publish a version', 'lambda:PublishVersion');
const SHIFT = step('Shift the traffic', 'lambda:UpdateAlias');
const BUILD = step('Build the image', 'docker:build');
const CREATE = step('Create the alias', 'lambda:CreateAlias');
const CONFIGURED = {
  ...PUBLISH,
  does: 'use the image, change the configuration: memory 256 to 512 MB, and publish a version',
};

function step(name: string, write: PlanStep['writes'][number]): PlanStep {
  return { name, does: name, why: '', writes: [write] };
}

/** One service, with predictions that change to these values. */
function told(plan: readonly PlanStep[], changed?: readonly string[], more: { leftOut?: string[] } = {}) {
  const rows = changed?.map((after, index) => ({
    ...{ name: `row ${index}`, from: 'samples', line: index + 1 },
    fields: [{ field: 'class', before: 'setosa', after }],
  }));
  const gate = rows && ({ comparison: { changed: rows } } as unknown as GateResult);
  return announcedOf([{ functionName: 'iris', aliasName: 'live', plan, gate, ...more }]);
}

const PLANNED = told([BUILD, PUBLISH, SHIFT], ['virginica', 'versicolor']);

test.each([
  ['the same', PLANNED, []],
  ['an image that was built before', told([PUBLISH, SHIFT], ['virginica', 'versicolor']), []],
  ['predictions that were not compared', told([PUBLISH, SHIFT]), []],
  [
    'a step more',
    told([PUBLISH, CREATE, SHIFT], ['virginica', 'versicolor']),
    ['it also has: "Create the alias"'],
  ],
  ['a step less', told([PUBLISH], ['virginica', 'versicolor']), ['1 announced step is left out']],
  [
    'another configuration',
    told([CONFIGURED, SHIFT], ['virginica', 'versicolor']),
    ['it changes the configuration otherwise (memory 256 to 512 MB)'],
  ],
  ['fewer predictions', told([PUBLISH, SHIFT], []), ['0 predictions change, and 2 were announced']],
  [
    'other predictions',
    told([PUBLISH, SHIFT], ['virginica', 'virginica']),
    ['2 predictions change as announced, but not the same or not to the same'],
  ],
])('%s, against what was announced', (_, own, differences) => {
  expect(differencesFrom(PLANNED, own)).toEqual(differences);
});

test('a plan that announced no release, and one that could not see AWS', () => {
  const own = told([PUBLISH, SHIFT]);
  expect(differencesFrom(told([]), own)).toEqual(['it releases, where nothing to release was announced']);
  expect(differencesFrom(told([], undefined, { leftOut: ['AWS was not read'] }), own)).toEqual([]);
});

test('of several services each difference names its own', () => {
  const both = (plan: readonly PlanStep[]) =>
    announcedOf([
      { functionName: 'iris', aliasName: 'live', plan: [SHIFT] },
      { functionName: 'rose', aliasName: 'live', plan },
    ]);
  expect(differencesFrom(both([SHIFT]), both([SHIFT, CREATE]))).toEqual([
    'rose/live: it also has: "Create the alias"',
  ]);
});

test('the hidden line says what was announced, also what a plan could not tell', () => {
  for (const announced of [PLANNED, told([], undefined, { leftOut: ['AWS was not read'] })]) {
    const line = renderMarker(announced, { runId: '7', attempt: '1' });
    expect(parseMarker(`${line}\nverdict`, ['iris/live'])?.announced).toEqual(
      JSON.parse(JSON.stringify(announced)),
    );
  }
  expect(parseMarker(renderMarker(PLANNED, { runId: '7', attempt: '1' }), ['rose/live'])).toBeUndefined();
});

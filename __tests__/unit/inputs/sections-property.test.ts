/** Whatever a policy says, however it is written and over however many parts of the file: the same arrives. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { InvalidInputs } from '../../../src/inputs/fields.ts';
import { deploy } from './section-scene.ts';

const gateOf = async (file: string | undefined, gate?: string) =>
  (await deploy({ ...(file !== undefined && { file }), inputs: gate === undefined ? {} : { gate } })).gate;

const share = fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true }).map((x) => Math.abs(x));
const shown = share.map((x) => Number(x.toFixed(6)));
const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,11}$/);
const value = fc.string({ unit: fc.constantFrom(...`a1 ='":#{}[],&*!|>%@-~\\é\t`), maxLength: 10 });
const milliseconds = fc.integer({ min: 1, max: 900_000 });

const policy = fc.record(
  {
    image: fc.constant('samples'),
    port: fc.integer({ min: 1, max: 65_535 }),
    variables: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9]{1,8}$/), value, { maxKeys: 4 }),
    live: fc.constant('compare'),
    changed: fc.record(
      { 'max-share': shown, fields: fc.array(word, { maxLength: 3 }) },
      { requiredKeys: [] },
    ),
    'must-not-be-worse-than-live': fc.boolean(),
    'latency-p95-ms': milliseconds,
    'cold-start-p95-ms': milliseconds,
    'cold-starts': fc.integer({ min: 1, max: 100 }),
    'memory-headroom': shown,
    'image-size': fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('MB', 'MiB', 'GB', 'GiB'))
      .map((x) => x.join(' ')),
    metrics: fc.record({ file: word, 'max-loss': shown }),
    load: fc.record({
      requests: fc.integer({ min: 100, max: 10_000 }),
      concurrency: fc.integer({ min: 1, max: 100 }),
    }),
    scan: fc.record({
      'max-severity': fc.constantFrom('none', 'critical'),
      wait: fc.integer({ min: 0, max: 60 }),
    }),
  },
  { requiredKeys: [] },
);

type Tree = { readonly [key: string]: unknown };

/** Two parts that are the whole when the second is laid over the first; both may have a key, the first another value. */
function split(tree: Tree, bits: readonly boolean[]): readonly [Tree, Tree] {
  let at = 0;
  const cut = (whole: Tree): readonly [Tree, Tree] => {
    const parts: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
    for (const [key, inside] of Object.entries(whole)) {
      const isTree = typeof inside === 'object' && !Array.isArray(inside);
      if (isTree) [parts[0][key], parts[1][key]] = cut(inside as Tree);
      else parts[bits[at++ % bits.length] ? 1 : 0][key] = inside;
    }
    return parts;
  };
  return cut(tree);
}

test('as blocks, in one line, in the file and as an input: the same', async () => {
  await fc.assert(
    fc.asyncProperty(policy, async (gate) => {
      const fromFile = await gateOf(stringify({ gate }));
      expect(await gateOf(`gate: ${JSON.stringify(gate)}`)).toEqual(fromFile);
      expect(await gateOf(undefined, stringify(gate))).toEqual(fromFile);
      expect(await gateOf(undefined, JSON.stringify(gate))).toEqual(fromFile);
      expect(fromFile.variables).toEqual({ ...gate.variables });
      expect(fromFile.changed).toEqual({
        maxShare: gate.changed?.['max-share'],
        fields: gate.changed?.fields ?? [],
      });
    }),
    { numRuns: 30 },
  );
});

test('over several parts of the file: the same as in one', async () => {
  await fc.assert(
    fc.asyncProperty(policy, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), async (gate, bits) => {
      const [below, above] = split(gate, bits);
      const file = stringify({ gate: below, environments: { default: { gate: above } } });
      expect(await gateOf(file)).toEqual(await gateOf(stringify({ gate })));
    }),
    { numRuns: 30 },
  );
});

test('any text is a policy, or refused in lines that name the input', async () => {
  const piece = fc.constantFrom(
    'image: ',
    'none',
    'changed',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '\n',
    '  ',
    '5%',
    '"',
    "'",
    '&a ',
    '*a',
    '- ',
    '? ',
    '!!x ',
    '0.1',
    'variables',
    'AB',
    '#',
    '|',
    '\t',
    '\u0000',
    '\ud800',
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );
  await fc.assert(
    fc.asyncProperty(text, async (gate) => {
      try {
        await gateOf(undefined, gate.trim() === '' ? undefined : gate);
      } catch (error) {
        if (!(error instanceof InvalidInputs)) throw error;
        for (const mistake of error.mistakes) expect(mistake).toMatch(/^input gate:\d+:\d+: \P{Cc}+$/u);
      }
    }),
    { numRuns: 100 },
  );
});

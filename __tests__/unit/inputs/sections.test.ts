/** `gate` and `attestation`: keys with keys of their own, in the file and as an input of the action. */
import { describe, expect, test } from '@jest/globals';
import { deploy, mistakes, rollback } from './section-scene.ts';

const WHOLE = `
image: samples
port: 8000
variables: { MODEL: iris, THREADS: 2 }
live: compare
samples-from: s3://captures/iris
replay: safe
changed: { max-share: 0.05, fields: [label, scores.virginica] }
must-not-be-worse-than-live: true
latency-p95-ms: 300
cold-start-p95-ms: 3000
cold-starts: 10
memory-headroom: .1
image-size: 2 GiB
metrics: { file: metrics.json, constraints: limits.json, max-loss: 2e-2 }
data: { file: data.csv, constraints: constraints.json }
load: { requests: 200, concurrency: 10, max-errors: 0, p95-ms: 500 }
scan: { max-severity: high }
`;

const POLICY = {
  ...{ image: 'samples', port: 8000, variables: { MODEL: 'iris', THREADS: '2' }, live: 'compare' },
  ...{ samplesFrom: 's3://captures/iris', replay: 'safe', mustNotBeWorseThanLive: true },
  changed: { maxShare: 0.05, fields: ['label', 'scores.virginica'] },
  ...{ latencyP95Ms: 300, coldStartP95Ms: 3000, coldStarts: 10 },
  ...{ memoryHeadroom: 0.1, imageSize: 2 ** 31 },
  metrics: { file: 'metrics.json', constraints: 'limits.json', maxLoss: 0.02 },
  data: { file: 'data.csv', constraints: 'constraints.json' },
  load: { requests: 200, concurrency: 10, maxErrors: 0, p95Ms: 500 },
  scan: { maxSeverity: 'high', waitMinutes: 5 },
};

const indented = (text: string) => text.replaceAll(/^(?=.)/gm, '  ');

describe('what they say arrives', () => {
  test('nothing given: what lets a first release through', async () => {
    const { gate, attestation, cache } = await deploy({});
    expect(gate).toEqual({
      ...{ image: 'samples', live: 'compare', variables: {}, changed: { fields: [] } },
      mustNotBeWorseThanLive: false,
    });
    expect(attestation).toEqual({ verify: 'off', provenance: false });
    expect(cache).toBe('inline');
    expect((await rollback({})).attestation).toEqual({ verify: 'off', provenance: false });
    expect(await rollback({})).not.toHaveProperty('gate');
  });

  test('every key, from the file and from an input of the action', async () => {
    expect((await deploy({ file: `gate:${indented(WHOLE)}` })).gate).toEqual(POLICY);
    expect((await deploy({ inputs: { gate: WHOLE } })).gate).toEqual(POLICY);
    expect((await deploy({ inputs: { gate: `{ image: none, cold-starts: 5 }` } })).gate).toMatchObject({
      image: 'none',
      coldStarts: 5,
    });
  });

  test('attestation is one of deploy and of rollback', async () => {
    const file =
      'attestation: { verify: require, repository: acme/iris, workflow: .github/workflows/ci_cd.yml, bundle: b.json, trusted-root: r.json }';
    const policy = {
      ...{ verify: 'require', repository: 'acme/iris', workflow: '.github/workflows/ci_cd.yml' },
      ...{ bundle: 'b.json', trustedRoot: 'r.json', provenance: false },
    };
    expect((await deploy({ file })).attestation).toEqual(policy);
    expect((await rollback({ file })).attestation).toEqual(policy);
    const warn = await rollback({ file, inputs: { attestation: 'verify: warn' } });
    expect(warn.attestation).toEqual({ ...policy, verify: 'warn' });
  });
});

describe('several parts of the file', () => {
  const file = `
gate:
  port: 8000
  variables: { AA: base, BB: base }
  changed: { max-share: 0.1, fields: [label] }
  metrics: { file: m.json }
services:
  iris: { gate: { variables: { CC: service } } }
environments:
  default: { gate: { changed: { max-share: 0.2 } } }
  prod: { gate: { changed: { max-share: 0.3 }, metrics: { max-loss: 0 } }, cache: none }
  dev: { gate: { image: none } }
`;

  test('add to a section key by key, and to the keys inside', async () => {
    const { gate, cache } = await deploy({ file, inputs: { environment: 'prod' } });
    expect(gate.changed).toEqual({ maxShare: 0.3, fields: ['label'] });
    expect(gate.variables).toEqual({ AA: 'base', BB: 'base', CC: 'service' });
    expect(gate.metrics).toEqual({ file: 'm.json', maxLoss: 0 });
    expect([gate.port, cache]).toEqual([8000, 'none']);
  });

  test('a port below, and no image trial in an environment, is no mistake', async () => {
    const { gate } = await deploy({ file, inputs: { environment: 'dev' } });
    expect([gate.image, gate.port, gate.changed.maxShare]).toEqual(['none', 8000, 0.2]);
  });

  test('a key of an input replaces the same key of the file with everything in it', async () => {
    const inputs = { environment: 'prod', gate: 'changed: { max-share: 0.5 }\nvariables: { AA: input }' };
    const { gate } = await deploy({ file, inputs });
    expect(gate.changed).toEqual({ maxShare: 0.5, fields: [] });
    expect(gate.variables).toEqual({ AA: 'input' });
    expect([gate.port, gate.metrics]).toEqual([8000, { file: 'm.json', maxLoss: 0 }]);
  });

  test('what a section needs may stand in another part than the section', async () => {
    const parts = 'gate: { data: { file: d.csv } }\nenvironments: { default: { gate: { samples-from: a } } }';
    expect(await mistakes({ file: parts })).toEqual([
      '.model-release.yml:1:15: gate.data.constraints is required',
      '.model-release.yml:2:50: gate.samples-from needs replay: safe, which says that the handler writes nothing, so that captured requests may be sent again',
    ]);
    const inputs = { gate: 'replay: safe\ndata: { file: d.csv, constraints: c.json }' };
    expect(await mistakes({ file: parts, inputs })).toEqual([]);
  });
});

const SHARES = ['changed.max-share', 'memory-headroom', 'metrics.max-loss', 'load.max-errors'] as const;
const nested = (path: string, value: string) =>
  path.split('.').reduceRight((inner, key) => `{ ${key}: ${inner} }`, value);

describe('a value that cannot be meant is refused where it stands', () => {
  test.each(
    SHARES.flatMap((path) =>
      [
        '5%',
        '1.5',
        '-0.1',
        '.nan',
        '.inf',
        '-.inf',
        '5',
        '0x1',
        'abc',
        '"0.5"',
        'true',
        '[0.5]',
        '~',
        '""',
      ].map((value) => [path, value] as const),
    ),
  )('gate.%s: %s', async (path, value) => {
    const [first = '', ...more] = await mistakes({ file: `gate: ${nested(path, value)}` });
    expect(first).toMatch(
      new RegExp(`^\\.model-release\\.yml:1:\\d+: gate\\.${path} (must be|has no value|is empty)`),
    );
    expect(more.filter((mistake) => !mistake.includes('is required'))).toEqual([]);
  });

  test('per cent are told as a share', async () => {
    for (const [value, share] of [
      ['5%', '0.05'],
      ['5', '0.05'],
      ['2.5 %', '0.025'],
      ['100%', '1'],
    ] as const)
      expect(await mistakes({ inputs: { gate: `memory-headroom: ${value}` } })).toEqual([
        expect.stringMatching(new RegExp(`; for [\\d.]+ % write ${share}$`)),
      ]);
  });

  test.each([
    ['image: docker', 'gate.image must be one of samples, none, not "docker"'],
    ['port: 0', 'gate.port must be a whole number from 1 to 65535, not "0"'],
    ['port: 8000.5', 'gate.port must be a whole number from 1 to 65535, not "8000.5"'],
    ['replay: true', 'gate.replay must be one of safe, not true'],
    [
      'must-not-be-worse-than-live: yes',
      'gate.must-not-be-worse-than-live must be true or false, not the text "yes"',
    ],
    ['latency-p95-ms: 300ms', 'gate.latency-p95-ms must be a number, not the text "300ms"'],
    ['cold-starts: 101', 'gate.cold-starts must be a whole number from 1 to 100, not "101"'],
    ['image-size: 2', 'gate.image-size must be a number with its unit, such as 2 GiB, not the number 2'],
    ['image-size: 2 gb', 'gate.image-size must be a number with MB, MiB, GB or GiB'],
    ['image-size: 11 GiB', 'gate.image-size must be a number with MB, MiB, GB or GiB, from 1 MB to 10 GiB'],
    ['image-size: 1e999 GiB', 'gate.image-size must be a number with MB, MiB, GB or GiB'],
    ['metrics: m.json', 'gate.metrics must be a mapping with KEY: value on every line, not a text'],
    ['metrics: { file: https://a.example/m.json }', 'gate.metrics.file must be a file of the workspace'],
    ['samples-from: s3:/a\n  replay: safe', 'gate.samples-from must be a JSON Lines file'],
    ['samples-from: S3://a/b\n  replay: safe', 'gate.samples-from must be a JSON Lines file'],
    ['changed: { fields: label }', 'gate.changed.fields must be a list'],
    ['changed: { fields: [a..b] }', 'gate.changed.fields must list fields such as label or scores.virginica'],
    ['load: { requests: 5, concurrency: 6 }', 'gate.load.concurrency must be at most requests (5), not 6'],
    [
      'load: { requests: 10001, concurrency: 6 }',
      'gate.load.requests must be a whole number from 1 to 10000',
    ],
    [
      'scan: { max-severity: urgent }',
      'gate.scan.max-severity must be one of none, low, medium, high, critical',
    ],
    [
      'scan: { max-severity: high, wait: 61 }',
      'gate.scan.wait must be a whole number from 0 to 60 (minutes)',
    ],
    [
      'variables: { AWS_SESSION_TOKEN: x }',
      'gate.variables sets AWS_SESSION_TOKEN, which Lambda keeps for itself',
    ],
    [
      'snap-start: compare',
      'gate.snap-start comes with a later release of model-release, and this one would',
    ],
    ['image: none\n  port: 8000', 'gate.port has no effect beside image: none'],
    ['live: none\n  changed: { max-share: 0 }', 'gate.changed has no effect beside live: none'],
    ['imge: none', 'gate has "imge", which is not a key of it; did you mean image?'],
    ['max-share: 0.1', 'gate has "max-share", which belongs below changed'],
    [
      'changed: { scan: 1 }',
      'gate.changed has "scan", which is not a key of it; its keys are max-share, fields',
    ],
    ['__proto__: 1', 'gate has "__proto__", which is not a key of it'],
    ['port: 1\n  port: 1', '"port" stands here a second time'],
  ])('%j', async (line, expected) => {
    const [first, ...more] = await mistakes({ file: `gate:\n  ${line}\n` });
    expect(first).toMatch(/^\.model-release\.yml:\d+:\d+: /);
    expect(first?.replace(/^\S+ /, '').slice(0, expected.length)).toBe(expected);
    expect(more).toEqual([]);
    // The same as an input, with the place in its text.
    const [same] = await mistakes({ inputs: { gate: line.replaceAll('\n  ', '\n') } });
    expect(same).toMatch(/^input gate:\d+:\d+: /);
    expect(same?.replace(/^\S+ \S+ /, '').slice(0, expected.length)).toBe(expected);
  });

  test('all mistakes at once, those of the inputs beside those of the file', async () => {
    const inputs = { gate: 'port: 0\nloda: {}', attestation: 'verify: maybe', cache: 'gha' };
    expect(await mistakes({ file: 'gate: { live: 1, image: docker }', inputs })).toEqual([
      expect.stringMatching(/^input gate:1:7: gate\.port /),
      expect.stringMatching(/^input gate:2:1: gate has "loda".*did you mean load\?$/),
      expect.stringMatching(/^input attestation:1:9: attestation\.verify /),
      expect.stringMatching(/^\.model-release\.yml:1:15: gate\.live /),
      expect.stringMatching(/^\.model-release\.yml:1:25: gate\.image /),
      expect.stringMatching(/^cache must be one of inline, none/),
    ]);
  });

  test.each([
    '- a',
    'none',
    '"x"',
    '7',
    '# nothing',
    '{ a: [',
    'a: b: c',
    '[['.repeat(9000),
    '\u0000',
    '&a {}',
  ])('an input that is no mapping: %#', async (gate) => {
    const found = await mistakes({ inputs: { gate } });
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(4);
    for (const mistake of found) expect(mistake).toMatch(/^input gate:\d+:\d+: /);
  });
});

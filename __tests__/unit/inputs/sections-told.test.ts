/** What is told of wrong keys of sections, and what is not: values of variables. */
import { describe, expect, test } from '@jest/globals';
import { mistakes, rollback, sources } from './section-scene.ts';

describe('no value of a variable shows', () => {
  const SECRET = 'hunter2';

  test.each([
    `variables: { PASSWORD: [${SECRET}] }`,
    `variables: { PASSWORD: { a: ${SECRET} } }`,
    `variables: PASSWORD=${SECRET}`,
    `variables: [PASSWORD=${SECRET}]`,
    `variables: { AWS_SESSION_TOKEN: ${SECRET} }`,
    `variables: { "PASS WORD": ${SECRET} }`,
    `variables: { PASSWORD: "${SECRET}\\n" }`,
    `variables: { PASSWORD: ${SECRET}, PASSWORD: ${SECRET} }`,
    `variables: { PASSWORD: "${SECRET}\\ud800" }`,
  ])('in the file and as an input: %j', async (line) => {
    for (const given of [{ file: `gate: { ${line} }` }, { inputs: { gate: line } }]) {
      const found = await mistakes(given);
      expect(found.length).toBeGreaterThan(0);
      expect(found.join()).not.toContain(SECRET);
    }
  });

  test.each([
    `variables:\n  PASSWORD:${SECRET}\n  A: b`,
    `variables:\n  PASSWORD: *${SECRET}`,
    `variables:\n  PASSWORD: &${SECRET}`,
    `variables:\n  PASSWORD: !${SECRET}`,
    `variables:\n  PASSWORD: "a" ${SECRET}\n`,
    `variables:\n  PASSWORD: [a] ${SECRET}\n`,
    `variables:\n  PASSWORD: a\n${SECRET}\n`,
    `variables:\n  PASSWORD: '${SECRET}\n`,
    `variables:\n  PASSWORD: %${SECRET}\n`,
    `variables:\n  PASSWORD: @${SECRET}\n`,
    `variables:\n  PASSWORD: |${SECRET}\n`,
    SECRET,
    `- ${SECRET}`,
  ])('where an input is no right YAML: %j', async (gate) => {
    const found = await mistakes({ inputs: { gate } });
    expect(found.length).toBeGreaterThan(0);
    expect(found.join()).not.toContain(SECRET);
  });
});

describe('a rollback', () => {
  test('goes on in spite of every wrong key of gate', async () => {
    for (const key of [
      'imge: 1',
      'port: 0',
      'image: 7',
      'samples-from: 1',
      'data: {}',
      'live: none',
      'file: 1',
    ]) {
      const [source] = await sources({ file: `gate: { changed: 1, ${key} }` }, 'rollback');
      expect(source?.source.mistakes).toEqual([]);
      expect(source?.source.warnings?.join()).toContain('a deploy will refuse it');
    }
  });

  test('does not pass over what attestation may have asked for, unless the run says whether to verify', async () => {
    const file = 'attestation: { verify: require, workflow: ci.yml }';
    const at = '.model-release.yml:1:43: attestation.workflow must be a workflow';
    expect(await mistakes({ file }, rollback)).toEqual([expect.stringContaining(at)]);
    expect(await mistakes({ file, inputs: { attestation: 'bundle: b.json' } }, rollback)).toHaveLength(1);
    const { attestation } = await rollback({ file, inputs: { attestation: 'verify: require' } });
    expect(attestation).toMatchObject({ verify: 'require' });
    expect(attestation.workflow).toBeUndefined();
  });

  test('does not pass over what may be an alias that is indented too far', async () => {
    const file = 'gate:\n  image: 7\n  alias: prod\n';
    expect((await mistakes({ file }, rollback)).join()).toContain('gate has "alias"');
  });
});

test.each([
  ['scan: { max-severity: high }', '"scan" is not a key here; it is one of gate'],
  ['max-share: 0.1', '"max-share" is not a key here; it is one of gate.changed'],
  ['verify: require', '"verify" is not a key here; it is one of attestation'],
  ['gates: {}', '"gates" is not a key; did you mean gate?'],
  ['traffic: {}', 'traffic comes with a later release'],
])('at the top of the file: %s', async (file, expected) => {
  expect(await mistakes({ file })).toEqual([expect.stringContaining(expected)]);
});

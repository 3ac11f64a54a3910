/** Captured requests of a file or of S3, sent to the candidate and to what is live, over the local AWS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Invocation, Program, ProgramRuntime } from '../../local/aws/runtime.ts';
import { seedObject } from '../../local/aws/s3.ts';
import type { Finished } from '../harness/world.ts';
import {
  begin,
  expectFailure,
  expectReleased,
  expectVersion1Serves,
  released,
  said,
  type Scene,
} from './faults/scene.ts';

const workspace = mkdtempSync(join(tmpdir(), 'gate-captures-'));
afterAll(() => rmSync(workspace, { recursive: true }));

/** What nobody may read of a captured request, of its answers, and of what a model logs about it. */
const PERSONAL = 'ann@example.com';

const record = (n: number, data = JSON.stringify({ n, mail: PERSONAL })) =>
  JSON.stringify({
    captureData: { endpointInput: { observedContentType: 'application/json', data, encoding: 'JSON' } },
    eventMetadata: { eventId: `event-${n}` },
    eventVersion: '0',
  });
const records = (count: number) =>
  Array.from({ length: count }, (_, index) => `${record(index + 1)}\n`).join('');

interface Asked {
  readonly n?: number;
  readonly mail?: string;
}
type Answered = (event: Asked) => unknown;

const kind: Answered = ({ mail }) => ({ kind: 'setosa', [`of ${mail}`]: mail });
/** Row 3 is answered otherwise, and row 4 with an error. */
const other: Answered = (event) => {
  if (event.n === 4) throw new Error(`no kind for ${event.mail}`);
  return event.n === 3 ? { kind: `virginica of ${event.mail}` } : kind(event);
};

/** A deploy of version 2 while version 1 serves; every answer is logged by the model, with what it was asked. */
async function attempt(
  scene: Scene,
  gate: object,
  candidate: Answered = kind,
): Promise<Finished & { readonly marks: readonly string[] }> {
  const runtime = scene.world.aws.runtime as ProgramRuntime;
  const marks: string[] = [];
  const model =
    (answer: Answered, name: string): Program =>
    (event, _environment, { clientContext }: Invocation) => {
      const mark = (JSON.parse(clientContext ?? '{}') as { custom?: object }).custom;
      marks.push(`${name} ${JSON.stringify(mark)}`);
      return answer(event as Asked);
    };
  const log = () => ({ log: `asked by ${PERSONAL}` });
  runtime.set(scene.fn().versions['1']?.code.digest ?? '', model(kind, 'live'), log);
  runtime.set(scene.image.digest, model(candidate, 'candidate'), log);
  const env = { GITHUB_WORKSPACE: workspace };
  const finished = await scene.deploy(
    { gate: JSON.stringify({ replay: 'safe', ...gate }) },
    { env, files: { 'tests/samples.jsonl': '{"name":"one","input":{"n":0}}\n' } },
  );
  expect(said(finished)).not.toContain(PERSONAL);
  expect(JSON.stringify(finished.result)).not.toContain(PERSONAL);
  return { ...finished, marks };
}

function inFile(text: string): object {
  writeFileSync(join(workspace, 'captures.jsonl'), text);
  return { 'samples-from': 'captures.jsonl' };
}

const count = (marks: readonly string[], mark: string) => marks.filter((one) => one === mark).length;

describe('captured requests', () => {
  test('of a file go once to the candidate and twice to what is live, with a mark of their own', async () => {
    const scene = begin(await released());
    const run = await attempt(scene, inFile(`${records(6)}no request of ${PERSONAL}\n`));
    expectReleased(scene, run);
    expect(run.result.gate).toMatchObject({
      asked: 7,
      comparison: { agreement: { count: 7, of: 7 }, changed: [] },
    });
    expect(count(run.marks, 'candidate {"model-release":"replay"}')).toBe(6);
    expect(count(run.marks, 'live {"model-release":"replay"}')).toBe(12);
    expect(count(run.marks, 'live {"model-release":"sample"}')).toBe(2);
    const log = run.runner.lines.join('\n');
    expect(log).toContain('✓ Load the captured requests: 6 requests');
    expect(log).toContain('Left out: 1 no JSON object');
  });

  test('of an S3 prefix are read before anything is built, in one list and one read an object', async () => {
    const scene = begin(await released());
    seedObject(scene.world.aws, { bucket: 'acme-captures', key: 'iris/2026/11/29.jsonl' }, records(5));
    seedObject(scene.world.aws, { bucket: 'acme-captures', key: 'wine/2026/11/29.jsonl' }, records(9));
    const run = await attempt(scene, { 'samples-from': 's3://acme-captures/iris/' });
    expectReleased(scene, run);
    expect(run.result.gate?.comparison?.agreement).toMatchObject({ count: 6, of: 6 });
    const { calls } = scene.world.aws;
    const read = calls.filter(({ service }) => service === 's3').map(({ operation }) => operation);
    expect(read).toEqual(['ListObjectsV2', 'GetObject']);
    const at = (name: string) => calls.findLastIndex(({ operation }) => operation === name);
    expect(calls.findIndex(({ service }) => service === 's3')).toBeLessThan(at('UpdateFunctionCode'));
  });

  test('that are answered otherwise refuse by changed.max-share, and are numbers everywhere', async () => {
    const scene = begin(await released());
    const gate = { ...inFile(records(20)), changed: { 'max-share': 0 } };
    const run = await attempt(scene, gate, other);
    expectFailure(run, 'gate-refused', [/changed/, /no traffic was shifted/]);
    expectVersion1Serves(scene);
    const changed = run.result.gate?.comparison?.changed ?? [];
    expect(changed.map(({ name, from, fields }) => [name, from, fields])).toEqual(
      expect.arrayContaining([
        ['row 3', 'captures', []],
        ['row 4', 'captures', []],
      ]),
    );
    expect(changed).toHaveLength(2);
    expect(said(run)).toContain('| captured request, row 3 | not shown | not shown | not shown |');
  });

  test('are left alone where nothing is compared', async () => {
    const scene = begin(await released());
    const run = await attempt(scene, { 'samples-from': 'nowhere.jsonl', live: 'none' });
    expectReleased(scene, run);
    expect(run.marks.join()).not.toContain('replay');
  });
});

describe('one clear error, before anything is built or written', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'a file that is not there',
      'nowhere.jsonl',
      'path-missing',
      /gate\.samples-from names "?nowhere\.jsonl/,
    ],
    ['a file outside the workspace', '../captures.jsonl', 'path-missing', /gate\.samples-from/],
    ['an empty prefix', 's3://acme-captures/wine/', 'no-captures', /holds no captured request/],
  ])('%s', async (_, from, ...[code, pattern]) => {
    const scene = begin(await released());
    seedObject(scene.world.aws, { bucket: 'acme-captures', key: 'iris/a.jsonl' }, records(1));
    const run = await attempt(scene, { 'samples-from': from });
    expectFailure(run, code, [pattern]);
    expect(scene.writes()).toEqual([]);
    expectVersion1Serves(scene);
  });

  test.each([
    ['ListObjectsV2', 's3:ListBucket'],
    ['GetObject', 's3:GetObject'],
  ])('%s that the role may not do, with the action that it needs', async (operation, action) => {
    const scene = begin(await released());
    seedObject(scene.world.aws, { bucket: 'acme-captures', key: 'iris/a.jsonl' }, records(1));
    scene.world.aws.faults.add({ kind: 'denied', service: 's3', operation, times: null });
    const run = await attempt(scene, { 'samples-from': 's3://acme-captures/iris/' });
    expectFailure(run, 'aws-permission', [new RegExp(action), /acme-captures/]);
    expect(scene.writes()).toEqual([]);
  });

  test('a handler that is not said to write nothing', async () => {
    const scene = begin(await released());
    const gate = JSON.stringify(inFile(records(1)));
    const run = await scene.deploy({ gate });
    expect(run.result.error?.message).toMatch(/samples-from needs replay: safe/);
    expect(scene.calls()).toEqual([]);
  });
});

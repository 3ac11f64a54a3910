import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createLocalAws } from '../../../local/aws/aws.ts';
import { seedObject } from '../../../local/aws/s3.ts';
import { requestHandlerFor } from '../../../local/transports/in-process.ts';
import { loadCaptureRows } from '../../../src/checks/gate/capture-rows.ts';
import { s3Client } from '../../../src/clients/s3.ts';
import { noPermits } from '../../../src/clients/writes.ts';
import { UserError } from '../../../src/errors.ts';
import { Gathered, readCapture } from '../../../src/evidence/captures.ts';

const folder = mkdtempSync(join(tmpdir(), 'captures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const record = (data: unknown, encoding: unknown = 'JSON', more: object = {}) =>
  JSON.stringify({
    captureData: {
      endpointInput: { observedContentType: 'application/json', mode: 'INPUT', data, encoding },
      endpointOutput: { observedContentType: 'text/csv', mode: 'OUTPUT', data: '1', encoding: 'CSV' },
    },
    eventMetadata: { eventId: JSON.stringify([data, encoding]), inferenceTime: '2026-11-29T10:00:00Z' },
    eventVersion: '0',
    ...more,
  });
const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64');

describe('one record is one request', () => {
  test.each<[string, unknown, string, string]>([
    ['JSON', '{"a": 1.0}', 'JSON', '{"a": 1.0}'],
    ['CSV of several rows', '5.1,3.5\n6.2,2.9', 'CSV', '"5.1,3.5\\n6.2,2.9"'],
    ['JSON in base64', base64('{"a": "é"}'), 'BASE64', '{"a": "é"}'],
    ['text in base64', base64('5.1,3.5'), 'BASE64', '"5.1,3.5"'],
  ])('%s', (_, data, ...[encoding, input]) => {
    expect(readCapture(record(data, encoding), 7)).toMatchObject({
      line: 7,
      input,
      contentType: 'application/json',
    });
  });

  test.each<[string, string, string]>([
    ['no JSON', '{"captureData": ', 'no JSON object'],
    ['a list', 'null', 'no JSON object'],
    ['an output alone', '{"captureData": {"endpointOutput": {}}}', 'without a captured input'],
    ['another version', record('{}', 'JSON', { eventVersion: '1' }), 'of an unknown eventVersion'],
    ['another encoding', record('{}', 'AVRO'), 'of an unknown encoding, or in binary'],
    [
      'a picture',
      record(base64(new Uint8Array([0xff, 0xd8, 0xff])), 'BASE64'),
      'of an unknown encoding, or in binary',
    ],
    ['what is not JSON', record('ann@example.com', 'JSON'), 'no JSON, although their encoding says so'],
    ['too much', record(JSON.stringify('x'.repeat(6 * 1024 * 1024))), 'above 6 MiB'],
  ])('%s is none', (_, text, why) => {
    expect(readCapture(text, 1)).toEqual({ line: 1, why });
  });
});

function scene() {
  const aws = createLocalAws({ region: 'eu-central-1' });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const s3 = s3Client({
    aws: { region: 'eu-central-1', credentials, requestHandler: requestHandlerFor(aws), readOnly: true },
    clock: aws.clock,
    random: () => 0,
    signal: new AbortController().signal,
    log: { info: () => undefined },
    permits: noPermits,
  });
  const put = (key: string, minute: number, lines: readonly string[]) =>
    seedObject(aws, { bucket: 'acme-captures', key, modifiedAt: minute * 60_000 }, lines.join('\n'));
  const load = (samplesFrom: string, replay: readonly ['safe'?] = ['safe']) =>
    loadCaptureRows({ s3, env: { GITHUB_WORKSPACE: folder } }, { samplesFrom, replay: replay[0] });
  return { aws, put, load };
}

describe('a file of the workspace', () => {
  test('gives its newest requests first, by their row, and each event once', async () => {
    writeFileSync(
      join(folder, 'a.jsonl'),
      ['\uFEFF', record('1'), 'ann@example.com', record('2'), record('1'), ''].join('\n'),
    );
    const { rows, leftOut } = await scene().load('a.jsonl');
    expect(rows).toEqual([
      {
        name: 'row 5',
        line: 5,
        from: 'captures',
        sample: {
          name: 'row 5',
          line: 5,
          input: '1',
          tolerance: 0,
          relativeTolerance: 0,
          contentType: 'application/json',
        },
      },
      expect.objectContaining({ name: 'row 4' }),
    ]);
    expect(leftOut).toEqual(['1 no JSON object', '1 captured twice']);
  });

  test('gives 1,000 requests at most', async () => {
    writeFileSync(
      join(folder, 'b.jsonl'),
      Array.from({ length: 1_200 }, (_, row) => record(String(row))).join('\n'),
    );
    const { rows, leftOut } = await scene().load('b.jsonl');
    expect([rows.length, rows[0]?.line, rows.at(-1)?.line]).toEqual([1_000, 1_200, 201]);
    expect(leftOut).toEqual(['older ones: at most 1000 requests and 20 MiB are sent again']);
  });

  test('gives no more than its bytes of payload', () => {
    const gathered = new Gathered({ rows: 10, bytes: 5 });
    for (const data of ['123', '45', '6']) gathered.add(record(data), 1);
    expect(gathered.requests.map(({ input }) => input)).toEqual(['123', '45']);
    expect(gathered.isFull).toBe(true);
  });

  test('without a request is refused, and nothing of it is said', async () => {
    writeFileSync(join(folder, 'd.jsonl'), '{"email": "ann@example.com"}');
    const failed = await scene()
      .load('d.jsonl')
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UserError);
    expect((failed as UserError).code).toBe('no-captures');
    expect((failed as UserError).message).toContain('1 without a captured input');
    expect((failed as UserError).message).not.toContain('ann@');
  });

  test('is not read without replay: safe', async () => {
    expect(await scene().load('nowhere.jsonl', [])).toEqual({ rows: [], leftOut: [] });
  });
});

describe('a prefix in S3', () => {
  test('gives the newest objects first, and of each its newest line', async () => {
    const { aws, put, load } = scene();
    put('live/2026/11/28/a.jsonl', 1, [record('1'), record('2')]);
    put('live/2026/11/29/b.jsonl', 2, [record('3'), '', record('4'), '']);
    put('live/2026/11/29/empty.jsonl', 3, []);
    put('other/c.jsonl', 4, [record('5')]);
    const { rows, leftOut } = await load('s3://acme-captures/live/');
    expect(rows.map(({ sample, name }) => [name, sample.input])).toEqual([
      ['row 1', '4'],
      ['row 2', '3'],
      ['row 3', '2'],
      ['row 4', '1'],
    ]);
    expect(leftOut).toEqual([]);
    expect(aws.calls.map(({ operation }) => operation)).toEqual(['ListObjectsV2', 'GetObject', 'GetObject']);
  });

  test('says how many objects it did not read', async () => {
    const { put, load } = scene();
    for (let at = 0; at < 203; at += 1) put(`live/${at}`, at, [record(String(at))]);
    const { rows, leftOut } = await load('s3://acme-captures');
    expect([rows.length, rows[0]?.sample.input, leftOut]).toEqual([200, '202', ['3 older objects not read']]);
  });

  test('in another region is found', async () => {
    const { aws, load } = scene();
    seedObject(aws, { bucket: 'far', key: 'a', region: 'eu-west-1' }, record('1'));
    expect((await load('s3://far')).rows).toHaveLength(1);
  });

  test.each<[string, (aws: ReturnType<typeof scene>['aws']) => void, RegExp]>([
    [
      'without its bucket',
      () => undefined,
      /^no-captures: gate\.samples-from leads to "s3:\/\/acme-captures\/live\/", whose bucket does not exist/,
    ],
    [
      'that is empty',
      (aws) => seedObject(aws, { bucket: 'acme-captures', key: 'other' }, 'x'),
      /^no-captures: .*holds no captured request\./,
    ],
    [
      'that the role may not list',
      (aws) => void (aws.allows = () => false),
      /^aws-permission: gate\.samples-from leads to "s3:\/\/acme-captures\/live\/"\. AWS refused s3:ListBucket/,
    ],
  ])('%s is refused', async (_, ...[prepare, said]) => {
    const { aws, load } = scene();
    prepare(aws);
    const failed = (await load('s3://acme-captures/live/').catch((error: unknown) => error)) as Error;
    expect(`${failed instanceof UserError ? failed.code : failed.name}: ${failed.message}`).toMatch(said);
  });

  test('is read again where an answer was lost', async () => {
    const { aws, put, load } = scene();
    put('live/a', 1, [record('1')]);
    aws.faults.add({ kind: 'throttle', operation: 'ListObjectsV2', times: 2 });
    aws.faults.add({ kind: 'drop-after', operation: 'GetObject' });
    expect((await load('s3://acme-captures/live/')).rows).toHaveLength(1);
  });
});

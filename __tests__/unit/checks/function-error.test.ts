/** What people read of an invocation that failed. The payloads and log lines are Lambda's, old and new. */
import { expect, test } from '@jest/globals';
import { readFunctionError } from '../../../src/checks/function-error.ts';

const payload = (errorType: string, errorMessage: string, more = {}) =>
  JSON.stringify({ errorType, errorMessage, ...more });
const readText = ({ payload, logTail }: { payload: string; logTail: string }) =>
  readFunctionError({ payload: Buffer.from(payload), logTail });
const report = (figures: string) => `START RequestId: 1 Version: 4\nREPORT RequestId: 1\t${figures}\n`;
const memory = (size: number, used: number) => `Memory Size: ${size} MB\tMax Memory Used: ${used} MB\t`;

test.each([
  ['Sandbox.Timedout', 'RequestId: 1 Error: Task timed out after 3.00 seconds', ''],
  ['', '2026-11-28T10:00:00.000Z 1 Task timed out after 3.00 seconds', ''],
  ['Sandbox.Timedout', 'RequestId: 1 Error: Task timed out after 3.00 seconds', report('Status: timeout')],
])('a timeout names the input: %s %s', (type, said, logTail) => {
  expect(readText({ payload: payload(type, said), logTail })).toMatchObject({
    problem: 'the function timed out after 3 s, which is its timeout',
    fix: 'Raise timeout, which is 3 s, or let the model answer sooner',
  });
});

test('a timeout that only the REPORT line tells of', () => {
  const told = readText({ payload: '{}', logTail: report(`${memory(128, 60)}Status: timeout`) });
  expect(told).toMatchObject({
    problem: 'the function timed out',
    fix: expect.stringMatching(/^Raise timeout/) as unknown,
  });
});

const KILLED = 'RequestId: 1 Error: Runtime exited with error: signal: killed';
const OUT = 'the function ran out of memory (128 MB)';
const json = (size: number, used: number) =>
  JSON.stringify({
    type: 'platform.report',
    record: { metrics: { memorySizeMB: size, maxMemoryUsedMB: used } },
  });

test.each([
  ['killed with all of it used', 'Runtime.ExitError', KILLED, report(memory(128, 128)), OUT],
  [
    'by name',
    'Runtime.OutOfMemory',
    'RequestId: 1 Error: Runtime.OutOfMemory',
    report(memory(128, 120)),
    OUT,
  ],
  [
    'by the REPORT line',
    'Runtime.ExitError',
    KILLED,
    report(`${memory(128, 127)}Status: error\tError Type: Runtime.OutOfMemory`),
    OUT,
  ],
  ['as JSON logs tell it', 'Runtime.ExitError', KILLED, json(128, 128), OUT],
  ['noticed by Python', 'MemoryError', 'Unable to allocate 3.2 GiB', report(memory(128, 90)), OUT],
  [
    'killed early',
    'Runtime.ExitError',
    KILLED,
    report(memory(128, 60)),
    'the function was killed when it used 60 of 128 MB, as Lambda does where memory runs out',
  ],
  [
    'killed without a figure',
    'Runtime.ExitError',
    KILLED,
    '',
    'the function was killed, as Lambda does where memory runs out',
  ],
])('out of memory, %s: names the input', (_how, ...[type, said, logTail, problem]) => {
  const told = readText({ payload: payload(type, said), logTail });
  expect(told.problem).toBe(problem);
  expect(told.fix).toMatch(/^Raise memory-size(, which is 128 MB,)? or load less$/);
});

test.each([
  [payload('ValueError', 'no model'), 'the function failed: ValueError: no model'],
  [
    payload('Runtime.ExitError', 'RequestId: 1 Error: Runtime exited with error: exit status 1'),
    /exit status 1$/,
  ],
  [
    payload('Runtime.ImportModuleError', "Unable to import module 'app': No module named 'x'"),
    /No module named 'x'$/,
  ],
  ['{"errorMessage": "only words"}', 'the function failed: only words'],
  ['{}', 'the function failed: no message'],
  ['null', 'the function failed: null'],
  ['[1]', 'the function failed: no message'],
  ['{"errorMessage": {"a": 1}, "stackTrace": 5}', 'the function failed: no message'],
  ['not JSON', 'the function failed: not JSON'],
])('an error of the model keeps its own words, and no setting is blamed: %s', (text, problem) => {
  const told = readText({ payload: text, logTail: report(memory(512, 90)) });
  expect(told.problem).toEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem));
  expect(told.fix).toBeUndefined();
});

test('the traceback is told once, whether the function logged it or not', () => {
  const stackTrace = ['  File "/var/task/app.py", line 3, in handler\n    return model[x]\n'];
  const logged = `[ERROR] KeyError: 1\nTraceback (most recent call last):\n${stackTrace[0]}`;
  const text = payload('KeyError', '1', { stackTrace });
  const frame = (lines: readonly string[]) => lines.filter((line) => line.includes('app.py'));
  expect(frame(readText({ payload: text, logTail: logged }).log)).toHaveLength(1);
  expect(frame(readText({ payload: text, logTail: '' }).log)).toHaveLength(1);
  const trace = ['Error: x', '    at handler (/var/task/app.js:1:7)'];
  expect(readText({ payload: payload('Error', 'x', { trace }), logTail: '' }).log).toEqual(trace);
});

/** An image that serves HTTP on `gate.port`, and how a container of a trial ends. */
import { readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Cancelled, UserError } from '../../src/errors.ts';
import { failureOf, openTrialMachine, type TrialMachine } from '../harness/trial.ts';

let machine: TrialMachine;
let port: number;
beforeAll(async () => {
  machine = await openTrialMachine();
  port = await freePort();
});
afterEach(async () => expect(await machine.containers()).toEqual([]));
afterAll(() => machine.close());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: found } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return found;
}

/** A model behind HTTP, as a web framework would serve it; `answer` is Python that has `path` and `body`. */
function server(answer: string, before = ''): Readonly<Record<string, string>> {
  const lines = answer
    .split('\n')
    .map((line) => `        ${line}`)
    .join('\n');
  return {
    Dockerfile: 'FROM base\nCMD ["python3", "server.py"]\n',
    'server.py': `
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def say(self, status, text):
        self.send_response(status); self.send_header("Content-Length", str(len(text))); self.end_headers(); self.wfile.write(text)
    def do_GET(self): self.say(404, b"not here")
    def do_POST(self):
        path = self.path
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
${lines}
    def log_message(self, *words): pass
${before}
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Model).serve_forever()
`,
  };
}

const ONE = { name: 'one', input: { n: 1 }, expected: { n: 1 } };
const http = () => ({ port, variables: { PORT: String(port) } });

test("a server is asked on its port, at / or at the sample's route", async () => {
  await machine.build(server('self.say(201, json.dumps({"path": path, "n": body["n"]}).encode())'));
  const samples = [
    { ...ONE, expected: { n: 1, path: '/' } },
    {
      name: 'two',
      input: { n: 2 },
      route: 'POST /predict?v=3',
      expected: { path: '/predict?v=3' },
      'expected-status': 201,
    },
  ];
  const trial = await machine.attempt(samples, http());
  expect(trial.answers.map(({ asExpected }) => asExpected)).toEqual([true, true]);
  expect(trial.coldStartsMs[0]).toBeGreaterThan(0);
});

test('wrong statuses and answers over 6 MB are wrong answers', async () => {
  await machine.build(server('self.say(500, b"no") if body["n"] == 1 else self.say(200, b"x" * 7000000)'));
  const error = await failureOf(machine.attempt([ONE, { name: 'two', input: { n: 2 } }], http()));
  expect(error.what).toContain('"one": the answer has the status 500: no');
  expect(error.what).toContain('"two": the answer has more than 6 MB');
});

test('an image that listens nowhere is told on which port it was looked for', async () => {
  await machine.build({ Dockerfile: 'FROM base\nCMD ["sleep", "100"]\n' });
  const fast = {
    now: Date.now,
    sleep: (ms: number, signal?: AbortSignal) =>
      delay(ms / 20, undefined, signal && { signal }).catch(() => undefined),
  };
  const error = await failureOf(machine.attempt([ONE], { ...http(), timeoutS: 0.1 }, { clock: fast }));
  expect(error.what).toContain(`On this machine the image answered nothing on port ${port} within 10.1 s`);
  expect(error.fix).toContain(`Let it listen on 0.0.0.0:${port}, or correct gate.port.`);
});

test('a server that ends at a sample is said with its exit code, one that hangs with the timeout', async () => {
  await machine.build(server('os._exit(4) if body["n"] == 1 else time.sleep(60)'));
  const ended = await failureOf(machine.attempt([ONE], http()));
  expect(ended.what).toBe('On this machine, at sample "one" (line 1), the image ended with exit code 4.');
  const hangs = await failureOf(
    machine.attempt([{ name: 'two', input: { n: 2 } }], { ...http(), timeoutS: 0.3 }),
  );
  expect(hangs.what).toContain('gave no answer within 0.3 s');
});

test('a port on which something else listens is refused before anything is started', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  try {
    const error = await machine.attempt([ONE], http()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      code: 'gate-port-taken',
      message: expect.stringContaining(`Port ${port}`),
    });
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test('the stop signal ends the trial, and its container is gone', async () => {
  await machine.build({ Dockerfile: 'FROM base\nCMD ["sleep", "100"]\n' });
  const stop = new AbortController();
  const attempt = machine.attempt([ONE], {}, { signal: stop.signal });
  attempt.catch(() => undefined);
  let started = await machine.containers();
  while (started.length === 0) {
    await delay(20);
    started = await machine.containers();
  }
  stop.abort('SIGTERM');
  await expect(attempt).rejects.toThrow(Cancelled);
  // One that has ended may still be in the table of processes, without its program.
  expect(() => readlinkSync(`/proc/${started[0]?.pid}/exe`)).toThrow('ENOENT');
});

test('docker is told the memory, the sandbox and how long the trial may last', async () => {
  await machine.build({ Dockerfile: 'FROM base\nCMD ["sleep", "100"]\n' });
  const stop = new AbortController();
  const attempt = machine.attempt([ONE], { memoryMb: 640, ephemeralMb: 1024 }, { signal: stop.signal });
  attempt.catch(() => undefined);
  let started = await machine.containers();
  while (started.length === 0) {
    await delay(20);
    started = await machine.containers();
  }
  const args = started[0]?.args ?? [];
  expect(args).toEqual(
    expect.arrayContaining([
      ...['--memory=640m', '--memory-swap=640m', '--tmpfs=/tmp:rw,exec,mode=1777,size=1024m', '--read-only'],
      ...[
        '--user=993:990',
        '--cap-drop=ALL',
        '--security-opt=no-new-privileges',
        '--pull=never',
        '--log-driver=none',
      ],
      ...['--network=host', '--pids-limit=1024', '--ipc=none', '--env=HTTPS_PROXY='],
    ]),
  );
  expect(args.join(' ')).not.toMatch(/--privileged|--volume|--mount|docker\.sock/);
  const [until = ''] = args
    .filter((arg) => arg.startsWith('--label=model-release.trial-until='))
    .map((arg) => arg.split('=')[2] ?? '');
  expect(Number(until) * 1000).toBeGreaterThan(Date.now());
  stop.abort('SIGTERM');
  await expect(attempt).rejects.toThrow(Cancelled);
});

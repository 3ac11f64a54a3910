/** An image answers its samples on this machine: the harness's docker, real processes, and real HTTP on loopback. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { failureOf, openTrialMachine, RUNNERS_OWN, type TrialMachine } from '../harness/trial.ts';

let machine: TrialMachine;
beforeAll(async () => void (machine = await openTrialMachine()));
afterEach(async () => {
  machine.log.length = 0;
  expect(await machine.containers()).toEqual([]);
});
afterAll(() => machine.close());

/** A model behind Lambda's runtime; `body` is its handler's. */
function lambda(body: string, top = ''): Readonly<Record<string, string>> {
  const indented = body
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  const code = `import json, os, sys, time\n${top}\ndef handler(event, context):\n${indented}\n`;
  return { Dockerfile: 'FROM base\nCMD ["model.handler"]\n', 'model.py': code };
}

const ONE = { name: 'one', input: { n: 1 }, expected: { n: 1 } };
const TWO = { name: 'two', input: { n: 2 }, expected: { n: 2 } };

test('an image that answers its samples gives a trial with every answer and its cold start', async () => {
  await machine.build(lambda('return event'));
  const trial = await machine.attempt([ONE, TWO, { name: 'free', input: {} }]);
  expect(trial).toMatchObject({ where: 'runner', architecture: 'x86_64', memoryMb: 512, usedMb: 42 });
  expect(trial.answers.map(({ row, asExpected }) => [row.name, row.line, row.from, asExpected])).toEqual([
    ['one', 1, 'samples', true],
    ['two', 2, 'samples', true],
    ['free', 3, 'samples', undefined],
  ]);
  expect(trial.coldStartsMs).toHaveLength(1);
  expect(trial.coldStartsMs[0]).toBeGreaterThan(0);
  expect(machine.log).toEqual([]);
});

test("the container has the given variables and Lambda's own, and nothing of the runner", async () => {
  await machine.build(lambda('return {"env": dict(os.environ)}'));
  const variables = { MODEL: 'small', AWS_ACCESS_KEY_ID: 'given', AWS_LAMBDA_RUNTIME_API: 'elsewhere' };
  const trial = await machine.attempt([{ name: 'env', input: {} }], { variables });
  const [answer] = trial.answers;
  const { env } = JSON.parse((answer?.answer as { json: string }).json) as { env: Record<string, string> };
  expect(
    Object.keys(env)
      .filter((name) => !/proxy$/i.test(name))
      .sort(),
  ).toEqual([
    'AWS_DEFAULT_REGION',
    'AWS_EC2_METADATA_DISABLED',
    'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
    'AWS_LAMBDA_FUNCTION_NAME',
    'AWS_LAMBDA_FUNCTION_VERSION',
    'AWS_LAMBDA_INITIALIZATION_TYPE',
    'AWS_LAMBDA_LOG_GROUP_NAME',
    'AWS_LAMBDA_LOG_STREAM_NAME',
    'AWS_LAMBDA_RUNTIME_API',
    'AWS_REGION',
    'LAMBDA_RUNTIME_DIR',
    'LAMBDA_TASK_ROOT',
    'LC_CTYPE',
    'MODEL',
    'PATH',
    'TZ',
    '_HANDLER',
  ]);
  expect(env).toMatchObject({
    AWS_REGION: 'eu-central-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    MODEL: 'small',
  });
  for (const value of Object.values(RUNNERS_OWN)) expect(JSON.stringify(env)).not.toContain(value);
});

test("a handler gets the deadline, the function's ARN and the mark of a sample", async () => {
  const began = Date.now();
  const { lambdaHeaders } = await headersSeen();
  expect(lambdaHeaders).toMatchObject({
    'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-central-1:123456789012:function:iris',
    'lambda-runtime-client-context': '{"custom":{"model-release":"sample"}}',
  });
  const deadline = Number(lambdaHeaders['lambda-runtime-deadline-ms']);
  expect(deadline).toBeGreaterThanOrEqual(began + 3_000);
  expect(deadline).toBeLessThanOrEqual(Date.now() + 3_000);
});

/** A runtime of a few lines, which answers with the headers of its event. */
async function headersSeen(): Promise<{ lambdaHeaders: Record<string, string> }> {
  await machine.build({
    Dockerfile: 'FROM base\nCMD ["python3", "runtime.py"]\n',
    'runtime.py': `
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
ROOT = "/2018-06-01/runtime"
api.request("GET", ROOT + "/restore/next"); api.getresponse().read()
while True:
    api.request("GET", ROOT + "/invocation/next"); event = api.getresponse(); event.read()
    headers = {name.lower(): value for name, value in event.getheaders()}
    body = json.dumps({"lambdaHeaders": headers})
    api.request("POST", ROOT + "/invocation/" + headers["lambda-runtime-aws-request-id"] + "/response", body); api.getresponse().read()
`,
  });
  const trial = await machine.attempt([{ name: 'headers', input: {} }]);
  const answer = trial.answers[0]?.answer as { json: string };
  return JSON.parse(answer.json) as { lambdaHeaders: Record<string, string> };
}

test("wrong answers fail the trial with each sample's line, and nothing is pushed", async () => {
  await machine.build(lambda('return {"n": 1}'));
  const error = await failureOf(machine.attempt([ONE, TWO]));
  expect(error.code).toBe('image-trial-failed');
  expect(error.what).toBe(
    'The image answered 1 of 2 samples wrongly on this machine: "two": expected 2 at n, got 1.',
  );
  expect(error.fix).toBe('Mend the model or the expectation and push again; nothing was pushed.');
  expect(error.places).toEqual([
    { file: 'tests/samples.jsonl', line: 2, message: 'Sample "two": expected 2 at n, got 1' },
  ]);
  expect(error.trial?.answers.map(({ asExpected }) => asExpected)).toEqual([true, false]);
});

test('a model that raises on every sample is told how to go without a trial', async () => {
  await machine.build(lambda('raise ValueError("no bucket s3://secret-bucket-name")'));
  const error = await failureOf(machine.attempt([ONE], { variables: { BUCKET: 'secret-bucket-name' } }));
  expect(error.what).toContain('"one": the function failed: ValueError: no bucket s3://***');
  expect(error.fix).toContain('gate.image: none');
  expect(JSON.stringify([error.message, error.places, machine.log])).not.toContain('secret-bucket-name');
  expect(machine.log).toContain('The last lines of the container:');
});

test('an error while it starts is said with its type and its words', async () => {
  await machine.build(lambda('return event', 'import nothing_of_that_name'));
  const error = await failureOf(machine.attempt([ONE]));
  expect(error.what).toMatch(
    /^On this machine the image failed while it started: Runtime\.ImportModuleError: Unable to import module 'model': No module named 'nothing_of_that_name'\.$/,
  );
  expect(error.fix).toContain('gate.variables');
  expect(error.fix).toContain('gate.image: none');
});

test('a handler that does not exist is said', async () => {
  await machine.build({ ...lambda('return event'), Dockerfile: 'FROM base\nCMD ["model.handle"]\n' });
  const error = await failureOf(machine.attempt([ONE]));
  expect(error.what).toContain("AttributeError: module 'model' has no attribute 'handle'");
});

test('an image that ends instead of starting is said with its exit code and its last line', async () => {
  await machine.build(lambda('return event', 'print("no licence found"); sys.stdout.flush(); os._exit(3)'));
  const error = await failureOf(machine.attempt([ONE]));
  expect(error.what).toBe(
    'On this machine the image ended with exit code 3. Its last line: no licence found.',
  );
  expect(error.fix).toContain('gate.variables');
});

test('an image that is killed is told to have more memory, at its sample', async () => {
  await machine.build(lambda('os.kill(os.getpid(), 9)'));
  const error = await failureOf(machine.attempt([ONE]));
  expect(error.what).toBe(
    'On this machine, at sample "one" (line 1), the image was killed (exit code 137), mostly because its 512 MB of memory are used up.',
  );
  expect(error.fix).toContain('Raise memory-size');
  expect(error.places).toEqual([expect.objectContaining({ file: 'tests/samples.jsonl', line: 1 })]);
});

test("an entry point that does not exist is said in docker's words", async () => {
  await machine.build({ Dockerfile: 'FROM base\nCMD ["/no/such/program", "x"]\n' });
  const error = await failureOf(machine.attempt([ONE]));
  expect(error.what).toContain(
    'could not be started: Error response from daemon: spawn /no/such/program ENOENT.',
  );
});

test("an answer that does not come within the function's timeout ends the trial", async () => {
  await machine.build(lambda('time.sleep(60)'));
  const error = await failureOf(machine.attempt([ONE, TWO], { timeoutS: 0.3 }));
  expect(error.what).toBe(
    'On this machine, at sample "one" (line 1), the image gave no answer within 0.3 s, the function\'s timeout.',
  );
});

test('an answer over 6 MB is none, as on Lambda, and the next sample is answered', async () => {
  await machine.build(lambda('return "x" * 7000000 if event["n"] == 1 else event'));
  const error = await failureOf(machine.attempt([ONE, TWO]));
  expect(error.what).toContain(
    '1 of 2 samples wrongly on this machine: "one": the answer has more than 6 MB',
  );
});

test('an image that prints without end is read on, answers, and is ended', async () => {
  const flood =
    'import threading\ndef p():\n    while True: print("x" * 200)\nthreading.Thread(target=p, daemon=True).start()';
  await machine.build(lambda('return event', flood));
  expect((await machine.attempt([ONE])).answers).toHaveLength(1);
});

test('a streamed answer is read as Lambda passes it on, and one that breaks off is an error', async () => {
  await machine.build({
    Dockerfile: 'FROM base\nCMD ["python3", "runtime.py"]\n',
    'runtime.py': STREAMING,
  });
  const samples = [
    { name: 'whole', input: { fails: false }, expected: { ok: true }, 'expected-status': 201 },
    { name: 'broken', input: { fails: true } },
  ];
  const error = await failureOf(machine.attempt(samples));
  expect(error.what).toContain(
    '1 of 2 samples wrongly on this machine: "broken": the function failed: Model.Broke: half',
  );
});

const STREAMING = `
import base64, json, os, socket, http.client
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
ROOT = "/2018-06-01/runtime"
while True:
    api = http.client.HTTPConnection(host, int(port))
    api.request("GET", ROOT + "/invocation/next"); event = api.getresponse(); body = json.loads(event.read())
    head = b'{"statusCode": 201}' + bytes(8)
    error = base64.b64encode(json.dumps({"errorType": "Model.Broke", "errorMessage": "half"}).encode()).decode()
    sent = "POST %s/invocation/%s/response HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\n" % (ROOT, event.headers["Lambda-Runtime-Aws-Request-Id"])
    sent += "Lambda-Runtime-Function-Response-Mode: streaming\\r\\nConnection: close\\r\\nTrailer: Lambda-Runtime-Function-Error-Type\\r\\n\\r\\n"
    text = head + b'{"ok": true}'
    end = "0\\r\\n" + ("Lambda-Runtime-Function-Error-Type: Model.Broke\\r\\nLambda-Runtime-Function-Error-Body: %s\\r\\n" % error if body["fails"] else "") + "\\r\\n"
    connection = socket.create_connection((host, int(port)))
    connection.sendall(sent.encode() + b"%x\\r\\n" % len(text) + text + b"\\r\\n" + end.encode())
    while connection.recv(4096): pass
`;

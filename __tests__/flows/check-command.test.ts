/** `check`: offline, every problem at once, each on its line. */
import { cpSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openCommandLine, type CommandLine } from '../harness/command-line.ts';

let line: CommandLine;
beforeEach(async () => (line = await openCommandLine()));
afterEach(() => line.close());

const WORKFLOWS = {
  'iris/.github/workflows/ci_cd.yml': 'on: push\n',
  'iris/.github/workflows/rollback.yml': 'on: push\n',
};

async function template(files: Readonly<Record<string, string>> = {}): Promise<void> {
  cpSync('template', line.folder, { recursive: true });
  await line.checkouts.write({ ...WORKFLOWS, ...files });
}

test('the template has no problems, and nothing is called', async () => {
  await template();
  const { exitCode, out, err } = await line.type(['check']);
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: '' });
  expect(err).toMatch(/: no problems\.$/);
  expect(line.world.aws.calls).toEqual([]);
});

test.each([
  ['examples/iris', ''],
  ['examples/two-services', ''],
])('%s has no problems', async (example, expected) => {
  cpSync(example, line.folder, { recursive: true });
  await line.checkouts.write(WORKFLOWS);
  const { exitCode, out } = await line.type(['check']);
  expect({ exitCode, out: out.replaceAll(/^.*names OWNER.*\n?/gm, '') }).toMatchObject({ out: expected });
});

test('every problem is told at once, on its line', async () => {
  await template({
    'iris/.model-release.yml': [
      'function-name: iris',
      'ecr-repository: iris',
      'memory-sise: 512',
      'environments:',
      '  test: { timeout: 1000 }',
      '  prod: {}',
      '',
    ].join('\n'),
    'iris/tests/samples.jsonl': '{"input": 1}\n{"inptu": 2}\n',
    'iris/Dockerfile': [
      'FROM public.ecr.aws/lambda/python:3.12',
      'COPY --from=other gone ./',
      'COPY model_code \\',
      '  gone.txt ./',
      'COPY ["reports/*.csv", "./"]',
      'ADD https://example.com/x $VARIABLE ./',
      'COPY <<EOF /x.txt',
      'COPY not-an-instruction ./',
      'EOF',
      'CMD python -m handler',
      '',
    ].join('\n'),
    'iris/.github/workflows/ci_cd.yml':
      'jobs:\n  a:\n    uses: OWNER/model-release/.github/workflows/release.yml@v1\n',
  });
  const { exitCode, out } = await line.type(['check']);
  expect(exitCode).toBe(2);
  expect(out.split('\n')).toEqual([
    '.model-release.yml:3: error: "memory-sise" is not a key; did you mean memory-size?',
    '.model-release.yml:5: error: timeout must be a whole number from 1 to 900 (seconds), not "1000"',
    'tests/samples.jsonl:2: error: has the unknown key "inptu" (do you mean "input"?)',
    'Dockerfile:3: error: COPY "gone.txt": the build context has no such file',
    'Dockerfile:5: error: COPY "reports/*.csv": the build context has no such file',
    'Dockerfile:10: error: CMD must name the handler alone, as ["FILE.FUNCTION"], not "python -m handler"',
    '.github/workflows/ci_cd.yml:3: error: names OWNER, which stands for whoever keeps model-release',
  ]);
});

test('files that gate and attestation name must be there, inside the checkout; a bucket is not asked', async () => {
  await template({
    'iris/metrics.json': '{}',
    'iris/.model-release.yml': [
      'function-name: iris',
      'ecr-repository: iris',
      'gate:',
      '  samples-from: s3://captures/iris',
      '  replay: safe',
      '  metrics: { file: metrics.json, constraints: gone.json }',
      '  data:',
      '    file: ../data.csv',
      '    constraints: data.json',
      'attestation:',
      '  bundle: bundle.jsonl',
      'environments:',
      '  prod: { gate: { samples-from: captures.jsonl }, attestation: { trusted-root: root.json } }',
      '',
    ].join('\n'),
  });
  await line.checkouts.write({ 'data.csv': 'a\n1\n' });
  const { exitCode, out } = await line.type(['check']);
  expect(exitCode).toBe(2);
  expect(out.split('\n')).toEqual([
    '.model-release.yml:13: error: gate.samples-from names "captures.jsonl", which does not exist',
    '.model-release.yml:6: error: gate.metrics.constraints names "gone.json", which does not exist',
    '.model-release.yml:8: error: gate.data.file names "../data.csv", which leads out of the repository\'s checkout',
    '.model-release.yml:9: error: gate.data.constraints names "data.json", which does not exist',
    '.model-release.yml:11: error: attestation.bundle names "bundle.jsonl", which does not exist',
    '.model-release.yml:13: error: attestation.trusted-root names "root.json", which does not exist',
  ]);
  const given = await line.type(['check', '--gate', 'metrics: { file: other.json, max-loss: 5% }']);
  expect(given.exitCode).toBe(2);
  expect(given.out).toContain('input gate:1:40: gate.metrics.max-loss must be a share from 0 to 1, not "5%"');
});

test('an empty folder lacks what a release needs', async () => {
  const { exitCode, json } = await line.type(['check', '--json']);
  const { ok, problems } = json<{ ok: boolean; problems: { file: string; level: string }[] }>();
  expect({ exitCode, ok }).toEqual({ exitCode: 2, ok: false });
  const errors = problems.filter(({ level }) => level === 'error').map(({ file }) => file);
  expect(errors).toEqual(['.model-release.yml', '.model-release.yml', 'tests/samples.jsonl', 'Dockerfile']);
});

test('parts of the standard structure are warnings, and problems with --strict', async () => {
  await line.checkouts.write({
    'iris/Dockerfile': 'FROM scratch\n',
    'iris/tests/samples.jsonl': '{"input": 1}\n',
    'iris/.model-release.yml': 'function-name: iris\necr-repository: iris\n',
  });
  const plain = await line.type(['check']);
  expect(plain.exitCode).toBe(0);
  expect(plain.out).toContain('model_code: warning: does not exist');
  expect((await line.type(['check', '--strict'])).exitCode).toBe(2);
});

test.each([
  ['COPY notes.md ./', 'Dockerfile:2: error: COPY "notes.md": .dockerignore keeps it from the build'],
  ['RUN true', 'Dockerfile:1: error: has no CMD'],
  ['COPY notes.md', 'Dockerfile:2: error: COPY needs a source and a destination'],
  ['COPY ../notes.md ./', 'Dockerfile:2: error: COPY "../notes.md": it is outside of the build context'],
  ['CMD app.handler', 'Dockerfile:2: error: CMD must name the handler alone, as ["FILE.FUNCTION"]'],
  ['CMD ["python", "app.py"]', 'Dockerfile:2: error: CMD must name the handler alone'],
  ['CMD ["handler"]', 'Dockerfile:2: error: CMD must name the handler alone'],
])('%s', async (instruction, expected) => {
  const hasCommand = !expected.includes('CMD');
  await template({
    'iris/notes.md': '',
    'iris/.dockerignore': 'notes.md\n',
    'iris/Dockerfile': `FROM public.ecr.aws/lambda/python:3.12\n${instruction}\n${hasCommand ? 'CMD ["a.b"]' : ''}\n`,
  });
  const { exitCode, out } = await line.type(['check']);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: expect.stringContaining(expected) });
});

test.each([
  'RUN python3 -c "print(1<<3)"',
  'RUN echo $((1 << EOF))',
  'RUN cat <<EOF > x.txt\nCOPY gone.txt ./\nEOF',
  'COPY notes[[].md notes[1.md ./',
  'ENTRYPOINT ["/run"]',
])('%s is no problem', async (instruction) => {
  await template({
    'iris/notes.md': '',
    'iris/Dockerfile': `FROM public.ecr.aws/lambda/python:3.12\n${instruction}\nCMD ["a.b"]\n`,
  });
  const { exitCode, out } = await line.type(['check']);
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: '' });
});

test.each(['Assembly::Space.Class::Method', 'com.acme.Handler::handleRequest', 'app/main.handler'])(
  'the handler %s is one',
  async (handler) => {
    await template({ 'iris/Dockerfile': `FROM public.ecr.aws/lambda/java:21\nCMD ["${handler}"]\n` });
    expect(await line.type(['check'])).toMatchObject({ exitCode: 0, out: '' });
  },
);

test('a file that is not YAML is a problem on its line', async () => {
  await template({ 'iris/.model-release.yml': 'function-name: iris\n\tx: 1\n' });
  const { exitCode, out } = await line.type(['check']);
  expect(exitCode).toBe(2);
  expect(out).toMatch(/^\.model-release\.yml:2: error: /);
});

import { describe, expect, test } from '@jest/globals';
import { explainBuild, lineOfFailure, whyItFailed } from '../../../../src/release/plan/build-failure.ts';

const place = { reference: 'h/iris:1', architecture: 'x86_64', timeoutMs: 60_000, freeMegabytes: 7 } as const;
const explain = (...tail: string[]) =>
  explainBuild(place, { exitCode: 1, signal: undefined, timedOut: false, tail });

const BUILDKIT = `#7 [3/4] RUN pip install -r requirements.txt
#7 1.204 ERROR: No matching distribution found for tenserflow
#7 1.301 [notice] A new release of pip is available: 23.0 -> 25.1
#7 ERROR: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1
------
 > [3/4] RUN pip install -r requirements.txt:
1.204 ERROR: No matching distribution found for tenserflow
1.301 [notice] A new release of pip is available: 23.0 -> 25.1
------
Dockerfile:3
--------------------
   3 | >>> RUN pip install -r requirements.txt
--------------------
ERROR: failed to solve: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1
View build details: docker-desktop://dashboard/build/x`.split('\n');

const CLASSIC = `Step 3/4 : RUN train
 ---> Running in 0123456789ab
loading data
KeyError: 'petal'
Removing intermediate container 0123456789ab
The command '/bin/sh -c train' returned a non-zero code: 1`.split('\n');

describe('the line that tells why', () => {
  test.each<[string, string[], string | undefined, string | undefined]>([
    [
      'BuildKit: what the step said, not that it said something',
      BUILDKIT,
      'ERROR: No matching distribution found for tenserflow',
      '[3/4] RUN pip install -r requirements.txt',
    ],
    [
      'the first builder: the last line before its own sentence',
      CLASSIC,
      "KeyError: 'petal'",
      '/bin/sh -c train',
    ],
    [
      'a step that said nothing',
      ['------', ' > [2/2] RUN exit 3:', '------', 'ERROR: failed to solve: exit code: 3'],
      'ERROR: failed to solve: exit code: 3',
      '[2/2] RUN exit 3',
    ],
    [
      'a step of the first builder that said nothing',
      [' ---> Running in 0123456789ab', "The command '/bin/sh -c exit 3' returned a non-zero code: 3"],
      "The command '/bin/sh -c exit 3' returned a non-zero code: 3",
      undefined,
    ],
    [
      'a file that is not there',
      [
        '------',
        ' > [2/2] COPY none /:',
        '------',
        'ERROR: failed to solve: failed to compute cache key: "/none": not found',
        'View build details: x',
      ],
      'ERROR: failed to solve: failed to compute cache key: "/none": not found',
      '[2/2] COPY none /',
    ],
    [
      'no Dockerfile that can be read',
      ['ERROR: failed to solve: dockerfile parse error on line 2'],
      'ERROR: failed to solve: dockerfile parse error on line 2',
      undefined,
    ],
    ['silence', [], undefined, undefined],
  ])('%s', (_, ...[tail, line, step]) => {
    expect(whyItFailed(tail)).toEqual({ line, step });
  });

  test('is quoted with the step', () => {
    expect(explain(...BUILDKIT)).toMatchObject({
      code: 'build-failed',
      what: 'The build of h/iris:1 failed in [3/4] RUN pip install -r requirements.txt: ERROR: No matching distribution found for tenserflow',
    });
    expect(explain().what).toBe('The build of h/iris:1 failed: docker said nothing');
  });
});

test.each([
  ['disk-full', 'write /x: no space left on device', /7 MB free/],
  ['out-of-memory', 'did not complete successfully: exit code: 137', /killed \(137\)/],
  ['build-architecture', 'exec /bin/sh: exec format error', /exec format error/],
])('%s', (code, line, what) => {
  expect(explain(line)).toMatchObject({ code, what: expect.stringMatching(what) });
});

test('time is up, whatever was printed', () => {
  const timedOut = { exitCode: undefined, signal: 'SIGTERM', timedOut: true, tail: ['exec format error'] };
  expect(explainBuild(place, timedOut)).toMatchObject({
    code: 'build-timed-out',
    what: expect.stringContaining('1 min'),
  });
});

describe('the line of the Dockerfile', () => {
  test('is the one that BuildKit names before it shows what stands around it', () => {
    expect(lineOfFailure({ tail: BUILDKIT })).toBe(3);
  });

  test('is the last one named, whatever the file is called', () => {
    const tail = [...BUILDKIT, 'docker/serve.Dockerfile:12', '--------------------', '  12 | >>> RUN train'];
    expect(lineOfFailure({ tail })).toBe(12);
  });

  test.each([
    ['the first builder names steps, not lines', CLASSIC],
    ['an address with a port is no line', ['pulling from registry:443', 'failed']],
    ['nothing was said', []],
  ])('is not known: %s', (_, tail) => {
    expect(lineOfFailure({ tail })).toBeUndefined();
  });
});

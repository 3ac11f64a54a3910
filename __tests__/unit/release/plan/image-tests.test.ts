import { describe, expect, test } from '@jest/globals';
import fc from '../../../harness/property.ts';
import type { Builder } from '../../../../src/clients/docker.ts';
import { buildLogReader, planTestBuild, testDockerfile } from '../../../../src/release/plan/image-tests.ts';

const BUILDX: Builder = { kind: 'buildx', version: 'v0.21.2' };
const CLASSIC: Builder = { kind: 'classic', version: '28.2.2' };

describe('tests in the image', () => {
  test('the command is in exec form, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0')),
          { minLength: 1 },
        ),
        (command) => {
          const lines = testDockerfile({ reference: 'r/i:1', command }).split('\n');
          expect(lines).toEqual(['FROM r/i:1', 'COPY files/ ./', expect.stringMatching(/^RUN \[.*\]$/s), '']);
          expect(JSON.parse(lines[2]?.slice('RUN '.length) ?? '')).toEqual(command);
          expect(lines[2]).not.toContain('<<');
        },
      ),
    );
  });

  test('nothing in it looks like the start of a here-document', () => {
    const dockerfile = testDockerfile({ reference: 'r/i:1', command: ['bash', '-c', 'cat <<EOF', '<<-X'] });
    expect(dockerfile).not.toContain('<');
  });

  test('runs on the engine’s own builder and never from the cache', () => {
    const planned = planTestBuild(
      { context: '/tmp/t', idFile: '/tmp/id', architecture: 'arm64', network: 'host' },
      BUILDX,
    );
    expect(planned.args).toEqual([
      'build',
      '--progress=plain',
      '--platform=linux/arm64',
      '--no-cache',
      '--iidfile=/tmp/id',
      '--network=host',
      '--',
      '/tmp/t',
    ]);
    expect(planned.env).toMatchObject({ DOCKER_BUILDKIT: '1', BUILDX_BUILDER: undefined });
    const classic = planTestBuild({ context: '/tmp/t', idFile: '/tmp/id', architecture: 'x86_64' }, CLASSIC);
    expect(classic.args).not.toContain('--progress=plain');
    expect(classic.env).toMatchObject({ DOCKER_BUILDKIT: '0' });
  });
});

describe('the build log', () => {
  const read = (builder: Builder, log: string) => {
    const reader = buildLogReader(builder);
    const lines = log.split('\n').map(reader);
    return {
      output: lines.flatMap((line) => (line.kind === 'output' ? [line.text] : [])),
      exitCode: lines.flatMap((line) => (line.kind === 'exit-code' ? [line.code] : [])).at(-1),
    };
  };

  test('BuildKit’s: output once, although a failure repeats it', () => {
    const log = `#5 [2/3] COPY files/ ./
#5 DONE 0.1s

#6 [3/3] RUN ["python3", "-m", "pytest"]
#6 0.345 collected 0 items
#6 0.345
#6 0.351 exit code: 0
#6 ERROR: process "python3 -m pytest" did not complete successfully: exit code: 5
------
 > [3/3] RUN ["python3", "-m", "pytest"]:
#6 0.345 collected 0 items
------
ERROR: failed to solve: process "python3 -m pytest" did not complete successfully: exit code: 5`;
    expect(read(BUILDX, log)).toEqual({ output: ['collected 0 items', '', 'exit code: 0'], exitCode: 5 });
  });

  test('the first builder’s: what comes after the step started', () => {
    const log = `Sending build context to Docker daemon  4.096kB
Step 3/3 : RUN ["python3", "-m", "pytest"]
 ---> Running in 0123456789ab
collected 2 items
------
Removing intermediate container 0123456789ab
The command 'python3 -m pytest' returned a non-zero code: 1`;
    expect(read(CLASSIC, log)).toEqual({ output: ['collected 2 items', '------'], exitCode: 1 });
  });
});

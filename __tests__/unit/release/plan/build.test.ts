import { describe, expect, test } from '@jest/globals';
import fc from '../../../harness/property.ts';
import type { Builder } from '../../../../src/clients/docker.ts';
import { inlineCacheOf, planBuild, type BuildRequest } from '../../../../src/release/plan/build.ts';
import { architectureOf, atLeast, platformOf } from '../../../../src/release/plan/docker.ts';

const request: BuildRequest = {
  context: '/ws/model',
  file: '/ws/model/Dockerfile',
  architecture: 'x86_64',
  reference: 'registry.example/iris:0123',
  revision: '0123',
  source: 'https://github.com/o/r',
};
const BUILDX: Builder = { kind: 'buildx', version: 'v0.21.2' };
const BUILDKIT: Builder = { kind: 'buildkit', version: '20.10.24' };
const CLASSIC: Builder = { kind: 'classic', version: '28.2.2' };

const LABELS = [
  '--label=org.opencontainers.image.revision=0123',
  '--label=org.opencontainers.image.source=https://github.com/o/r',
];

describe('an image Lambda accepts', () => {
  test.each<[string, Builder, string[], object]>([
    [
      'buildx: no attestations, one platform, handed to the engine',
      BUILDX,
      ['buildx', 'build', '--provenance=false', '--sbom=false', '--progress=plain', '--load'],
      {},
    ],
    [
      'buildx before 0.10 has no attestations and no flags against them',
      { kind: 'buildx', version: 'v0.9.1' },
      ['buildx', 'build', '--progress=plain', '--load'],
      {},
    ],
    ['BuildKit in an older client', BUILDKIT, ['build', '--progress=plain'], { DOCKER_BUILDKIT: '1' }],
    ['the first builder', CLASSIC, ['build'], { DOCKER_BUILDKIT: '0' }],
  ])('%s', (_, ...[builder, start, env]) => {
    const planned = planBuild(request, builder);
    expect(planned.args).toEqual([
      ...start,
      '--platform=linux/amd64',
      '--file=/ws/model/Dockerfile',
      '--tag=registry.example/iris:0123',
      ...LABELS,
      '--',
      '/ws/model',
    ]);
    expect(planned.env).toEqual({ BUILDX_NO_DEFAULT_ATTESTATIONS: '1', DOCKER_CLI_HINTS: 'false', ...env });
  });
});

test.each<[Partial<BuildRequest>, string[]]>([
  [{ architecture: 'arm64' }, ['--platform=linux/arm64']],
  [{ buildArgs: ['A=1', 'B=x y', 'C'] }, ['--build-arg=A=1', '--build-arg=B=x y', '--build-arg=C']],
  [{ buildContexts: ['lib=/ws/lib'] }, ['--build-context=lib=/ws/lib']],
  [{ target: 'serve' }, ['--target=serve']],
  [
    { cacheFrom: ['type=gha'], cacheTo: ['type=gha,mode=max'] },
    ['--cache-from=type=gha', '--cache-to=type=gha,mode=max'],
  ],
  [{ labels: ['team=a b'] }, ['--label=team=a b', ...LABELS]],
  [
    { labels: ['org.opencontainers.image.revision=forged'] },
    ['--label=org.opencontainers.image.revision=forged', ...LABELS],
  ],
  [{ pull: true, noCache: true }, ['--pull', '--no-cache']],
  [{ network: 'host', addHosts: ['db:10.0.0.1'] }, ['--network=host', '--add-host=db:10.0.0.1']],
  [{ allow: ['network.host'] }, ['--allow=network.host']],
  [{ secretFiles: ['npmrc=/ws/.npmrc'] }, ['--secret=id=npmrc,src=/ws/.npmrc']],
  [{ secretFiles: ['a=/ws/x,"y'] }, ['--secret=id=a,"src=/ws/x,""y"']],
])('%j', (options, expected) => {
  const { args } = planBuild({ ...request, ...options }, BUILDX);
  const start = args.indexOf(expected[0] ?? '');
  expect(args.slice(start, start + expected.length)).toEqual(expected);
});

test('a secret’s value is in the environment of docker, never among its arguments', () => {
  const { args, env } = planBuild({ ...request, secrets: ['  token=s3cret,x=y', 'empty='] }, BUILDKIT);
  expect(args).toContain('--secret=id=token,env=MODEL_RELEASE_BUILD_SECRET_0');
  expect(args).toContain('--secret=id=empty,env=MODEL_RELEASE_BUILD_SECRET_1');
  expect(env).toMatchObject({ MODEL_RELEASE_BUILD_SECRET_0: 's3cret,x=y', MODEL_RELEASE_BUILD_SECRET_1: '' });
  expect(args.join(' ')).not.toContain('s3cret');
});

test.each(['s3cret', '=s3cret', 'a,src=/etc/passwd=s3cret', '-x=s3cret', 'a b=s3cret', '"a=s3cret'])(
  'a secret without a usable id is refused and not shown: %j',
  (secret) => {
    const planned = () => planBuild({ ...request, secrets: [secret] }, BUILDX);
    expect(planned).toThrow(expect.objectContaining({ code: 'invalid-secret' }));
    expect(planned).toThrow(expect.objectContaining({ message: expect.not.stringContaining('s3cret') }));
  },
);

test.each<[Builder, Partial<BuildRequest>, string]>([
  [CLASSIC, { secrets: ['a=b'] }, 'secrets'],
  [CLASSIC, { secretFiles: ['a=/b'] }, 'secret-files'],
  [CLASSIC, { cacheTo: ['type=gha'], cacheFrom: ['type=gha'] }, 'cache-to, cache-from'],
  [CLASSIC, { buildContexts: ['a=/b'] }, 'build-contexts'],
  [BUILDKIT, { cacheTo: ['type=gha'] }, 'cache-to'],
])('%j refuses %j', (builder, options, named) => {
  expect(() => planBuild({ ...request, ...options }, builder)).toThrow(
    expect.objectContaining({
      code: 'builder-too-old',
      message: expect.stringContaining(`which ${named} needs`),
    }),
  );
});

test('the first builder reads caches from images', () => {
  const { args } = planBuild({ ...request, cacheFrom: ['registry.example/iris:cache'] }, CLASSIC);
  expect(args).toContain('--cache-from=registry.example/iris:cache');
});

test('every hostile value arrives as exactly one argument, behind its flag', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom('--load', '-f /etc/passwd', '; id', '$(id)', '`id`', '\n', '--'),
  );
  const values = fc.array(hostile, { maxLength: 4 });
  fc.assert(
    fc.property(fc.tuple(values, values, values), hostile, ([buildArgs, labels, addHosts], target) => {
      const { args } = planBuild({ ...request, buildArgs, labels, addHosts, target: `t${target}` }, BUILDX);
      const after = (flag: string) => args.filter((a) => a.startsWith(flag)).map((a) => a.slice(flag.length));
      expect(after('--build-arg=')).toEqual(buildArgs.map((line) => line.trimStart()));
      expect(after('--label=').slice(0, labels.length)).toEqual(labels.map((line) => line.trimStart()));
      expect(after('--add-host=')).toEqual(addHosts);
      expect(after('--target=')).toEqual([`t${target}`]);
      expect(args).toHaveLength(
        planBuild(request, BUILDX).args.length + buildArgs.length + labels.length + addHosts.length + 1,
      );
      expect(args.slice(-2)).toEqual(['--', '/ws/model']);
    }),
  );
});

test('architectures are Lambda’s on our side and docker’s on the other', () => {
  expect([platformOf('x86_64'), platformOf('arm64')]).toEqual(['linux/amd64', 'linux/arm64']);
  expect([architectureOf('amd64'), architectureOf('arm64'), architectureOf('s390x')]).toEqual([
    'x86_64',
    'arm64',
    undefined,
  ]);
  expect(architectureOf('toString')).toBeUndefined();
});

test('versions compare by number; an unreadable one counts as new', () => {
  const at = (version: string) => atLeast(version, [0, 10]);
  expect(['v0.9.1', 'v0.10.0', 'v0.21.2-desktop.1', '1.0', 'dev'].map(at)).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
});

describe('the cache that an image carries', () => {
  const from = `registry.example/iris@sha256:${'a'.repeat(64)}`;

  test.each([BUILDX, BUILDKIT])('is written and read by $kind', (builder) => {
    const { args } = planBuild({ ...request, inlineCache: { from } }, builder);
    expect(args).toEqual(
      expect.arrayContaining(['--build-arg=BUILDKIT_INLINE_CACHE=1', `--cache-from=${from}`]),
    );
  });

  test('is written where there is none to read, and is nothing to the first builder', () => {
    const argsOf = (builder: Builder) =>
      planBuild({ ...request, inlineCache: { from: undefined } }, builder).args;
    expect(argsOf(BUILDX).join(' ')).toMatch(/BUILDKIT_INLINE_CACHE=1 (?!.*--cache-from)/);
    expect(argsOf(CLASSIC)).toEqual(planBuild(request, CLASSIC).args);
  });

  test.each([
    { cacheFrom: ['type=gha'] },
    { cacheTo: ['type=gha'] },
    { noCache: true },
    { cache: 'none' as const },
  ])('gives way to %j', (given) =>
    expect(inlineCacheOf({ cache: 'inline', ...given }, from)).toBeUndefined(),
  );

  test('is used without any input', () => {
    expect(inlineCacheOf({ cache: 'inline', cacheFrom: [], cacheTo: [], noCache: false }, from)).toEqual({
      from,
    });
  });
});

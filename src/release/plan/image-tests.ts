/**
 * The model's tests inside its own image, as a build on top of it. A build and not a `docker run`, because the engine may be on another
 * machine (nothing can be mounted), because a killed build leaves no container behind, and because an image's entry point, which on
 * Lambda waits for events, plays no part in it. The shipped image is not touched.
 */
import type { Builder } from '../../clients/docker.ts';
import type { Architecture } from '../../types.ts';
import { builderEnvironment, flags, platformOf, type DockerCommand } from './docker.ts';

export interface ImageTests {
  /** The image under test, by a name this machine's engine knows. */
  readonly reference: string;
  readonly command: readonly string[];
}

/** In an image-test build's context: what is laid over the image's working directory. */
export const TEST_FILES_FOLDER = 'files';

/**
 * A Dockerfile that runs a command in the image, over the given files. The command is in exec form: no shell needs to exist in the
 * image, and no character of it has a meaning to Dockerfile's parser ("<" is escaped because BuildKit looks for here-documents).
 */
export function testDockerfile({ reference, command }: ImageTests): string {
  const run = JSON.stringify(command).replaceAll('<', '\\u003c');
  return [`FROM ${reference}`, `COPY ${TEST_FILES_FOLDER}/ ./`, `RUN ${run}`, ''].join('\n');
}

export interface TestBuildRequest {
  /** Absolute path of a folder with `Dockerfile` and `files/`. */
  readonly context: string;
  /** Where docker writes the id of what it built, which nobody needs afterwards. */
  readonly idFile: string;
  readonly architecture: Architecture;
  readonly network?: string | undefined;
  readonly addHosts?: readonly string[];
}

/**
 * The build of such a Dockerfile: by the engine's own builder, because a buildx builder in a container does not see the engine's
 * images; never from the cache, because a cached test is no test.
 */
export function planTestBuild(request: TestBuildRequest, builder: Builder): DockerCommand {
  const buildkit = builder.kind !== 'classic';
  return {
    args: [
      'build',
      ...(buildkit ? ['--progress=plain'] : ['--force-rm']),
      `--platform=${platformOf(request.architecture)}`,
      '--no-cache',
      `--iidfile=${request.idFile}`,
      ...flags('network', request.network ? [request.network] : []),
      ...flags('add-host', request.addHosts),
      '--',
      request.context,
    ],
    // Without BUILDX_BUILDER, docker build takes the engine of the current context, whatever `docker buildx use` says.
    env: { ...builderEnvironment(builder), DOCKER_BUILDKIT: buildkit ? '1' : '0', BUILDX_BUILDER: undefined },
  };
}

/** One line of such a build's log. */
export type BuildLogLine =
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'exit-code'; readonly code: number }
  | { readonly kind: 'other' };

/**
 * Tells what the tests print from what docker says about the build. BuildKit marks output with step and time ("#7 0.345 text") and
 * repeats it after a line of dashes when the step fails; the first builder prints it bare once the step runs.
 */
export function buildLogReader(builder: Builder): (line: string) => BuildLogLine {
  let reading = builder.kind !== 'classic';
  const other: BuildLogLine = { kind: 'other' };
  if (builder.kind === 'classic') {
    return (line) => {
      const code = /^The command '.*' returned a non-zero code: (\d+)$/.exec(line)?.[1];
      if (code !== undefined) return { kind: 'exit-code', code: Number.parseInt(code, 10) };
      if (/^Removing intermediate container [0-9a-f]{12}$/.test(line)) reading = false;
      if (reading) return { kind: 'output', text: line };
      reading = /^ ---> Running in [0-9a-f]{12}$/.test(line);
      return other;
    };
  }
  return (line) => {
    const code = /^#\d+ ERROR: .*\bexit code: (\d+)$/.exec(line)?.[1];
    if (code !== undefined) return { kind: 'exit-code', code: Number.parseInt(code, 10) };
    if (line === '------') reading = false;
    const text = /^#\d+ \d+\.\d+ ?(.*)$/.exec(line)?.[1];
    return reading && text !== undefined ? { kind: 'output', text } : other;
  };
}

/** How a built image is started on this machine: as Lambda would, and with nothing of this machine's that is worth having. */
import { isReserved } from '../../aws/limits.ts';
import type { EngineNetwork } from './engine-network.ts';
import type { ImageToTry } from './image-to-try.ts';

/** On every container of a trial; the value is when its trial is over at the latest. Seconds since the epoch. */
export const TRIAL_LABEL = 'model-release.trial-until';

/**
 * Lambda's sandbox in Docker's words: everything read-only but /tmp, a user without rights, no shared memory, and Lambda's numbers of
 * processes and open files. /tmp counts as memory here, and as disk on Lambda. The log is read as it is printed and stored nowhere.
 */
const SANDBOX = [
  ['--read-only', '--user=993:990', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
  ['--ipc=none', '--pids-limit=1024', '--ulimit=nofile=1024:1024'],
  ['--pull=never', '--log-driver=none'],
].flat();

/** The docker client hands its own proxies on to containers, with the password that an address may hold. */
const NO_PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
  `--env=${name}=`,
  `--env=${name.toLowerCase()}=`,
]);

export interface Start {
  readonly name: string;
  readonly network: EngineNetwork;
  /** `host:port`, as the container reaches it; undefined for one that serves HTTP. */
  readonly runtimeApi: string | undefined;
  /** Seconds since the epoch. */
  readonly until: number;
}

/** The arguments of docker, beginning with `run`. Every variable of the container stands in them: nothing is inherited. */
export function runArguments(image: ImageToTry, start: Start): readonly string[] {
  const memory = `${image.memoryMb}m`;
  const variables = { ...ownVariables(image), ...lambdaVariables(image, start) };
  return [
    ...['run', `--name=${start.name}`, `--label=${TRIAL_LABEL}=${start.until}`],
    ...networkOf(image, start.network),
    ...[`--memory=${memory}`, `--memory-swap=${memory}`],
    `--tmpfs=/tmp:rw,exec,mode=1777,size=${image.ephemeralMb}m`,
    ...SANDBOX,
    ...NO_PROXIES,
    ...Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`),
    ...commandOf(image),
  ];
}

function networkOf({ port }: ImageToTry, network: EngineNetwork): readonly string[] {
  switch (network.kind) {
    case 'host':
      // Docker would tell the container this machine's name.
      return ['--network=host', '--hostname=model-release'];
    case 'shared':
      return [`--network=container:${network.container}`];
    case 'published':
      return port === undefined ? [] : [`--publish=127.0.0.1:${port}:${port}`];
  }
}

/** The image, and what the function starts instead of what the image says. */
function commandOf({ reference, imageConfig = {} }: ImageToTry): readonly string[] {
  const { entryPoint = [], command = [], workingDirectory } = imageConfig;
  // Docker takes one word as the entry point, and drops the image's command with its entry point.
  const [program, ...rest] = entryPoint;
  return [
    ...(workingDirectory === undefined ? [] : [`--workdir=${workingDirectory}`]),
    ...(program === undefined ? [] : [`--entrypoint=${program}`]),
    reference,
    ...rest,
    ...command,
  ];
}

function ownVariables({ variables }: ImageToTry): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !isReserved(name)));
}

/** What Lambda sets itself, without credentials; and where there are none, an SDK would ask the machine for its own. */
function lambdaVariables(image: ImageToTry, { runtimeApi }: Start): Readonly<Record<string, string>> {
  const { functionName, memoryMb, region } = image;
  return {
    ...(runtimeApi === undefined ? {} : { AWS_LAMBDA_RUNTIME_API: runtimeApi }),
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'model-release/[$LATEST]',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    TZ: ':UTC',
  };
}

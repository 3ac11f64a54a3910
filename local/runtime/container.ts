import type { Invocation } from '../aws/runtime.ts';

/** Label of every container started here; its value is the pid of the process that started it. */
export const CONTAINER_LABEL = 'model-release.local';

/** How containers of this engine reach a port of 127.0.0.1 on this machine. */
export interface EngineNetwork {
  /** Docker's network for containers; its default when absent. */
  readonly network?: string;
  readonly hostName: string;
}

export interface ContainerHost {
  readonly network: EngineNetwork;
  readonly region: string;
}

/**
 * Lambda's own limits, as Docker has them: memory without swap, a file system that is read-only but for /tmp, and an
 * unprivileged user. The user's number was seen in functions' logs (*unverified*); what counts is that it is not root.
 */
const SANDBOX = [
  ['--read-only', '--tmpfs=/tmp:rw,exec,mode=1777,size=512m'],
  ['--user=993:990', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
].flat();

/** Arguments of `docker run` for one environment. */
export function containerArguments(
  invocation: Invocation,
  host: ContainerHost & { name: string; port: number },
): string[] {
  const memory = `${invocation.memorySizeMb}m`;
  const variables = { ...invocation.environment, ...ownVariables(invocation, host) };
  return [
    'run',
    '--rm',
    `--name=${host.name}`,
    `--label=${CONTAINER_LABEL}=${process.pid}`,
    ...(host.network.network === undefined ? [] : [`--network=${host.network.network}`]),
    `--memory=${memory}`,
    `--memory-swap=${memory}`,
    ...SANDBOX,
    ...Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`),
    ...startOf(invocation),
  ];
}

/** The image, and what stands in the place of its entry point, command and working directory. */
function startOf({ imageUri, imageConfig = {} }: Invocation): string[] {
  const { EntryPoint = [], Command = [], WorkingDirectory } = imageConfig;
  // Docker takes one word as the entry point, and drops the image's command with its entry point.
  const [program, ...rest] = EntryPoint;
  return [
    ...(WorkingDirectory ? [`--workdir=${WorkingDirectory}`] : []),
    ...(program === undefined ? [] : [`--entrypoint=${program}`]),
    imageUri,
    ...rest,
    ...Command,
  ];
}

/** The variables Lambda sets itself; a function's own settings cannot replace them. */
function ownVariables(
  invocation: Invocation,
  host: ContainerHost & { port: number },
): Record<string, string> {
  return {
    AWS_LAMBDA_RUNTIME_API: `${host.network.hostName}:${host.port}`,
    AWS_LAMBDA_FUNCTION_NAME: invocation.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: invocation.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(invocation.memorySizeMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${invocation.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[${invocation.version}]`,
    AWS_REGION: host.region,
    AWS_DEFAULT_REGION: host.region,
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    TZ: ':UTC',
  };
}

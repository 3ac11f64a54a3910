/** Images of one journey on a Docker Engine: how they are built, and how they are removed. */
import { command } from '../local/engine/command.ts';

/** Inputs of a deploy that builds. An engine without a bridge, such as our private one, has no other network than the machine's. */
export async function buildInputs(
  baseImage: string,
  dockerHost: string | undefined,
): Promise<Record<string, string>> {
  const bridge = await command('docker', ['network', 'inspect', 'bridge'], { env: dockerEnv(dockerHost) });
  return { 'build-args': `BASE_IMAGE=${baseImage}`, ...(bridge.code === 0 ? {} : { network: 'host' }) };
}

/** Removes the images of a registry by id: with every name they have. */
export async function removeImages(registryHost: string, dockerHost: string | undefined): Promise<void> {
  const env = dockerEnv(dockerHost);
  const ours = ['images', '--quiet', '--filter', `reference=${registryHost}/*`];
  const ids = (await command('docker', ours, { env })).stdout.split('\n').filter(Boolean);
  if (ids.length > 0) await command('docker', ['rmi', '--force', ...new Set(ids)], { env });
}

function dockerEnv(dockerHost: string | undefined): NodeJS.ProcessEnv {
  return { ...process.env, ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }) };
}

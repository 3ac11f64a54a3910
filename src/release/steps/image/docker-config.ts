/** A docker configuration for one command alone. Where a login lives, nobody else on a shared runner sees it, and it is gone afterwards. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryLogin } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import { UserError } from '../../../errors.ts';
import { folders } from '../tests/test-model.ts';

export interface ConfigFolders {
  /** RUNNER_TEMP: where the configuration lives for as long as the command takes. */
  readonly tempFolder: string;
  /** The user's docker configuration (DOCKER_CONFIG, else ~/.docker): read for contexts, plugins and proxies, never written. */
  readonly dockerConfig: string;
}

export interface DockerConfig {
  readonly auths?: Readonly<Record<string, object>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** The folders of this run. */
export function configFolders({ env }: Pick<Tools, 'env'>): ConfigFolders {
  const { tempFolder } = folders({ env });
  return { tempFolder, dockerConfig: env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? '/root', '.docker') };
}

/**
 * Contexts, plugins, certificates and proxies are the user's, by links, since the engine that builds the image must be the one that
 * pushes it.
 * @throws UserError `docker-config`.
 */
export async function withOwnConfig<T>(
  { tempFolder, dockerConfig }: ConfigFolders,
  change: (users: DockerConfig) => DockerConfig,
  work: (config: string) => Promise<T>,
): Promise<T> {
  await mkdir(tempFolder, { recursive: true });
  const own = await mkdtemp(join(tempFolder, 'model-release-docker-'));
  try {
    const entries = await readdir(dockerConfig).catch(() => []);
    const linked = entries.filter((name) => name !== CONFIG_FILE);
    await Promise.all(linked.map((name) => symlink(join(dockerConfig, name), join(own, name))));
    await writeConfig(own, change(await readConfig(dockerConfig)));
    return await work(own);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

export async function changeConfig(
  folder: string,
  change: (config: DockerConfig) => DockerConfig,
): Promise<void> {
  await writeConfig(folder, change(await readConfig(folder)));
}

/** No credential helper is used, and none gets to keep the password. */
export function withoutLogins(config: DockerConfig): DockerConfig {
  const logins = ['auths', 'credsStore', 'credHelpers'];
  return Object.fromEntries(Object.entries(config).filter(([name]) => !logins.includes(name)));
}

/** With a login for one host beside the user's own; one that the user has for this host stays. */
export function withLogin(config: DockerConfig, host: string, login: RegistryLogin): DockerConfig {
  const { auths = {}, credHelpers = {} } = config;
  if (host in auths || host in credHelpers) return config;
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  // An empty helper sends docker to the file for this host, whatever store the others are in.
  return { ...config, auths: { ...auths, [host]: { auth } }, credHelpers: { ...credHelpers, [host]: '' } };
}

const CONFIG_FILE = 'config.json';

async function readConfig(folder: string): Promise<DockerConfig> {
  const text = await readFile(join(folder, CONFIG_FILE), 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text) as DockerConfig;
  } catch (error) {
    throw new UserError(
      'docker-config',
      { what: "The runner's docker configuration (config.json) is not JSON.", fix: 'Mend or remove it.' },
      { cause: error },
    );
  }
}

async function writeConfig(folder: string, config: DockerConfig): Promise<void> {
  await writeFile(join(folder, CONFIG_FILE), JSON.stringify(config), { mode: 0o600 });
}

import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where this project keeps what is slow to make again: engine data, base images. Safe to delete while nothing runs. */
export function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(base, 'model-release');
}

/** Files of the Docker Engine that {@link startEngine} starts; never those of an engine somebody else runs. */
export interface EnginePaths {
  root: string;
  data: string;
  exec: string;
  socket: string;
  pidFile: string;
  log: string;
  /** One file per process that uses the engine, named by its pid. */
  leases: string;
}

/** Unix socket paths end at 107 bytes, and containerd adds its own below `exec`. */
const LONGEST_ROOT = 60;

export function enginePaths(): EnginePaths {
  const root = join(cacheDirectory(), 'engine');
  const run = root.length <= LONGEST_ROOT ? root : join(tmpdir(), `model-release-${userInfo().uid}`);
  return {
    root,
    data: join(root, 'data'),
    exec: join(run, 'exec'),
    socket: join(run, 'docker.sock'),
    pidFile: join(run, 'dockerd.pid'),
    log: join(root, 'dockerd.log'),
    leases: join(root, 'leases'),
  };
}

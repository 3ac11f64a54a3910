import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process of this machine holds the lock `name`.
 *
 * The lock is a Linux abstract socket: the kernel releases it when its holder dies, so there is no stale lock file to
 * judge. Elsewhere (where nothing of ours is installed or started anyway) it is a no-op.
 */
export async function withMachineLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return work();
  const server = await acquire(`\0model-release-${name}`);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function acquire(address: string): Promise<Server> {
  for (;;) {
    const server = await tryListen(address);
    if (server) return server;
    await sleep(200);
  }
}

function tryListen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve(server));
  });
}

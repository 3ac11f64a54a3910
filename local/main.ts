/**
 * npm run local [-- --port N --data DIR]
 *
 * A local AWS for one's own workflows: Lambda, ECR with a registry, API Gateway, CloudWatch, STS, on 127.0.0.1.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEngine, stopEngine } from './engine/engine.ts';
import { cacheDirectory } from './engine/paths.ts';
import { nextLines } from './next-lines.ts';
import { startLocal } from './start.ts';

const DEFAULT_PORT = 4510;

interface Arguments {
  port: number;
  dataDir: string;
}

/** The arguments, or the sentence that says what is wrong with them. */
function readArguments(args: string[]): Arguments | string {
  const options = { port: { type: 'string' }, data: { type: 'string' } } as const;
  try {
    const { values } = parseArgs({ args, options });
    const port = values.port === undefined ? DEFAULT_PORT : Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      return `--port ${values.port}: not a port number.`;
    return { port, dataDir: values.data ?? join(cacheDirectory(), 'registry') };
  } catch (error) {
    return `${(error as Error).message} Usage: npm run local [-- --port N --data DIR]`;
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  if (typeof args === 'string') return fail(args);
  const engine = await startEngine({ log: (line) => console.error(line) });
  if (!engine.available)
    console.error(`Functions cannot run: ${engine.reason ?? 'no Docker Engine answers'}`);
  const host = engine.dockerHost === undefined ? {} : { dockerHost: engine.dockerHost };
  let local;
  try {
    local = await startLocal({ ...args, ...(engine.available ? { engine: host } : {}) });
  } catch (error) {
    await stopEngine();
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    return fail(inUse ? `Port ${args.port} is taken: give another with --port N.` : (error as Error).message);
  }
  console.log(`A local AWS answers on ${local.url} (account ${local.aws.state.accountId}):`);
  console.log(`  Lambda, ECR, API Gateway, CloudWatch, STS   ${local.url}`);
  console.log(`  docker registry                             ${local.registryHost}`);
  console.log(`  APIs                                        ${local.apiUrl('{api id}', '{stage}')}/…`);
  console.log(
    `  calls, faults                               ${local.url}/_local/calls, ${local.url}/_local/faults`,
  );
  console.log('\nIn another terminal:\n');
  for (const [name, value] of Object.entries(local.env)) console.log(`  export ${name}=${value}`);
  console.log('\nand then, from an empty folder to a model that answers:\n');
  for (const line of nextLines(join(import.meta.dirname, '..'))) console.log(`  ${line}`);
  console.log('\nCtrl-C stops it and everything it started.');
  await signalled();
  console.log('Stopping.');
  await local.stop();
  await stopEngine();
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

await main();

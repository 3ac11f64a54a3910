/**
 * From the start of the process to its first call to AWS, over an empty Node script. The three take turns, so that a machine whose
 * speed drifts slows them alike; medians are compared.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

export interface Startup {
  /** Milliseconds, medians. */
  readonly empty: number;
  readonly deploy: number;
  readonly rollback: number;
  readonly deployOverEmpty: number;
  readonly rollbackOverEmpty: number;
}

export async function startup(rounds = 15): Promise<Startup> {
  const folder = mkdtempSync(join(tmpdir(), 'model-release-bench-'));
  const script = join(folder, 'empty.js');
  writeFileSync(script, '');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'samples.jsonl'), '{"input":{}}\n');
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const times = { empty: [] as number[], deploy: [] as number[], rollback: [] as number[] };
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const one = {
        empty: await toExit(script, folder),
        deploy: await toFirstCall(server, join(root, 'dist/deploy.js'), folder),
        rollback: await toFirstCall(server, join(root, 'dist/rollback.js'), folder),
      };
      // The first round warms the file cache.
      if (round > 0) for (const name of ['empty', 'deploy', 'rollback'] as const) times[name].push(one[name]);
    }
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
  const [empty, deploy, rollback] = [median(times.empty), median(times.deploy), median(times.rollback)];
  return { empty, deploy, rollback, deployOverEmpty: deploy / empty, rollbackOverEmpty: rollback / empty };
}

/** Milliseconds from the start of a Node script to its end. */
export function toExit(script: string, cwd: string, args: readonly string[] = []): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [script, ...args], { cwd, stdio: 'ignore' });
  return new Promise((resolve) => child.on('exit', () => resolve(performance.now() - started)));
}

/** The process is ended as soon as its first request arrives. */
async function toFirstCall(server: Server, stub: string, cwd: string): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const started = performance.now();
  const env = { ...process.env, ...environment(`http://127.0.0.1:${port}`) };
  const child = spawn(process.execPath, [stub], { cwd, env, stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const called = new Promise<number>((resolve) =>
    server.once('request', () => resolve(performance.now() - started)),
  );
  const time = await Promise.race([called, exited.then(() => undefined)]);
  child.kill('SIGKILL');
  await exited;
  if (time === undefined) throw new Error(`${stub} ended without a call to AWS`);
  return time;
}

function environment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    GITHUB_RUN_ID: '1',
    GITHUB_SHA: 'a'.repeat(40),
    'INPUT_FUNCTION-NAME': 'iris',
    'INPUT_IMAGE-URI': `123456789012.dkr.ecr.eu-central-1.amazonaws.com/iris@sha256:${'a'.repeat(64)}`,
    INPUT_SAMPLES: 'samples.jsonl',
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { VirtualClock } from '../local/clock.ts';
import { fetchFor } from '../local/github/fetch.ts';
import { createLocalGitHub } from '../local/github/github.ts';
import { seedOwner, seedRepository, seedToken } from '../local/github/seeds.ts';
import { emptyGitHub } from '../local/github/state.ts';
import { attachAction } from '../src/actions/attach.ts';
import type { Runner } from '../src/clients/runner.ts';
import { fleetTools } from '../src/fleet/tools.ts';
import { runAlone } from '../src/run/run-alone.ts';

/**
 * What attach costs for an organization of 1,000 repositories: HTTP requests as the local GitHub counts them, refusals by its
 * limits (80 content creations a minute, 500 an hour, enforced), and the time it would take, on a virtual clock.
 */

export interface AttachFigures {
  readonly repositories: number;
  readonly toChange: number;
  readonly requests: number;
  readonly writes: number;
  /** Answers with 403 or 429. */
  readonly refused: number;
  readonly pullRequests: number;
  /** Virtual minutes. */
  readonly minutes: number;
}

export const BARS = [
  { toChange: 0, requests: 10 },
  { toChange: 50, requests: 60 },
  { toChange: 1000, requests: 1010 },
] as const;

const WORKFLOWS = { 'ci_cd.yml': 'name: ci_cd\n', 'rollback.yml': 'name: rollback\n' };
const MODEL = { Dockerfile: 'FROM scratch\n', 'lambda_function.py': '' };
const LATENCY_MS = 250;

export async function measureAttach(repositories: number, toChange: number): Promise<AttachFigures> {
  const clock = new VirtualClock();
  const github = createLocalGitHub({ state: emptyGitHub(), clock, latencyMs: LATENCY_MS });
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'token');
  const attached = Object.fromEntries(
    Object.entries(WORKFLOWS).map(([name, text]) => [`.github/workflows/${name}`, text]),
  );
  for (let n = 0; n < repositories; n += 1) {
    // Those to change lie spread over the organization, not at its beginning.
    const isBehind =
      toChange > 0 &&
      Math.floor(((n + 1) * toChange) / repositories) > Math.floor((n * toChange) / repositories);
    seedRepository(github.state, ['acme', `model-${n}`], {
      files: isBehind ? MODEL : { ...MODEL, ...attached },
    });
  }
  const startedAt = clock.now();
  const inputs = { organization: 'acme', token: 'token', mode: 'apply', minutes: '360' };
  await runAlone(attachAction, {
    runner: quietRunner(inputs),
    onStop: () => undefined,
    exit: () => undefined,
    grace: () => new Promise<never>(() => undefined),
    tools: fleetTools({ clock, home: await projectFolder(), fetch: fetchFor(github) }),
  });
  const all = Object.values(github.state.repositories);
  return {
    repositories,
    toChange,
    requests: github.calls.length,
    writes: github.calls.filter(({ isWrite }) => isWrite).length,
    refused: github.calls.filter(({ status }) => status === 403 || status === 429).length,
    pullRequests: all.reduce((sum, { pullRequests }) => sum + pullRequests.length, 0),
    minutes: Math.round((clock.now() - startedAt) / 60_000),
  };
}

async function projectFolder(): Promise<string> {
  const { mkdir, writeFile } = await import('node:fs/promises');
  const home = mkdtempSync(join(tmpdir(), 'bench-attach-'));
  await mkdir(join(home, 'workflows'));
  for (const [name, text] of Object.entries(WORKFLOWS)) await writeFile(join(home, 'workflows', name), text);
  return home;
}

function quietRunner(inputs: Readonly<Record<string, string>>): Runner {
  const nothing = () => undefined;
  const silence = async () => undefined;
  return {
    env: {
      RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'bench-attach-')),
      GITHUB_ACTION_REPOSITORY: 'acme/model-release',
      GITHUB_ACTION_REF: 'v1',
    },
    input: (name) => inputs[name],
    info: nothing,
    startGroup: nothing,
    endGroup: nothing,
    warning: silence,
    error: silence,
    secret: silence,
    output: silence,
    summary: silence,
    setExitCode: nothing,
  };
}

/** All bars: name → figures, and whether each holds. */
export async function benchAttach(): Promise<{ ok: boolean; figures: Record<string, AttachFigures> }> {
  const figures: Record<string, AttachFigures> = {};
  let ok = true;
  for (const bar of BARS) {
    const found = await measureAttach(1000, bar.toChange);
    figures[`attach.requests.${bar.toChange}`] = found;
    ok &&= found.requests <= bar.requests && found.refused === 0 && found.pullRequests === bar.toChange;
  }
  return { ok, figures };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { ok, figures } = await benchAttach();
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else {
    for (const [name, one] of Object.entries(figures)) {
      process.stdout.write(
        `${name.padEnd(22)} ${one.requests} requests (${one.writes} writing), ${one.refused} refused, ${one.pullRequests} pull requests, ${one.minutes} virtual minutes\n`,
      );
    }
    process.stdout.write(ok ? 'all bars hold\n' : 'A BAR IS BROKEN\n');
  }
  if (!ok) process.exitCode = 1;
}

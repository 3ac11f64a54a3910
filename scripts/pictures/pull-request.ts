/** The comment of the pictures: a plan whose image answers two of 150 rows of iris differently, run by the docker of the harness. */
import { readFile, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commit, createWorld, FIRST, IRIS } from '../../__tests__/harness/world.ts';
import { openTrialMachine, type TrialMachine } from '../../__tests__/harness/trial.ts';
import { createLocalGitHub } from '../../local/github/github.ts';
import {
  pushFiles,
  seedOwner,
  seedPullRequest,
  seedRepository,
  seedToken,
} from '../../local/github/seeds.ts';
import { realClock, type Clock } from '../../src/clients/clock.ts';
import { nodeShell } from '../../src/clients/shell.ts';

const DATA = join(import.meta.dirname, '..', '..', 'examples', 'iris', 'data', 'iris.csv');
const HOURS_MS = 3_600_000;
const BEGINS = Date.UTC(2026, 10, 24, 9, 30);

/** In doubt between two species: what is live answers, and what the pull request answers, as in `./demo diff`. */
const LIVE = { 71: 0.4988, 73: 0.5395 } as const;
const PROPOSED = { 71: 0.4848, 73: 0.4593 } as const;

/** Takes about as long as what is live. */
const MODEL = `import json
import time

ANSWERS = json.load(open("answers.json"))

def handler(event, context):
    time.sleep(0.015)
    return ANSWERS[json.dumps(event["features"], separators=(",", ":"))]
`;

/** @returns Markdown, without the hidden line by which the comment is found. Its times are measured, and differ from run to run. */
export async function pullRequestComment(): Promise<string> {
  const machine = await openTrialMachine();
  try {
    return await planned(machine);
  } finally {
    await machine.close();
  }
}

async function planned(machine: TrialMachine): Promise<string> {
  const clock = laterClock();
  const world = createWorld({ clock, region: 'eu-central-1' });
  const rows = await readRows();
  const live = answersOf(rows, LIVE, 'versicolor');
  const lines = rows.map(({ features }, index) =>
    JSON.stringify({ name: `row ${index + 1}`, input: { features } }),
  );
  const files = { 'tests/samples.jsonl': `${lines.join('\n')}\n` };
  world.image(commit(0x72bc), {
    content: `72bc${' '.repeat(1_240_000)}`,
    program: (event) => live[JSON.stringify((event as { readonly features: unknown }).features)],
    figures: () => ({ durationMs: 20 }),
  });
  const inputs = { environment: 'prod', 'memory-size': '1024' };
  await world.deploy({ ...FIRST, ...inputs }, { commit: commit(0x72bc), files });
  clock.passes(3 * HOURS_MS);

  const { github, pull } = pullRequest();
  const workspace = await mkdtemp(join(machine.folder, 'workspace-'));
  await writeFile(join(workspace, 'Dockerfile'), 'FROM base\nCMD ["model.handler"]\n');
  await writeFile(join(workspace, 'model.py'), MODEL);
  await writeFile(join(workspace, 'answers.json'), JSON.stringify(answersOf(rows, PROPOSED, 'virginica')));
  const ref = `refs/pull/${pull.number}/merge`;
  const env = { ...machine.env, GITHUB_WORKSPACE: workspace, RUNNER_TEMP: machine.folder, GITHUB_REF: ref };
  const shell = nodeShell({ clock: realClock, signal: new AbortController().signal, env });
  const given = { ...IRIS, ...inputs, 'github-token': 'job' };
  await world.plan(given, { commit: commit(0x9ed4), files, github, env, shell });
  return (pull.comments?.[0]?.body ?? '').replace(/^<!--.*?-->\s*/s, '');
}

/** Real time, from a fixed day on; `passes` lets hours go by. */
function laterClock(): Clock & { passes(ms: number): void } {
  let ahead = BEGINS - Date.now();
  return {
    now: () => Date.now() + ahead,
    sleep: (ms, signal) => realClock.sleep(ms, signal),
    passes: (ms) => void (ahead += ms),
  };
}

interface Row {
  readonly features: readonly number[];
  readonly species: string;
}

async function readRows(): Promise<readonly Row[]> {
  const [head = '', ...rows] = (await readFile(DATA, 'utf8')).trim().split('\n');
  const [, , ...species] = head.split(',');
  return rows.map((row) => {
    const [label = 0, ...features] = row.split(',').map(Number).reverse();
    return { features: features.reverse(), species: species[label] ?? '' };
  });
}

/** Answer by features; the rows in doubt get this species with their probability. */
function answersOf(rows: readonly Row[], inDoubt: Readonly<Record<number, number>>, as: string) {
  const answers = rows.map(({ features, species }, index) => {
    const probability = inDoubt[index + 1];
    const answer = probability === undefined ? { species, probability: 0.97 } : { species: as, probability };
    return [JSON.stringify(features), answer] as const;
  });
  return Object.fromEntries(answers) as Readonly<Record<string, unknown>>;
}

function pullRequest() {
  const github = createLocalGitHub();
  seedOwner(github.state, 'acme');
  const repository = seedRepository(github.state, ['acme', 'iris'], { files: { a: '0' } });
  pushFiles(repository, 'change', { files: { a: '1' } });
  const pull = seedPullRequest(github.state, repository, { headRefName: 'change' });
  const permissions = { contents: 'read', pull_requests: 'write' } as const;
  seedToken(github.state, 'job', { kind: 'actions', login: 'github-actions[bot]', permissions });
  return { github, pull };
}

/** A comment without what was measured: two runs agree in it. */
export function withoutMeasures(comment: string): string {
  return comment
    .replaceAll(/; cost \+\d+ %/g, '')
    .replaceAll(/ \([+−]\d+ %\)/g, '')
    .replaceAll(/\\?\$[\d.]+(e-\d+)?/g, '$')
    .replaceAll(/[\d,.]+ (ms|s)\b/g, 'n ms')
    .replaceAll(/[\d,.]+ MB\b/g, 'n MB')
    .replaceAll(/[\d.]+ % stayed free/g, 'n % stayed free')
    .replaceAll(/\d[\d,.]* of 1,024 MB/g, 'n of n MB');
}

/**
 * `npm run bench`: calls, critical path, start-up, bytes and memory, as ratios and counts of one run. `--json` prints one object on
 * stdout, `--only GROUP` measures one of calls, latency, startup, bytes, attach, print, gate, trial and data.
 * A figure has its bar beside it; a bar that is missed is marked and changes nothing else: these are measurements, not tests.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, type Finished, type RunOptions, type World } from '../__tests__/harness/world.ts';
import { immediately, printingAction, SUMMARY } from '../__tests__/harness/printing-action.ts';
import { useScratchFolder } from '../scripts/scratch.ts';
import { BARS as ATTACH_BARS, measureAttach } from './attach.ts';
import { measure, steadyWorld, type Measured } from './calls.ts';
import { deployLatency, FILES, rollbackLatency } from './latency.ts';
import { checkTime } from './check.ts';
import { ROWS, rowsPerSecond } from './data.ts';
import { shareFound } from './gate.ts';
import { startup } from './startup.ts';
import { trialSeconds } from './trial.ts';

interface Figure {
  readonly name: string;
  readonly value: number;
  /** The most it may be; absent where there is no bar. */
  readonly atMost?: number;
  /** The least it may be; absent where there is no bar. */
  readonly atLeast?: number;
  readonly note?: string;
}

type Api = 'none' | 'REST' | 'HTTP';
const APIS: readonly Api[] = ['none', 'REST', 'HTTP'];

async function callFigures(): Promise<Figure[]> {
  // Of an image that is in ECR already; with a trial on the machine the flow tests count them.
  const plan = await scenario('none', 'ok:noop', (world, inputs) => {
    world.image(commit(3));
    return world.plan(inputs, { commit: commit(3), files: FILES });
  });
  const figures = callsOf('plan', plan, { calls: 5, api: 0, writes: 0 });
  for (const api of APIS) {
    const suffix = api === 'none' ? '' : `.${api.toLowerCase()}_api`;
    const hasApi = api !== 'none';
    const unchanged = await scenario(api, 'ok:noop', (world, inputs) =>
      world.deploy(inputs, { commit: commit(2), files: FILES }),
    );
    figures.push(
      ...callsOf(`deploy_unchanged${suffix}`, unchanged, { calls: 4, api: hasApi ? 2 : 0, writes: 0 }),
    );
    const image = await scenario(api, 'ok', (world, inputs) => {
      const { uri } = world.image(commit(3));
      return world.deploy({ ...inputs, 'image-uri': uri }, { commit: commit(3), files: FILES });
    });
    figures.push(
      // The routes of an HTTP API come from a list of its own, asked for where no sample says which one it is for.
      ...callsOf(`deploy_image${suffix}`, image, {
        calls: 8,
        api: { none: 0, REST: 3, HTTP: 4 }[api],
        writes: hasApi ? 4 : 3,
      }),
    );
    const back: RunOptions = { commit: commit(2), event: 'workflow_dispatch', files: FILES };
    const rollback = await scenario(api, 'rolled-back', (world, inputs) => world.rollback(inputs, back));
    figures.push(
      ...callsOf(`rollback${suffix}`, rollback, { calls: 4, api: hasApi ? 2 : 0, writes: hasApi ? 2 : 1 }),
    );
  }
  return figures;
}

async function scenario(
  api: Api,
  expected: string,
  run: (world: World, inputs: Record<string, string>) => Promise<Finished>,
): Promise<Measured> {
  const { world, inputs } = await steadyWorld(api);
  return measure(world, () => run(world, inputs), expected);
}

function callsOf(
  name: string,
  { calls, operations }: Measured,
  most: { calls: number; api: number; writes: number },
): Figure[] {
  return [
    { name: `calls.${name}`, value: calls.release, atMost: most.calls, note: operations.join(' ') },
    ...(most.api > 0 ? [{ name: `calls.${name}.api`, value: calls.api, atMost: most.api }] : []),
    { name: `writes.${name}`, value: calls.writes, atMost: most.writes },
    { name: `calls.${name}.samples`, value: calls.samples },
    {
      name: `calls.${name}.aside`,
      value: calls.way_back + calls.noted,
      note: 'rollback target and history, while nothing waits',
    },
  ];
}

async function latencyFigures(): Promise<Figure[]> {
  const [deploy, rollback] = [await deployLatency(), await rollbackLatency()];
  return [
    {
      name: 'latency.deploy_over_critical_path',
      value: deploy.ratio,
      atMost: 1.15,
      note: `${deploy.virtualMs} of ${deploy.chainMs} ms`,
    },
    {
      name: 'latency.rollback_over_critical_path',
      value: rollback.ratio,
      atMost: 1.15,
      note: `${rollback.virtualMs} of ${rollback.chainMs} ms`,
    },
  ];
}

async function startupFigures(): Promise<Figure[]> {
  const { empty, deploy, rollback, deployOverEmpty, rollbackOverEmpty } = await startup();
  const ms = (value: number) => `${value.toFixed(0)} ms over ${empty.toFixed(0)} ms`;
  return [
    { name: 'startup.deploy_over_empty', value: deployOverEmpty, atMost: 5, note: ms(deploy) },
    { name: 'startup.rollback_over_empty', value: rollbackOverEmpty, atMost: 4, note: ms(rollback) },
  ];
}

async function checkFigures(): Promise<Figure[]> {
  const { empty, check, checkOverEmpty } = await checkTime();
  const note = `${check.toFixed(0)} ms over ${empty.toFixed(0)} ms, of the template`;
  return [{ name: 'check.over_empty', value: checkOverEmpty, atMost: 12, note }];
}

function byteFigures(): Figure[] {
  const dist = join(import.meta.dirname, '../dist');
  const sizes = readdirSync(dist).map((file) => ({ file, bytes: statSync(join(dist, file)).size }));
  const sum = (files: typeof sizes) => files.reduce((total, { bytes }) => total + bytes, 0);
  return [
    { name: 'dist_bytes', value: sum(sizes.filter(({ file }) => file.endsWith('.js'))), note: 'JavaScript' },
    { name: 'dist_bytes.with_licences', value: sum(sizes) },
  ];
}

async function attachFigures(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { toChange, requests } of ATTACH_BARS) {
    const measured = await measureAttach(1000, toChange);
    figures.push({
      name: `attach.requests.${toChange}`,
      value: measured.requests,
      atMost: requests,
      note: `of 1,000 repositories; ${measured.minutes} virtual minutes`,
    });
    figures.push({ name: `attach.refused.${toChange}`, value: measured.refused, atMost: 0 });
  }
  return figures;
}

/** A test that prints 300 MB in short lines, as a process of its own; its reader pauses after each piece. */
async function printFigures(): Promise<Figure[]> {
  const { code, bytes, last, rss } = await printingAction(300, { take: immediately });
  const isWhole = code === 0 && last.endsWith(SUMMARY);
  return [
    {
      name: 'print.lost_outcomes',
      value: isWhole ? 0 : 1,
      atMost: 0,
      note: last.trim().split('\n').at(-1) ?? '',
    },
    {
      name: 'print.resident_mb',
      value: rss,
      atMost: 300,
      note: `at its peak, of ${Math.round(bytes / 2 ** 20)} MB printed`,
    },
  ];
}

/** Noise of what is live, as a share of 1,000 rows → the least share of candidates that must be found, where 1 % of labels are flipped. */
const FOUND = [
  [0, 0.95],
  [0.001, 0.95],
  [0.002, 0.9],
] as const;

/** So many that chance moves the share of false alarms by less than its distance to the bar. */
const CANDIDATES = { flipped: 500, harmless: 4000 };

function gateFigures(): Figure[] {
  const share = (noise: number, flipped: number, repeats: number) =>
    shareFound({ rows: 1000, noise, flipped }, repeats);
  return [
    ...FOUND.map(([noise, atLeast]) => ({
      name: `gate.found.noise_${noise}`,
      value: share(noise, 0.01, CANDIDATES.flipped),
      atLeast,
      note: `of ${CANDIDATES.flipped} simulated candidates, 10 of 1,000 rows flipped`,
    })),
    ...FOUND.map(([noise]) => ({
      name: `gate.false_alarms.noise_${noise}`,
      value: share(noise, 0, CANDIDATES.harmless),
      atMost: 0.05,
      note: `of ${CANDIDATES.harmless} harmless ones, 1,000 rows each`,
    })),
  ];
}

async function trialFigures(): Promise<Figure[]> {
  const { seconds, own } = await trialSeconds();
  const note = '1,000 samples to an image on this machine, its start and removal included';
  return [
    { name: 'trial.seconds', value: seconds, atMost: 10, note },
    { name: 'trial.own_cpu_seconds', value: own, note: 'the Runtime API and judging' },
  ];
}

async function dataFigures(): Promise<Figure[]> {
  const note = `rows in a second of processor time, of ${ROWS} rows with three columns, no constraints`;
  return Object.entries(await rowsPerSecond()).map(([format, value]) => ({
    name: `data.rows.${format}`,
    value,
    note,
  }));
}

function print(figures: readonly Figure[]): void {
  for (const figure of figures) {
    const { name, value, note } = figure;
    const shown = Number.isInteger(value) ? String(value) : value.toFixed(value < 0.1 ? 3 : 2);
    const bar = barOf(figure);
    console.log(`${name.padEnd(40)} ${shown.padStart(9)}  ${bar.padEnd(14)} ${note ?? ''}`);
  }
}

function barOf({ value, atMost, atLeast }: Figure): string {
  if (atMost !== undefined) return value <= atMost ? `≤ ${atMost}` : `MISSED: ≤ ${atMost}`;
  if (atLeast !== undefined) return value >= atLeast ? `≥ ${atLeast}` : `MISSED: ≥ ${atLeast}`;
  return '';
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const groups = {
  calls: callFigures,
  latency: latencyFigures,
  startup: startupFigures,
  check: checkFigures,
  bytes: async () => byteFigures(),
  attach: attachFigures,
  print: printFigures,
  gate: async () => gateFigures(),
  trial: trialFigures,
  data: dataFigures,
};
useScratchFolder();
const figures: Figure[] = [];
for (const [name, group] of Object.entries(groups)) {
  if (values.only === undefined || values.only === name) figures.push(...(await group()));
}
if (values.json)
  console.log(JSON.stringify(Object.fromEntries(figures.map(({ name, value }) => [name, value]))));
else print(figures);

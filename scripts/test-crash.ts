/**
 * The failure bar: what happens to a release when replies are lost, runs meet, and runners are lost.
 *
 *     npm run test:crash                              every level, one line each
 *     npm run test:crash -- --level L1 --level L3     these levels
 *     npm run test:crash -- --share                   a share of each that fits three minutes
 *     npm run test:crash -- --json                    {"L1": {"runs": n, "broken": 0, "seconds": s}, …} on stdout
 *     npm run test:crash -- --seed 7 --only "steady | deploy | crash after at call 9"    one case again
 *     npm run test:crash -- --long                    L3 with a lost answer where all three start from nothing; ten times as many sequences in L4
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { progress, type LevelOptions, type LevelResult } from '../__tests__/crash/level.ts';
import { levels, type LevelName } from '../__tests__/crash/levels.ts';
import { useScratchFolder } from './scratch.ts';

/** The suite is told nothing by stacks of errors that it causes on purpose, and they cost half of its time. */
Error.stackTraceLimit = 0;

interface Task {
  readonly level: LevelName;
  readonly options: LevelOptions;
}

type Answer = { readonly result: LevelResult } | { readonly failed: string } | { readonly soFar: string };

interface Arguments {
  readonly chosen: readonly LevelName[];
  readonly seed: number;
  readonly share: boolean;
  readonly json: boolean;
  readonly long: boolean;
  readonly only: string | undefined;
}

const THREADS = 2;
/** Broken cases that are printed in full. */
const SHOWN = 5;

function readArguments(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      level: { type: 'string', multiple: true },
      seed: { type: 'string', default: '1' },
      share: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  const names = Object.keys(levels) as LevelName[];
  const unknown = values.level?.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--level ${unknown}: there are ${names.join(', ')}.`);
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed ${values.seed}: not a whole number.`);
  const chosen = names.filter((name) => values.level === undefined || values.level.includes(name));
  const { share, json, long, only } = values;
  return { chosen, seed, share, json, long, only };
}

/** One level on all threads. */
async function runLevel(level: LevelName, args: Arguments): Promise<LevelResult> {
  const { seed, long, only } = args;
  const of = levels[level].alone === true ? 1 : THREADS;
  const parts = Array.from({ length: of }, (_, index) => ({ index, of }));
  const share = args.share ? levels[level].share : 1;
  const common = { seed, share, long, ...(only === undefined ? {} : { only }) };
  const results = await Promise.all(parts.map((part) => inThread({ level, options: { ...common, part } })));
  return results.reduce(together);
}

function together(a: LevelResult, b: LevelResult): LevelResult {
  const names = new Set([...Object.keys(a.counts), ...Object.keys(b.counts)]);
  const counts = [...names].map((name) => [name, (a.counts[name] ?? 0) + (b.counts[name] ?? 0)]);
  return {
    runs: a.runs + b.runs,
    broken: [...a.broken, ...b.broken],
    counts: Object.fromEntries(counts) as Record<string, number>,
    notes: [...a.notes, ...b.notes].toSorted(),
  };
}

/** Errors of promises, streams and the process that nobody handled: each breaks the level. */
function withUnhandled(result: LevelResult, level: LevelName, unhandled: readonly unknown[]): LevelResult {
  const broken = unhandled.map((error) => ({
    level,
    name: 'any',
    id: 'D2',
    says: 'no error of a promise, a stream or the process is left unhandled',
    detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    trace: [],
  }));
  const counts = { ...result.counts, unhandled: unhandled.length };
  return { ...result, counts, broken: [...result.broken, ...broken] };
}

function inThread(task: Task): Promise<LevelResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    worker.on('message', (answer: Answer) => {
      if ('soFar' in answer) console.error(`   ${answer.soFar}`);
      else if ('result' in answer) resolve(answer.result);
      else reject(new Error(answer.failed));
    });
    worker.once('error', reject);
  });
}

function show({ broken }: LevelResult, seed: number): void {
  const kinds = Map.groupBy(broken, ({ id, detail }) => `${id} ${detail.replaceAll(/[\da-f]{2,}|\d/g, '#')}`);
  for (const cases of [...kinds.values()].slice(0, SHOWN)) {
    const [first] = cases;
    if (first === undefined) continue;
    console.error(`\n${first.level} ${first.id}: ${first.says}\n  ${first.detail}`);
    console.error(
      `  ${cases.length} like it; seed ${seed}; again: npm run test:crash -- --level ${first.level} --seed ${seed} --only ${JSON.stringify(first.name)}`,
    );
    console.error(first.trace.map((line) => `    ${line}`).join('\n'));
  }
}

async function main(args: Arguments): Promise<void> {
  const table: Record<string, { runs: number; broken: number; seconds: number }> = {};
  console.error(`seed ${args.seed}${args.share ? ', a share of each level' : ''}`);
  for (const level of args.chosen) {
    const started = performance.now();
    const result = await runLevel(level, args);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    const { runs, counts, notes } = result;
    const broken = result.broken.length;
    table[level] = { runs, broken, seconds, ...counts };
    const also = Object.entries(counts).map(([name, count]) => `, ${count} ${name}`);
    const line = `${level} ${levels[level].says}: ${runs} runs${also.join('')}, ${broken} broken, ${seconds} s`;
    (args.json ? console.error : console.log)(line);
    for (const note of notes) console.error(`   ${note}`);
    show(result, args.seed);
    if (broken > 0) process.exitCode = 1;
  }
  if (args.json) console.log(JSON.stringify(table));
}

if (isMainThread) {
  useScratchFolder();
  await main(readArguments(process.argv.slice(2))).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
} else {
  const { level, options } = workerData as Task;
  const unhandled: unknown[] = [];
  process.on('unhandledRejection', (reason) => void unhandled.push(reason));
  process.on('uncaughtException', (error) => void unhandled.push(error));
  const { index, of } = options.part;
  progress.say = (soFar) => parentPort?.postMessage({ soFar: `part ${index + 1} of ${of}, ${soFar}` });
  const answer: Answer = await levels[level]
    .run(options)
    .then((result) => ({ result: withUnhandled(result, level, unhandled) }))
    .catch((error: unknown) => ({
      failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    }));
  parentPort?.postMessage(answer);
}

/** Runs the tiers of the test suite one after another and ends with their sum: `N passed, N failed, N skipped`. */
import { spawn, type StdioOptions } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startEngine, stopEngine } from '../local/engine/engine.ts';
import { bringBrowser } from './pictures/browser.ts';
import { useScratchFolder } from './scratch.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface JestResult {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  /** Files that failed before their first test: no test of theirs is counted anywhere else. */
  numRuntimeErrorTestSuites: number;
}

const root = dirname(import.meta.dirname);
const jestTiers = ['unit', 'flows', 'local-aws', 'local-github', 'surface', 'rules', 'crash'];
const checks = [
  'typecheck',
  'lint',
  'format:check',
  'docs:check',
  'schema:check',
  'prose',
  'knip',
  'house',
  'build:check',
];
const scratch = useScratchFolder(['SIGINT']);
let interrupted = false;

/** Runs a command from the root; its exit code, and its output when it is not shown as it comes. */
async function run(command: string[], stdio: StdioOptions): Promise<{ code: number; output: string }> {
  if (interrupted) throw new Error('Interrupted: the remaining tiers did not run.');
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd: root, stdio });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(output).toString() }));
  });
}

function heading(text: string): void {
  console.log(`\n== ${text}`);
}

/** Each check counts as one test; what it printed is shown when it fails. */
async function runChecks(): Promise<Counts> {
  heading(`checks: ${checks.join(', ')}`);
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const check of checks) {
    const started = performance.now();
    const { code, output } = await run(['npm', 'run', '--silent', check], ['ignore', 'pipe', 'pipe']);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${check} (${seconds} s)`);
    if (code !== 0) console.log(output.trimEnd());
    counts[code === 0 ? 'passed' : 'failed'] += 1;
  }
  return counts;
}

async function runJest(tiers: string[], options: string[] = []): Promise<Counts> {
  const report = join(scratch, `${tiers[0]}.json`);
  const pattern = `__tests__/(${tiers.join('|')})/`;
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const reporting = ['--ci', '--json', '--outputFile', report, '--passWithNoTests'];
  const { code } = await run(
    [process.execPath, ...jest, ...reporting, ...options, '--testPathPatterns', pattern],
    // Jest says on stdout only where it wrote the report.
    ['ignore', 'ignore', 'inherit'],
  );
  return readReport(report, code);
}

/** A run that broke without naming a failed test still counts as one failure. */
function readReport(report: string, code: number): Counts {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(readFileSync(report, 'utf8')) as JestResult;
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

function announceSkipped(reason: string): void {
  const line = '!'.repeat(100);
  console.log(`\n${line}\nSKIPPED: the container tier. ${reason}\n${line}`);
}

/** Real images in real containers, and pages in a real browser. Without them the tests skip themselves, and are counted so. */
async function runContainers(): Promise<Counts> {
  heading('container');
  if (!existsSync(join(root, '__tests__/container'))) {
    announceSkipped('__tests__/container does not exist.');
    return { passed: 0, failed: 0, skipped: 1 };
  }
  await bringBrowser(console.log);
  const engine = await startEngine({ log: console.log });
  try {
    if (engine.dockerHost !== undefined) process.env['DOCKER_HOST'] = engine.dockerHost;
    const counts = await runJest(['container'], ['--runInBand']);
    if (!engine.available) announceSkipped(engine.reason ?? 'No Docker Engine can be had.');
    else if (counts.skipped > 0) announceSkipped(`${counts.skipped} of its tests; see above why.`);
    return counts;
  } finally {
    console.log(await stopEngine());
  }
}

async function main(wanted: string[]): Promise<Counts> {
  const known = ['checks', ...jestTiers, 'container'];
  const unknown = wanted.filter((tier) => !known.includes(tier));
  if (unknown.length > 0)
    throw new Error(`No such tier: ${unknown.join(', ')}. There are ${known.join(', ')}.`);
  const chosen = wanted.length > 0 ? wanted : known;
  const inJest = jestTiers.filter((tier) => chosen.includes(tier));
  const parts: Counts[] = [];
  if (chosen.includes('checks')) parts.push(await runChecks());
  if (inJest.length > 0) {
    heading(inJest.join(', '));
    parts.push(await runJest(inJest));
  }
  if (chosen.includes('container')) parts.push(await runContainers());
  const sum = (key: keyof Counts): number => parts.reduce((total, counts) => total + counts[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

// Ctrl-C reaches the running command too; staying alive until it has ended lets `finally` put the engine away.
process.on('SIGINT', () => (interrupted = true));

try {
  const { passed, failed, skipped } = await main(process.argv.slice(2));
  process.exitCode = failed === 0 ? 0 : 1;
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

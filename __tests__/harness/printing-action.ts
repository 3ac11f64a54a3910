/** An action in a process of its own, whose tests print a lot: for the test of it and for the bench. */
import { spawn } from 'node:child_process';

/** Runs a program that prints so many MB of short lines, as an action does: through the real shell and the real runner. */
const ACTION = `
  const { githubRunner } = await import('./src/clients/runner.ts');
  const { nodeShell } = await import('./src/clients/shell.ts');
  const { realClock } = await import('./src/clients/clock.ts');
  const { NOTHING_YET, readLine, countsIn } = await import('./src/release/plan/test-report.ts');
  const [megabytes] = process.argv.slice(1).map(Number);
  const runner = githubRunner({});
  const program = \`const block = 'x y z 1\\\\n'.repeat(8192); let n = 0;
    const more = () => { while (n++ < \${megabytes} * 16) if (!process.stdout.write(block)) return process.stdout.once('drain', more);
      process.stdout.write('1 failed, 2 passed in 0.1s\\\\n'); };
    more();\`;
  let report = NOTHING_YET;
  const shell = nodeShell({ clock: realClock, signal: new AbortController().signal });
  const onLine = (line) => { runner.info(line); report = readLine(report, line); };
  const { exitCode } = await shell.run({ file: process.execPath, args: ['-e', program], writes: 'tests', onLine });
  runner.info('outcome ' + exitCode + ' ' + JSON.stringify(countsIn(report)));
  process.on('exit', () => process.stderr.write('rss ' + Math.round(process.resourceUsage().maxRSS / 1024)));`;

interface Reader {
  /** Called with each piece of output; a promise is waited for before the next. */
  readonly take: (chunk: Buffer) => Promise<void> | 'leave' | undefined;
}

/** The action as a process of its own, whose stdout is read as `take` reads it. */
export async function printingAction(megabytes: number, { take }: Reader) {
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    ACTION,
    String(megabytes),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [bytes, last, said] = [0, '', ''];
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    last = `${last}${chunk.toString()}`.slice(-200);
    const wait = take(chunk);
    if (wait === 'leave') return void child.stdout.destroy();
    if (wait === undefined) return;
    child.stdout.pause();
    void wait.then(() => child.stdout.resume());
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, bytes, last, said, rss: Number(/rss (\d+)/.exec(said)?.[1]) };
}

export const immediately = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** What the process prints last when nothing was lost. */
export const SUMMARY = 'outcome 0 {"passed":2,"failed":1,"skipped":0}\n';

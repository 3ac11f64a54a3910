/** What a demo on real containers begins and ends with: engine, base image, local AWS, and how it is stopped. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBaseImage } from '../base-image.ts';
import { Screen } from './screen.ts';
import type { Telling, Timing } from './teller.ts';
import { openWorld, type World } from './world.ts';
import { startEngine, stopEngine, type EngineStatus } from '../../local/engine/engine.ts';

const BUNDLE = join(import.meta.dirname, '..', '..', 'dist');

/** Seconds that ./demo spent before this script could start. */
const INSTALLED_IN = Number(process.env['DEMO_SETUP_SECONDS'] ?? 0);

/** Something that a person has to do first; the message says what. */
class NotReady extends Error {}

/** A demo: what it says first, its scenes, and what to type after it. */
export interface Show {
  readonly title: string;
  readonly played: string;
  /** Stubs of the bundle that it runs. */
  readonly actions: readonly string[];
  /** @throws Error when a scene does not end as expected. */
  scenes(world: World, telling: Telling): Promise<readonly Timing[]>;
  readonly next: readonly (readonly [command: string, what: string])[];
}

async function perform(show: Show, stage: Telling): Promise<void> {
  const { screen, signal } = stage;
  screen.say(screen.style(show.title, 'bold'));
  screen.say(show.played);
  if (!show.actions.every((name) => existsSync(join(BUNDLE, `${name}.js`))))
    throw new NotReady('dist/ is missing, and the demo runs what a runner runs: npm run build:dist');
  const prepared = performance.now();
  screen.heading('This machine');
  const engine = await startEngine({ log: (line) => screen.say(`    ${line}`) });
  let world: World | undefined;
  try {
    if (!engine.available) throw new NotReady(engine.reason ?? 'No Docker Engine answers.');
    const baseImage = await prepareImage(stage, engine);
    signal.throwIfAborted();
    world = await openWorld({ dockerHost: engine.dockerHost, baseImage, bundle: BUNDLE, signal });
    screen.say(
      `    Docker Engine ${engine.version ?? ''}, base image ${baseImage}, local AWS at ${world.local.url}`,
    );
    const timings = [
      { what: 'npm packages', seconds: INSTALLED_IN },
      { what: 'engine, base image, local AWS', seconds: (performance.now() - prepared) / 1000 },
    ];
    timings.push(...(await show.scenes(world, stage)));
    closing(screen, timings, show.next);
  } finally {
    screen.done();
    if (signal.aborted) screen.say('\nStopping what was started ...');
    await world?.close();
    const left = await stopEngine();
    if (engine.own) screen.say(`\n${left}`);
  }
}

async function prepareImage({ screen }: Telling, engine: EngineStatus): Promise<string> {
  const host = engine.dockerHost === undefined ? {} : { dockerHost: engine.dockerHost };
  screen.working('base image');
  const { image } = await ensureBaseImage({ ...host, log: (line) => screen.say(`    ${line}`) });
  screen.done();
  return image;
}

function closing(screen: Screen, timings: readonly Timing[], next: Show['next']): void {
  screen.heading('Seconds');
  for (const { what, seconds } of timings) screen.say(`  ${seconds.toFixed(1).padStart(7)}  ${what}`);
  screen.say(
    `  ${(INSTALLED_IN + process.uptime()).toFixed(1).padStart(7)}  ${screen.style('in all', 'bold')}`,
  );
  screen.heading('What to type next');
  for (const [command, what] of next) screen.say(`  ${command.padEnd(38)}${screen.style(what, 'dim')}`);
}

/** Plays it on this terminal. Returns the exit code. */
export async function play(show: Show, args: readonly string[]): Promise<number> {
  const stopping = new AbortController();
  const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  let code = 1;
  for (const [name, exitCode] of Object.entries(codes)) {
    process.on(name, () => {
      code = exitCode;
      stopping.abort(name);
    });
  }
  // A terminal or a pager that is gone: nothing can be said any more, and what was started still has to end.
  process.stdout.on('error', () => stopping.abort('output'));
  const screen = new Screen(process.stdout);
  try {
    await perform(show, { screen, signal: stopping.signal, verbose: args.includes('--verbose') });
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return code;
    const known = error instanceof NotReady || (error as Error).constructor === Error;
    console.error(`\n${known ? (error as Error).message : String((error as Error).stack ?? error)}`);
    return 1;
  }
}

/** What the scenes of every demo do: run an action and show its log, show a change, check what came of it. */
import { actionLog } from './action-log.ts';
import type { Job, JobResult } from '../runner.ts';
import type { Screen } from './screen.ts';
import type { World } from './world.ts';

export interface Telling {
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly verbose: boolean;
}

export interface Timing {
  readonly what: string;
  readonly seconds: number;
}

export class Teller {
  readonly timings: Timing[] = [];
  readonly #world: World;
  readonly #telling: Telling;
  readonly #screen: Screen;

  constructor(world: World, telling: Telling) {
    this.#world = world;
    this.#telling = telling;
    this.#screen = telling.screen;
  }

  async run(job: Job): Promise<JobResult> {
    this.#screen.say(this.#screen.style(`    $ node dist/${job.action}.js`, 'dim'));
    const result = await this.#world.runner.run({ ...job, onLine: actionLog(this.#screen, this.#telling) });
    this.#screen.done();
    this.#telling.signal.throwIfAborted();
    return result;
  }

  must({ outputs, log, exitCode }: JobResult, outcome: string): void {
    const isRight = outputs['outcome'] === outcome && (exitCode === 0) === (outcome !== 'failed');
    if (isRight) return;
    for (const line of log.slice(-40)) this.#screen.say(`    ${line}`);
    throw new Error(
      `The outcome should be ${outcome}, and it was ${outputs['outcome'] || `exit code ${exitCode}`}.`,
    );
  }

  expect(condition: boolean, what: string): void {
    if (!condition) throw new Error(`Expected: ${what}. This did not happen.`);
  }

  async showChange(): Promise<void> {
    for (const line of await this.#world.repository.lastChange())
      this.#screen.say(`    ${this.#screen.style(line, line.startsWith('+') ? 'green' : 'red')}`);
  }
}

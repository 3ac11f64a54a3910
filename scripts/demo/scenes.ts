/** The demo's scenes: two good releases, one that cannot run on Lambda, one that answers wrongly, and its rollback. */
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ask, type Answer, type Flower } from './api.ts';
import { renderMarkdown } from '../../src/report/terminal-text.ts';
import { FAILS_LATER, FAILS_ON_LAMBDA, TUNED } from './model-repository.ts';
import type { JobResult } from '../runner.ts';
import type { Screen } from './screen.ts';
import { Teller, type Telling, type Timing } from './teller.ts';
import { FUNCTION, type World } from './world.ts';

/** Two flowers of data/iris.csv with the same sepals: only their petals tell them apart. */
const VIRGINICA: Flower = { sepal_length: 6.3, sepal_width: 3.3, petal_length: 6.0, petal_width: 2.5 };
const VERSICOLOR: Flower = { ...VIRGINICA, petal_length: 4.7, petal_width: 1.6 };

/** Plays the scenes on the screen. @throws Error when one does not end as expected. */
export async function playScenes(world: World, telling: Telling): Promise<Timing[]> {
  return new Scenes(world, telling).play();
}

class Scenes {
  readonly #world: World;
  readonly #teller: Teller;
  readonly #screen: Screen;

  constructor(world: World, telling: Telling) {
    this.#world = world;
    this.#teller = new Teller(world, telling);
    this.#screen = telling.screen;
  }

  async play(): Promise<Timing[]> {
    const first = await this.#firstRelease();
    const good = await this.#secondRelease(first);
    await this.#refusedRelease();
    await this.#badRelease();
    await this.#rollBack(good);
    return this.#teller.timings;
  }

  async #firstRelease(): Promise<JobResult> {
    this.#screen.heading(
      '1. The first push: function, alias and repository are not there yet, and the API calls no alias',
    );
    const commit = await this.#world.repository.commit('Classify irises');
    const released = await this.#deploy(commit, 'first release');
    await this.#ask(VIRGINICA, 'virginica');
    return released;
  }

  /** Returns what version 2 answers about the flower that the bad release takes for another species. */
  async #secondRelease(first: JobResult): Promise<Answer> {
    this.#screen.heading('2. The next push: "Regularize less (C=10)"');
    const commit = await this.#world.repository.change(TUNED);
    await this.#teller.showChange();
    const second = await this.#deploy(commit, 'second release');
    await this.#ask(VIRGINICA, 'virginica');
    const good = await this.#ask(VERSICOLOR, 'versicolor');
    this.#screen.say(`\n    was live  ${first.outputs['digest']}`);
    this.#screen.say(`    is live   ${second.outputs['digest']}`);
    this.#screen.say(`    record    ${await this.#record()}`);
    this.#screen.say('\n    The job summary, as GitHub shows it on the run:\n');
    const summary = renderMarkdown(second.summary, (text, ...styles) => this.#screen.style(text, ...styles));
    this.#screen.say(summary.replaceAll(/^/gm, '    '));
    return good;
  }

  async #refusedRelease(): Promise<void> {
    this.#screen.heading(
      '3. A push that passes its tests and cannot run on Lambda: its image never reaches ECR',
    );
    const commit = await this.#world.repository.change(FAILS_ON_LAMBDA);
    await this.#teller.showChange();
    const refused = await this.#deploy(commit, 'refused release', 'failed');
    this.#teller.expect(refused.outputs['version'] === '2', 'version 2 is still live');
    await this.#ask(VIRGINICA, 'virginica');
    await this.#world.repository.revert();
  }

  async #badRelease(): Promise<void> {
    this.#screen.heading('4. A push that passes tests and samples, and is wrong all the same');
    const commit = await this.#world.repository.change(FAILS_LATER);
    await this.#teller.showChange();
    await this.#deploy(commit, 'bad release');
    await this.#ask(VIRGINICA, 'virginica');
    const wrong = await this.#ask(VERSICOLOR, 'virginica');
    this.#teller.expect(
      wrong.body['species'] === 'virginica',
      'the bad release takes this flower for a virginica',
    );
    this.#screen.say(this.#screen.style('    That flower is a versicolor. Somebody notices.', 'red'));
  }

  async #rollBack(good: Answer): Promise<void> {
    this.#screen.heading('5. Rollback, without a build, without Docker, without a checkout');
    const { local, apiUrl, target, temp } = this.#world;
    const callsBefore = local.aws.calls.length;
    const polling = new AbortController();
    const [result, healedAfter] = await Promise.all([
      this.#teller
        .run({
          action: 'rollback',
          inputs: { ...target, reason: 'versicolor is taken for virginica' },
          workspace: temp,
          commit: '0'.repeat(40),
          event: 'workflow_dispatch',
          // A folder without any program in it.
          env: { PATH: temp },
        })
        .finally(() => polling.abort()),
      secondsUntil(good, () => ask(apiUrl, VERSICOLOR), polling.signal),
    ]);
    this.#teller.must(result, 'rolled-back');
    await this.#ask(VERSICOLOR, 'versicolor');
    const calls = local.aws.calls.slice(callsBefore).filter(({ service }) => service !== 'execute-api');
    const writes = calls.filter(({ isWrite }) => isWrite).length;
    const seconds = (healedAfter ?? result.seconds).toFixed(1);
    this.#screen.say(
      this.#screen.style(
        `\n    ${seconds} s after the rollback began, the API answered with version 2 again.`,
        'bold',
        'green',
      ),
    );
    this.#screen.say(
      `    It ended after ${result.seconds.toFixed(1)} s: ${calls.length - writes} reads and ${writes} writes; on AWS each adds its round trip.`,
    );
    this.#teller.timings.push({
      what: 'rollback, until the API answers with version 2',
      seconds: healedAfter ?? result.seconds,
    });
  }

  async #deploy(commit: string, what: string, outcome = 'ok'): Promise<JobResult> {
    const { repository, deploy } = this.#world;
    const result = await this.#teller.run({
      action: 'deploy',
      inputs: deploy,
      workspace: repository.folder,
      commit,
    });
    this.#teller.must(result, outcome);
    this.#teller.timings.push({ what, seconds: result.seconds });
    return result;
  }

  async #ask(flower: Flower, species: string): Promise<Answer> {
    const answer = await ask(this.#world.apiUrl, flower);
    const { species: said, probability } = answer.body;
    const petals = `petals ${flower.petal_length} × ${flower.petal_width} cm, sepals ${flower.sepal_length} × ${flower.sepal_width} cm`;
    this.#screen.say(
      `    POST ${new URL(this.#world.apiUrl).pathname}: ${petals} → ${this.#screen.style(String(said), 'bold')} (${String(probability)})`,
    );
    this.#teller.expect(said === species, `the API says ${species}`);
    return answer;
  }

  /** The release record on the alias. */
  async #record(): Promise<string> {
    const { url, aws } = this.#world.local;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const lambda = new LambdaClient({ endpoint: url, region: aws.state.region, credentials });
    const alias = await lambda.send(new GetAliasCommand({ FunctionName: FUNCTION, Name: 'live' }));
    lambda.destroy();
    return alias.Description ?? '';
  }
}

const POLL_MS = 20;

/** Sends one request after another until this answer comes. Undefined when it had not come before the end. */
async function secondsUntil(
  wanted: Answer,
  send: () => Promise<Answer>,
  end: AbortSignal,
): Promise<number | undefined> {
  const started = performance.now();
  while (!end.aborted) {
    const answer = await send();
    if (JSON.stringify(answer) === JSON.stringify(wanted)) return (performance.now() - started) / 1000;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return undefined;
}

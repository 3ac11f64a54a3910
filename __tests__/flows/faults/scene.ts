/** The scene of every fault test: version 1 (commit 1) serves, the image of commit 2 is in ECR, and something goes wrong. */
import { expect } from '@jest/globals';
import type { LocalAwsOptions } from '../../../local/aws/aws.ts';
import type { LambdaAlias, LambdaFunction } from '../../../local/aws/state.ts';
import type { ServiceError } from '../../../local/faults.ts';
import { renderRecord } from '../../../src/release/record/record.ts';
import { KeptClients } from '../../harness/kept-clients.ts';
import {
  commit,
  createWorld,
  FIRST,
  IRIS,
  SECRET_ACCESS_KEY,
  type Finished,
  type RunOptions,
  type World,
} from '../../harness/world.ts';
import { docker } from './docker.ts';

/** Values that are secret somewhere in these tests; no run may ever say one. */
export const SECRETS = [SECRET_ACCESS_KEY, 'hunter2-build-secret', 'hunter2-token', 'hunter2-variable'];

const clients = new KeptClients();

export interface Scene {
  readonly world: World;
  readonly image: { readonly digest: string; readonly uri: string };
  /** A deploy of commit 2, unless said otherwise. */
  deploy(inputs?: Readonly<Record<string, string>>, options?: RunOptions): Promise<Finished>;
  rollback(inputs?: Readonly<Record<string, string>>, options?: RunOptions): Promise<Finished>;
  /** Operations of the writing calls since the scene began. */
  writes(): readonly string[];
  /** All operations since the scene began. */
  calls(): readonly string[];
  /** The function `iris`, and its alias `live`. */
  fn(): LambdaFunction;
  alias(): LambdaAlias;
}

/** Version 1 serves behind `live`, with its record. `before` runs before that first release. */
export async function released(options: LocalAwsOptions = {}): Promise<Scene> {
  const scene = unreleased(options);
  scene.world.image(commit(1));
  const { result } = await scene.world.deploy(FIRST, { commit: commit(1), shell: docker, clients });
  expect(result).toMatchObject({ outcome: 'ok', error: undefined });
  return begin(scene);
}

/** Version 2 serves, and 1 served before: there is a way back. */
export async function releasedTwice(options: LocalAwsOptions = {}): Promise<Scene> {
  const scene = await released(options);
  expect((await scene.deploy()).result).toMatchObject({ outcome: 'ok', error: undefined });
  return begin(scene);
}

/** Version 3 serves, 2 served before, and 1 before that. */
export async function releasedThrice(): Promise<Scene> {
  const scene = await releasedTwice();
  scene.world.image(commit(3));
  await scene.deploy({}, { commit: commit(3) });
  return begin(scene);
}

/** A model whose first answer is right, before it has traffic, and no other one. */
export function doubtful(): () => object {
  let asked = 0;
  return () => ({ ok: (asked += 1) === 1 });
}

/** Version 3, a copy of what is live, gets a tenth of the traffic: from the console, or of a canary whose run is gone. */
export function giveWeights(scene: Scene, whose: 'a dead canary' | 'the console'): void {
  const two = scene.fn().versions['2'];
  if (two === undefined) throw new Error('version 2 was released');
  scene.fn().versions['3'] = { ...two, version: '3' };
  scene.fn().nextVersion = 4;
  scene.alias().weights = { '3': 0.1 };
  if (whose === 'the console') return;
  scene.alias().description = renderRecord({
    live: '2',
    previous: '1',
    state: 'canary',
    candidate: '3',
    op: '1002.1.abcd',
    seq: 1002n,
    commit: commit(2),
    previousCommit: commit(1),
  });
}

/** Nothing but the image of commit 2. */
export function unreleased(options: LocalAwsOptions = {}): Scene {
  const world = createWorld(options);
  const image = world.image(commit(2));
  const start = { calls: 0 };
  const fn = () => found(world.aws.state.functions['iris'], 'function');
  return {
    world,
    image,
    deploy: (inputs = {}, options = {}) =>
      world.deploy({ ...IRIS, ...inputs }, { commit: commit(2), shell: docker, clients, ...options }),
    rollback: (inputs = {}, options = {}) =>
      world.rollback(
        { ...IRIS, ...inputs },
        { commit: commit(2), event: 'workflow_dispatch', clients, ...options },
      ),
    writes: () =>
      world.aws.calls.slice(start.calls).flatMap((call) => (call.isWrite ? [call.operation] : [])),
    calls: () => world.aws.calls.slice(start.calls).map((call) => call.operation),
    fn,
    alias: () => found(fn().aliases['live'], 'alias'),
  };
}

/** What happened so far is the past: calls count from here. */
export function begin(scene: Scene): Scene {
  const past = scene.world.aws.calls.length;
  const since = () => scene.world.aws.calls.slice(past);
  return {
    ...scene,
    calls: () => since().map((call) => call.operation),
    writes: () => since().flatMap((call) => (call.isWrite ? [call.operation] : [])),
  };
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the scene has no ${what}`);
  return value;
}

/** An error of Lambda's model that blames the request. */
export function refused(
  message: string,
  code = 'InvalidParameterValueException',
  status = 400,
): ServiceError {
  return { status, code, message, fields: { Type: 'User' } };
}

/** Everything a run said to anybody. */
export function said({ runner }: Finished): string {
  const { lines, outputs, annotations, summaryText } = runner;
  return [
    ...lines,
    JSON.stringify(outputs),
    summaryText,
    ...annotations.map(({ title, message }) => `${title} ${message}`),
  ].join('\n');
}

/** Failures that give AWS's own words, or those of several limits, which may be sentences of their own. */
const QUOTING = new Set([
  'variables-unreadable',
  'aws-refused',
  'gate-refused',
  'aws-permission',
  'image-not-visible',
  'update-failed',
  'version-failed',
]);

/**
 * A failure as a person must see it: one annotation of one or two sentences, a red step, outputs and summary written, no stack
 * trace, no secret.
 */
export function expectFailure(finished: Finished, code: string, patterns: readonly RegExp[]): void {
  const { result, runner } = finished;
  const message = result.error?.message ?? 'no error';
  expect(`${result.error?.code}: ${message}`).toMatch(new RegExp(`^${code}: `));
  for (const pattern of patterns) expect(message).toMatch(pattern);
  expect(sentences(message)).toBeLessThanOrEqual(QUOTING.has(code) ? 4 : 2);
  expect(message).not.toMatch(/\n\s+at /);
  expect(runner.exitCode).toBe(1);
  expect(runner.annotations.filter(({ level, file }) => level === 'error' && file === undefined)).toEqual([
    { level: 'error', message, title: `${result.action} failed (${code})` },
  ]);
  expect(runner.outputs['outcome']).toBe(result.outcome);
  expect(runner.summaryText).toContain(code);
  expectNoSecret(finished);
}

export function expectNoSecret(finished: Finished): void {
  for (const secret of SECRETS) expect(said(finished)).not.toContain(secret);
}

/** Sentences by their ends; a path, a version and an abbreviation inside one do not count. */
function sentences(message: string): number {
  return message.trim().split(/[.!?]["')]?\s+(?=[A-Z“"(])/).length;
}

/** The alias serves version 1 to everybody, with the record of its release. */
export function expectVersion1Serves(scene: Scene): void {
  expect(scene.alias()).toMatchObject({
    functionVersion: '1',
    description: expect.stringMatching(/^mr2;v=1;p=;st=ok;/),
  });
  expect(scene.alias().weights ?? {}).toEqual({});
}

/** The release of commit 2 happened, and version 1 is the way back. */
export function expectReleased(scene: Scene, { result, runner }: Finished, version = '2'): void {
  expect(result).toMatchObject({ outcome: 'ok', error: undefined });
  expect(runner.exitCode).toBe(0);
  expect(scene.alias()).toMatchObject({
    functionVersion: version,
    description: expect.stringMatching(new RegExp(`^mr2;v=${version};p=1;st=ok;`)),
  });
  expect(scene.fn().versions[version]?.code.digest).toBe(scene.image.digest);
}

/** Two services of one repository, released together: what the flows and the crash tests of services start from. */
import { parseRecord } from '../../src/release/record/record.ts';
import { ROLE } from './fixtures.ts';
import { commit, createWorld, type Finished, type RunOptions, type World } from './world.ts';

export const NAMES = ['features', 'serving'] as const;
export type Name = (typeof NAMES)[number];

/** The configuration file of these services, each with a function and a repository of its name. */
export function fileOf(names: readonly string[]): Record<string, string> {
  const services = names.map((name) => `  ${name}: { function-name: ${name}, ecr-repository: ${name} }\n`);
  return { '.model-release.yml': `create: true\nrole: ${ROLE}\nservices:\n${services.join('')}` };
}

const files = fileOf(NAMES);

/** Answers as the samples expect. */
export const RIGHT = { ok: true };

/** The images of a commit for both services. `answer` is asked for each invocation. */
export function seedImages(world: World, n: number, answer: (name: Name) => unknown = () => RIGHT): void {
  for (const repository of NAMES)
    world.image(commit(n), { repository, content: `${repository} ${n}`, program: () => answer(repository) });
}

/** How a run is started, and inputs beside the file. */
export interface BothOptions extends RunOptions {
  readonly inputs?: Readonly<Record<string, string>>;
}

export function deployBoth(
  world: World,
  n: number,
  { inputs = {}, ...options }: BothOptions = {},
): Promise<Finished> {
  return world.deploy(inputs, { commit: commit(n), files, ...options });
}

export function rollbackBoth(world: World, { inputs = {}, ...options }: BothOptions = {}): Promise<Finished> {
  return world.rollback(inputs, { event: 'workflow_dispatch', files, ...options });
}

/** A world in which these commits were released, one after the other. */
export async function released(...commits: readonly number[]): Promise<World> {
  const world = createWorld();
  for (const n of commits) {
    seedImages(world, n);
    await deployBoth(world, n);
  }
  return world;
}

/** What each alias does: its version and the state of its record. */
export function live(world: World): Record<Name, string> {
  const say = (name: Name) => {
    const alias = world.aws.state.functions[name]?.aliases['live'];
    if (alias === undefined) return 'none';
    const parsed = parseRecord(alias.description);
    return `${alias.functionVersion} ${parsed.kind === 'record' ? parsed.record.state : parsed.kind}`;
  };
  return { features: say('features'), serving: say('serving') };
}

/** From now on, the functions whose alias was written, in that order. */
export function watchAliases(world: World): readonly string[] {
  const written: string[] = [];
  world.aws.afterEffect = ({ call, request, response }) => {
    if (/^(Create|Update)Alias$/.test(call.operation) && response.status < 300)
      written.push(/functions\/([^/]+)/.exec(request.path)?.[1] ?? '?');
  };
  return written;
}

/** A condition on calls that is met by the nth one only. */
export function nth(n: number): () => boolean {
  let count = 0;
  return () => (count += 1) === n;
}

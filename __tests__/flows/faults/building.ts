/** A deploy whose image has to be built first, and what becomes of its push. */
import { commit } from '../../harness/world.ts';
import { buildingDocker, checkout } from './docker.ts';
import type { Scene } from './scene.ts';

export const COMMIT = commit(3);

/** A deploy of commit 3, which nobody has built yet; `push` says what comes of the n-th push. */
export async function building(scene: Scene, push: Parameters<typeof buildingDocker>[0], inputs = {}) {
  const shell = buildingDocker(push);
  const env = await checkout();
  const run = await scene.deploy(inputs, { commit: COMMIT, shell, env });
  return { run, commands: shell.commands };
}

export const arrives = (scene: Scene) => () => scene.world.image(COMMIT);
/** What docker reports of an image that nobody has seen yet. */
export const REPORTED = { digest: `sha256:${'1'.repeat(64)}` };
/** The repository in the local ECR. */
export function repository({ world }: Scene) {
  const found = world.aws.state.repositories['iris'];
  if (found === undefined) throw new Error('no repository');
  return found;
}

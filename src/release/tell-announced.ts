import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import { explain } from '../run/explain.ts';
import { announcedOf, differencesFrom } from './plan/announced.ts';
import type { Ending } from './result.ts';
import { readAnnounced } from './steps/pull-request/read-announced.ts';
import type { ReleaseService } from './tools.ts';

/**
 * Warns where a deploy did other than the plan announced on its pull request, which is what people reviewed. It comes last and never
 * fails: what GitHub does not tell is not compared.
 */
export async function tellAnnounced(
  services: readonly ReleaseService<DeployInputs>[],
  endings: readonly Ending[],
): Promise<void> {
  const [first] = services;
  const isRelease = endings.some(({ facts, outcome }) => RELEASES.test(outcome) && facts.plan !== undefined);
  if (first === undefined || !isRelease || endings.length < services.length) return;
  const { inputs, session } = first;
  const { tools, run } = session;
  const { githubToken: token } = inputs;
  if (inputs.dryRun || token === undefined || run.repository === '' || tools.signal.aborted) return;
  const own = announcedOf(
    services.map(({ inputs: { functionName, alias: aliasName } }, index) => {
      const { facts = {}, error } = endings[index] ?? {};
      return { functionName, aliasName, plan: facts.plan ?? [], gate: facts.gate, error };
    }),
  );
  const commit = endings[0]?.facts.candidate?.commit ?? run.commit;
  const names = own.services.map(({ name }) => name);
  try {
    const read = await readAnnounced(tools, { token, repository: run.repository, commit, services: names });
    if (read === undefined) return;
    const differences = differencesFrom(read.announced, own);
    if (differences.length > 0)
      tools.log.warning(
        `This deploy is not what the plan on pull request ${read.number} announced: ${differences.join('; ')}.`,
      );
  } catch (error) {
    tools.log.info(
      `Whether a plan announced something else is not known, because GitHub did not tell (pull-requests: read): ${explain(error).message}`,
    );
  }
}

/** Of any other outcome a newer run, or nothing, decided what is live. */
const RELEASES = /^(ok|rolled-back|failed|unknown)$/;

import type { Tools } from '../clients/tools.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import type { TestLine } from '../report/story.ts';

/** The model's own tests on the runner, in order; with tests-in: image they run in the image's build instead. */
export async function testModel(
  _tools: Pick<Tools, 'shell' | 'clock' | 'log' | 'signal'>,
  _inputs: DeployInputs,
): Promise<readonly TestLine[]> {
  return Promise.resolve([]);
}

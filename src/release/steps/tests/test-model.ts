import { findBuilder, type Builder } from '../../../clients/docker.ts';
import type { EcrImage } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import type { DeployInputs } from '../../../inputs/deploy-inputs.ts';
import type { TestLine } from '../../result.ts';
import { imageIds, type Build } from '../image/choose-image.ts';
import { runModelTests } from './run-model-tests.ts';
import type { TestStage } from './test-stage.ts';
import type { InImage } from './tests-in-image.ts';

/** The stages of the model's tests, in their order. */
function testStages(inputs: DeployInputs): readonly TestStage[] {
  const timeoutMs = inputs.testTimeout * 60_000;
  return [
    { name: 'unit', command: inputs.unitTests, timeoutMs },
    { name: 'integration', command: inputs.integrationTests, timeoutMs },
  ];
}

/** Where the repository is checked out, and where temporary files go. */
export function folders({ env }: { readonly env: Tools['env'] }): {
  readonly workspace: string;
  readonly tempFolder: string;
} {
  return {
    workspace: env['GITHUB_WORKSPACE'] ?? process.cwd(),
    tempFolder: env['RUNNER_TEMP'] ?? '/tmp',
  };
}

/** The model's own tests on the runner. With `tests-in: image` they run in the image's build, with `none` they ran before. */
export async function testOnRunner(tools: Tools, inputs: DeployInputs): Promise<readonly TestLine[]> {
  if (inputs.testsIn !== 'runner') return [];
  const { workspace } = folders(tools);
  const place = {
    kind: 'runner',
    workspace,
    workingDirectory: inputs.workingDirectory,
    env: tools.env,
    passCredentials: inputs.integrationTestsCredentials,
  } as const;
  return (await runModelTests(tools, { stages: testStages(inputs), place })).stages;
}

/** The same tests inside the image that was just built, where the model's dependencies are. */
export async function testInImage(
  tools: Tools,
  inputs: DeployInputs,
  image: { [K in 'reference' | 'architecture' | 'builder']: InImage[K] },
): Promise<readonly TestLine[]> {
  const { workspace, tempFolder } = folders(tools);
  const place = {
    kind: 'image',
    workspace,
    tempFolder,
    workingDirectory: inputs.workingDirectory,
    files: inputs.testFiles,
    network: inputs.network,
    ...image,
  } as const;
  return (await runModelTests(tools, { stages: testStages(inputs), place })).stages;
}

/** What would build the image; or, where nothing could, the images one of which may make a build unnecessary. */
export interface Builds {
  readonly builder: Builder | undefined;
  readonly images: readonly EcrImage[] | undefined;
}

/**
 * What would build an image, found out before minutes of tests and not after. A commit whose image is in ECR needs no builder.
 * @throws UserError that says what is wrong with Docker here.
 */
export async function findBuilderEarly(tools: Tools, build: Build): Promise<Builds> {
  if (build.source === undefined) return { builder: undefined, images: undefined };
  try {
    return { builder: await findBuilder(tools), images: undefined };
  } catch (error) {
    const { repository } = build.target;
    const images = await tools.ecr.batchGetImage(repository, imageIds(build)).catch(() => []);
    if (images.length === 0) throw error;
    return { builder: undefined, images };
  }
}

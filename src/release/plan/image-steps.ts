/** The steps of a deploy that end with an image in ECR: tests, build, trial, repository and push. */
import type { PlanStep } from '../../run/plan.ts';
import { plural } from '../../words.ts';
import type { DeploySituation, DeployWish } from './deploy-wish.ts';

/** The model's tests on the runner; undefined where none run there. */
export function testsStep({ tests, imageGiven }: DeployWish): PlanStep | undefined {
  if (tests === undefined) return undefined;
  const why = imageGiven ? 'nothing is released untested' : 'nothing is pushed from untested code';
  return { name: 'Test the model', does: `run ${tests}`, why, writes: ['tests'] };
}

export function repositoryStep({ repository }: DeployWish): PlanStep {
  return {
    name: 'Create the repository',
    does: `create the ECR repository ${repository} with immutable tags, and let Lambda pull from it, where it has no policy yet`,
    why: 'it does not exist, and create is true',
    writes: ['ecr:CreateRepository'],
    mayWrite: ['ecr:SetRepositoryPolicy'],
  };
}

/** It writes nothing to AWS: what comes between it and the push may still refuse the image. */
export function buildStep({ imageName, testsInImage }: DeployWish): PlanStep {
  const tested = testsInImage === undefined ? '' : `, and run ${testsInImage} in it`;
  return {
    name: 'Build the image',
    does: `build ${imageName}${tested}`,
    why: /-[0-9a-f]{12}$/.test(imageName)
      ? 'the image that ECR has for this commit is another build'
      : 'ECR has no image for this commit',
    writes: ['docker:build'],
  };
}

export function tryImageStep({ samples }: DeployWish): PlanStep {
  const asked = samples === undefined ? 'the samples' : plural(samples, 'sample');
  return {
    name: 'Try the image',
    does:
      samples === 0
        ? 'leave the image untried (there are no samples)'
        : `start the image on this machine, without credentials, and check its answers to ${asked}`,
    why: 'a model that fails here never reaches ECR',
    writes: samples === 0 ? [] : ['docker:run'],
  };
}

export function imageStep({ imageName }: DeployWish, { image }: DeploySituation): PlanStep {
  if (image !== undefined) {
    const why = `it is in ECR (${image.digest.slice(0, 19)}…)`;
    return { name: 'Check the image', does: `use the image ${imageName}`, why, writes: [] };
  }
  return {
    name: 'Push the image',
    does: `push ${imageName}`,
    why: 'Lambda runs images of ECR',
    writes: ['docker:login', 'docker:push'],
    // Another name for it, where another run used this one meanwhile.
    mayWrite: ['docker:build'],
  };
}

import type { AwsContext } from '../routes.ts';
import { nextId } from '../state.ts';
import type { HttpApiState, HttpDeployment } from '../state.ts';

/** Freezes the API's definition as it is. */
export function addDeployment(
  aws: AwsContext,
  api: HttpApiState,
  made: { autoDeployed: boolean; description?: string },
): HttpDeployment {
  const deployment: HttpDeployment = {
    id: nextId(aws.state, 'd'),
    ...(made.description === undefined ? {} : { description: made.description }),
    createdAt: aws.now(),
    autoDeployed: made.autoDeployed,
    integrations: structuredClone(api.integrations),
    routes: structuredClone(api.routes),
  };
  api.deployments[deployment.id] = deployment;
  return deployment;
}

/** After every change of the definition, stages with auto-deploy get a deployment of their own. */
export function deployAutomatically(aws: AwsContext, api: HttpApiState): void {
  const stages = Object.values(api.stages).filter((stage) => stage.autoDeploy);
  if (stages.length === 0) return;
  const { id } = addDeployment(aws, api, { autoDeployed: true });
  for (const stage of stages) stage.deploymentId = id;
}

/** What is called of API Gateway's SDK, by name: the bundle leaves the rest out. */
export {
  APIGatewayClient,
  CreateDeploymentCommand,
  GetDeploymentsCommand,
  GetResourcesCommand,
  GetStageCommand,
  UpdateIntegrationCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';

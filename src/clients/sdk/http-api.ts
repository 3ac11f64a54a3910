/** What is called of API Gateway v2's SDK, by name: the bundle leaves the rest out. */
export {
  ApiGatewayV2Client,
  CreateDeploymentCommand,
  GetDeploymentsCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStageCommand,
  UpdateIntegrationCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';

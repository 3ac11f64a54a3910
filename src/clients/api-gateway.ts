/**
 * An API in front of the function. REST APIs (v1) and HTTP APIs (v2) differ in every call and in nothing that matters to a
 * release, so there is one shape and two objects of it.
 */
export interface ApiGateway {
  readonly kind: 'REST' | 'HTTP';
  getStage(): Promise<Stage>;
  /** What the API's routes lead to: each method of a REST API, each integration of an HTTP API. */
  getIntegrations(): Promise<readonly Integration[]>;
  /** Of an HTTP API, each route by its integration. A REST API's integrations tell theirs. */
  getRoutes?(): Promise<readonly Integration[]>;
  updateIntegrationUri(integration: Integration, uri: string): Promise<void>;
  createDeployment(description: string): Promise<string>;
  /** The id of the deployment with this description, newest first; undefined when there is none. */
  findDeployment(description: string): Promise<string | undefined>;
  updateStage(change: StageChange): Promise<void>;
}

export interface Stage {
  readonly deploymentId: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** HTTP APIs: every change of the API is deployed by itself, and an explicit deployment is refused. */
  readonly autoDeploy: boolean;
  /** REST APIs: the stage has a canary of its own, with its own deployment. */
  readonly hasCanary: boolean;
  readonly cacheEnabled: boolean;
}

export interface Integration {
  /** What a person calls it: `POST /predict`, or the integration's id. */
  readonly label: string;
  /** The integration's URI, stage variables unresolved; empty where it has none. */
  readonly uri: string;
  readonly resourceId?: string;
  /** REST APIs: the route. HTTP APIs describe their routes in a list of its own: `getRoutes`. */
  readonly method?: string;
  /** `/models/{id}`; `$default` for the route of an HTTP API that takes what no other one does. */
  readonly path?: string;
  /** `NONE`, `AWS_IAM`, `CUSTOM`, `COGNITO_USER_POOLS`, `JWT`. */
  readonly authorizationType?: string;
  readonly apiKeyRequired?: boolean;
  readonly integrationId?: string;
}

/** Stage variables to set (a value) or to remove (undefined), and a deployment to point to. */
export interface StageChange {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly current: Stage;
  readonly deploymentId?: string;
}

export interface ApiAddress {
  readonly kind: 'REST' | 'HTTP';
  readonly apiId: string;
  readonly stage: string;
}

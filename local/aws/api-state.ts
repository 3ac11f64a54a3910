/* REST (v1) and HTTP (v2) APIs, as plain data: part of AwsState. */

/** An API that does not behave, for tests of what a client's bounds hold: it never calls the function. */
export type Misbehaviour =
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Answers at once, and then sends a byte now and then: for ever, or until so many are sent. */
  | { readonly kind: 'drip'; readonly everyMs: number; readonly bytes?: number }
  /** Sends the client on, to itself for ever or to another URL. */
  | { readonly kind: 'redirect'; readonly to?: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** A body without an end, as fast as the client reads. */
  | { readonly kind: 'endless' };

export interface RestIntegration {
  type: string;
  /** Method API Gateway uses towards Lambda: always POST for a proxy. */
  integrationHttpMethod?: string;
  uri?: string;
  timeoutInMillis?: number;
  /** Absent: BUFFERED. */
  responseTransferMode?: 'BUFFERED' | 'STREAM';
}

export interface RestMethod {
  readonly httpMethod: string;
  readonly authorizationType: string;
  readonly authorizerId?: string;
  readonly apiKeyRequired?: boolean;
  integration?: RestIntegration;
}

export interface RestResource {
  readonly id: string;
  readonly parentId?: string;
  readonly pathPart?: string;
  readonly path: string;
  methods: Record<string, RestMethod>;
}

export interface RestDeployment {
  readonly id: string;
  description?: string;
  readonly createdAt: number;
  /** The API's definition as it was: what the stages that point here answer with. */
  readonly resources: Record<string, RestResource>;
}

export interface StageCanary {
  deploymentId: string;
  percentTraffic: number;
  stageVariableOverrides?: Record<string, string>;
  useStageCache?: boolean;
}

export interface RestStage {
  readonly stageName: string;
  deploymentId: string;
  description?: string;
  variables: Record<string, string>;
  canary?: StageCanary;
  cacheClusterEnabled: boolean;
  cacheClusterSize?: string;
  readonly createdAt: number;
  updatedAt: number;
}

export interface RestApiState {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly createdAt: number;
  readonly rootResourceId: string;
  /** Media types that travel as bytes: everything else is text, base64 answers included. Absent: none. */
  binaryMediaTypes?: string[];
  misbehaviour?: Misbehaviour;
  resources: Record<string, RestResource>;
  deployments: Record<string, RestDeployment>;
  stages: Record<string, RestStage>;
}

export interface HttpIntegration {
  readonly id: string;
  integrationType: string;
  integrationUri?: string;
  integrationMethod?: string;
  payloadFormatVersion: string;
  description?: string;
}

export interface HttpRoute {
  readonly id: string;
  readonly routeKey: string;
  /** Absent: the route has no integration. */
  target?: string;
  /** Absent: NONE. */
  readonly authorizationType?: string;
  readonly authorizerId?: string;
  readonly apiKeyRequired?: boolean;
}

export interface HttpDeployment {
  readonly id: string;
  description?: string;
  readonly createdAt: number;
  readonly autoDeployed: boolean;
  readonly integrations: Record<string, HttpIntegration>;
  readonly routes: Record<string, HttpRoute>;
}

export interface HttpStage {
  readonly stageName: string;
  autoDeploy: boolean;
  deploymentId?: string;
  description?: string;
  variables: Record<string, string>;
  readonly createdAt: number;
  updatedAt: number;
}

export interface HttpApiState {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly protocolType: 'HTTP';
  misbehaviour?: Misbehaviour;
  readonly createdAt: number;
  integrations: Record<string, HttpIntegration>;
  routes: Record<string, HttpRoute>;
  deployments: Record<string, HttpDeployment>;
  stages: Record<string, HttpStage>;
}

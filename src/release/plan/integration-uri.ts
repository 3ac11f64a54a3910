/** How an API's integration names a Lambda function: buffered, response streaming (REST APIs), or by the bare ARN (HTTP APIs). */

type IntegrationForm = 'buffered' | 'streaming' | 'arn';

export interface LambdaIntegration {
  readonly form: IntegrationForm;
  /** `arn:<partition>:lambda:<region>:<account>:function:<name>`, without a qualifier. */
  readonly functionArn: string;
  /** A version or an alias; undefined where the integration calls `$LATEST` by naming none. */
  readonly qualifier: string | undefined;
}

/** The path of each form; API Gateway answers 500 where it does not fit the integration's transfer mode. */
const PATHS = {
  buffered: { api: '2015-03-31', ending: 'invocations' },
  streaming: { api: '2021-11-15', ending: 'response-streaming-invocations' },
} as const;

const FUNCTION_ARN =
  /^(arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+)(?::([A-Za-z0-9_-]+|\$LATEST))?$/;

/** Undefined for what calls no Lambda function. Stage variables must have been put in before. */
export function readIntegrationUri(uri: string): LambdaIntegration | undefined {
  const [, api, inPath, ending] =
    /^arn:[a-z-]+:apigateway:[a-z0-9-]+:lambda:path\/([\d-]+)\/functions\/([^/]+)\/([a-z-]+)$/.exec(uri) ??
    [];
  const form =
    inPath === undefined
      ? 'arn'
      : (['buffered', 'streaming'] as const).find(
          (name) => PATHS[name].api === api && PATHS[name].ending === ending,
        );
  const [, functionArn, qualifier] = FUNCTION_ARN.exec(inPath ?? uri) ?? [];
  return form === undefined || functionArn === undefined ? undefined : { form, functionArn, qualifier };
}

/** The URI that names the function, in the form that the integration has already. */
export function writeIntegrationUri({ form, functionArn, qualifier }: LambdaIntegration): string {
  const named = qualifier === undefined ? functionArn : `${functionArn}:${qualifier}`;
  if (form === 'arn') return named;
  const [, partition, , region] = functionArn.split(':');
  const { api, ending } = PATHS[form];
  return `arn:${partition}:apigateway:${region}:lambda:path/${api}/functions/${named}/${ending}`;
}

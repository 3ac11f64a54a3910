import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECRClient } from '@aws-sdk/client-ecr';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { createLocalAws } from '../../local/aws/aws.ts';
import type { LocalAws, LocalAwsOptions } from '../../local/aws/aws.ts';
import { seedFunction, seedImage } from '../../local/aws/seeds.ts';
import type { SeededImage } from '../../local/aws/seeds.ts';
import type { CallerProcess } from '../../local/faults.ts';
import { fetchFor, requestHandlerFor } from '../../local/transports/in-process.ts';
import type { Fetch } from '../../local/transports/in-process.ts';

/** A local AWS with the real clients on it, one attempt per call. */
export interface World {
  readonly aws: LocalAws;
  readonly lambda: LambdaClient;
  readonly ecr: ECRClient;
  readonly rest: APIGatewayClient;
  readonly http: ApiGatewayV2Client;
  readonly cloudWatch: CloudWatchClient;
  readonly fetch: Fetch;
}

export function world(options: LocalAwsOptions = {}, caller?: CallerProcess): World {
  const aws = createLocalAws(options);
  const settings = {
    region: aws.state.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: requestHandlerFor(aws, caller),
  };
  return {
    aws,
    lambda: new LambdaClient(settings),
    ecr: new ECRClient(settings),
    rest: new APIGatewayClient(settings),
    http: new ApiGatewayV2Client(settings),
    cloudWatch: new CloudWatchClient(settings),
    fetch: fetchFor(aws, caller),
  };
}

/** Two released versions of `iris` behind the alias `live`, which serves version 2; a third image waits in ECR. */
export interface Released extends World {
  readonly images: readonly [SeededImage, SeededImage, SeededImage];
}

export function released(options: LocalAwsOptions = {}): Released {
  const made = world(options);
  const image = (tag: string): SeededImage =>
    seedImage(made.aws, { repository: 'iris', tag, program: () => ({ answeredBy: tag }) });
  const images = [image('one'), image('two'), image('three')] as const;
  seedFunction(made.aws, {
    name: 'iris',
    versions: [
      { image: images[0], description: 'first' },
      { image: images[1], description: 'second' },
    ],
    alias: { name: 'live', version: '2' },
  });
  return { ...made, images };
}

/** The name and the HTTP status an SDK call is refused with; fails when it is not refused. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; status?: number; message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, ...($metadata?.httpStatusCode ? { status: $metadata.httpStatusCode } : {}) };
  }
  throw new Error('the call was expected to be refused, and was accepted');
}

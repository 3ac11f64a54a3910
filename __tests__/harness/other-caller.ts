import { LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalAws } from '../../local/aws/aws.ts';
import { CallerProcess } from '../../local/faults.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';

/** Another caller of the same AWS: a console, Terraform, another run. Its calls are those of the process `other`. */
export function otherCaller({ aws }: { readonly aws: LocalAws }): LambdaClient {
  return new LambdaClient({
    region: aws.state.region,
    credentials: { accessKeyId: 'other', secretAccessKey: 'other' },
    requestHandler: requestHandlerFor(aws, new CallerProcess('other')),
  });
}

/** Which region a run works in: said by an input, by the function's own ARN, or by the step that brought the credentials. */
import { knownPartition } from '../aws/partitions.ts';
import { quoted } from './fields.ts';
import { REGION } from './names.ts';
import type { Environment } from '../types.ts';

interface Located {
  readonly functionName: string;
  readonly awsRegion: string | undefined;
}

/** The SDK for JavaScript does not read the second one; a person who set it relies on it. */
const VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION'] as const;

const WAY =
  'set aws-region, or on GitHub run aws-actions/configure-aws-credentials before this step, elsewhere set AWS_REGION';

/** The region, where anything says it. */
export function regionOf({ functionName, awsRegion }: Located, env: Environment = {}): string | undefined {
  return awsRegion ?? arnOf(functionName)?.region ?? ofEnvironment(env)?.region;
}

/** What is wrong with where the run is told to work; a clause. Without an environment nothing is known to be missing. */
export function regionMistake({ functionName, awsRegion }: Located, env?: Environment): string | undefined {
  const arn = arnOf(functionName);
  if (arn !== undefined) {
    if (awsRegion !== undefined && awsRegion !== arn.region)
      return `aws-region is ${awsRegion}, and function-name is an ARN of ${arn.region}; correct one of them, or leave aws-region out`;
    const { name } = knownPartition(arn.region) ?? { name: arn.partition };
    return name === arn.partition
      ? undefined
      : `function-name is an ARN of the partition ${arn.partition}, and ${arn.region} is in ${name}; copy the ARN from the console`;
  }
  if (awsRegion !== undefined || env === undefined) return undefined;
  const found = ofEnvironment(env);
  if (found === undefined)
    return `aws-region is required, because neither AWS_REGION nor AWS_DEFAULT_REGION is set; ${WAY}`;
  return REGION.test(found.region)
    ? undefined
    : `${found.variable} must be a region such as eu-central-1, not ${quoted(found.region)}; ${WAY}`;
}

function ofEnvironment(env: Environment) {
  const variable = VARIABLES.find((name) => env[name]?.trim());
  return variable && { variable, region: env[variable]?.trim() ?? '' };
}

function arnOf(functionName: string) {
  const [scheme, partition = '', , region = ''] = functionName.split(':');
  return scheme === 'arn' ? { partition, region } : undefined;
}

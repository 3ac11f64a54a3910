/** Inputs that other actions have, and what to use here: the first run of a workflow that used them says so. */

const COMMON: readonly (readonly [string, string])[] = [
  ['region', 'use aws-region'],
  ['function', 'use function-name'],
];

/** Those of aws-actions/aws-lambda-deploy among them: they are known because many workflows come from it. */
const DEPLOY: readonly (readonly [string, string])[] = [
  ['image', 'use image-uri'],
  ['dockerfile', 'use file'],
  ['repository', 'use ecr-repository'],
  ['token', 'use github-token'],
  ['role-to-assume', 'assume the role in a step before, or use the action in pipeline/'],
  ['verify', 'check the release in a step of your own after this one, or use the action in pipeline/'],
  [
    'code-artifacts-dir',
    'every release is a container image; use context and file to build it, or image-uri',
  ],
  ['package-type', 'every release is a container image; leave it out'],
  ['handler', "the image's CMD names the handler; leave it out, or override it with image-config-command"],
  ['runtime', "the image's base brings the runtime; leave it out"],
  ['s3-bucket', 'images are in ECR; use ecr-repository, or image-uri'],
  ['s3-key', 'images are in ECR; use ecr-repository, or image-uri'],
  ['publish', 'every release publishes a version; leave it out'],
  ['revision-id', 'the release record keeps runs from overwriting each other; leave it out'],
  ['architectures', 'use architecture, and only with create: true'],
  ['source-kms-key-arn', 'it encrypts zip files; the key of an image belongs to its ECR repository'],
  ['function-description', 'leave it out; each version has the description of its release'],
  ['vpc-config', 'use subnet-ids and security-group-ids'],
  ['dead-letter-config', 'use dead-letter-target-arn'],
  ['tracing-config', 'use tracing'],
  ['file-system-configs', 'use file-system-arn and file-system-local-mount-path'],
  ['image-config', 'use image-config-command, image-config-entry-point and image-config-working-directory'],
  ['logging-config', 'use log-format, application-log-level, system-log-level and log-group'],
  ['code-signing-config-arn', 'Lambda does not check signatures of container images; leave it out'],
];

export const foreignToDeploy: ReadonlyMap<string, string> = new Map([...COMMON, ...DEPLOY]);
export const foreignToRollback: ReadonlyMap<string, string> = new Map(COMMON);

/** The function's own settings, under Lambda's names. What is not given is kept as it is. */
import { ENVIRONMENT_LIMIT_BYTES, environmentBytes, isReserved } from '../aws/limits.ts';
import { quoted, ruleOver, type ValuesOf } from './fields.ts';
import { choice, flag, integer, linesOrNothing, list, pairs, text } from './kinds.ts';
import * as names from './names.ts';

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

const runtimeFields = {
  'memory-size': integer({ min: 128, max: 10_240, unit: 'MiB' }),
  timeout: integer({ min: 1, max: 900, unit: 'seconds' }),
  'ephemeral-storage': integer({ min: 512, max: 10_240, unit: 'MiB' }),
  tracing: choice(['Active', 'PassThrough'], {}),
  'environment-variables': pairs({
    key: names.VARIABLE_NAME,
    expected: 'at least two letters, digits and _, with a letter first',
    entry: (name) => (isReserved(name) ? `sets ${name}, which Lambda keeps for itself` : undefined),
    whole: (variables) => tooLarge(environmentBytes(variables)),
  }),
  'environment-mode': choice(['merge', 'replace'], { fallback: 'merge' }),
  'subnet-ids': list({}, (id) => expectId(id, /^subnet-[0-9a-f]{8,17}$/, 'a subnet id')),
  'security-group-ids': list({}, (id) => expectId(id, /^sg-[0-9a-f]{8,17}$/, 'a security group id')),
  layers: list({}, () => undefined),
} as const;

const moreFields = {
  'image-config-command': linesOrNothing({}),
  'image-config-entry-point': linesOrNothing({}),
  'image-config-working-directory': text({
    max: 1000,
    pattern: /^\//,
    expected: 'an absolute path inside the image',
  }),
  'snap-start': choice(['None', 'PublishedVersions'], {}),
  'kms-key-arn': text({ pattern: names.KMS_KEY_ARN, expected: 'the ARN of a KMS key' }),
  'dead-letter-target-arn': text({
    pattern: names.DEAD_LETTER_ARN,
    expected: 'the ARN of an SQS queue or an SNS topic',
  }),
  'file-system-arn': text({
    pattern: names.FILE_SYSTEM_ARN,
    expected: 'the ARN of an access point of EFS or S3 Files',
  }),
  'file-system-local-mount-path': text({
    pattern: names.LOCAL_MOUNT_PATH,
    expected: 'a path such as /mnt/models',
  }),
  'log-format': choice(['JSON', 'Text'], {}),
  'application-log-level': choice(LOG_LEVELS, {}),
  'system-log-level': choice(['DEBUG', 'INFO', 'WARN'], {}),
  'log-group': text({ pattern: names.LOG_GROUP, expected: 'the name of a CloudWatch log group' }),
} as const;

const creationFields = {
  create: flag({ fallback: 'false' }),
  role: text({ pattern: names.ROLE, expected: 'the name or the ARN of an IAM role' }),
  architecture: choice(['x86_64', 'arm64'], {}),
} as const;

export const functionFields = { ...runtimeFields, ...moreFields, ...creationFields } as const;

const rule = ruleOver<ValuesOf<typeof functionFields>>();

/** What is wrong with the function's settings together. */
export const functionRules = [
  rule(['create', 'role'], (v) => {
    if (v.create && !v.role)
      return 'role is required with create: true, because Lambda needs one for a new function';
    return v.role && !v.create
      ? 'role has no effect without create: true, because a function that is there keeps its role'
      : undefined;
  }),
  rule(['create', 'architecture'], (v) =>
    v.architecture && !v.create
      ? 'architecture has no effect without create: true, because a function that is there keeps its architecture'
      : undefined,
  ),
  rule(['layers'], (v) =>
    v.layers && v.layers.length > 0
      ? 'layers cannot be used with container images; copy their content into the image'
      : undefined,
  ),
  rule(['environmentVariables'], (v, isInput) =>
    isInput('environment-mode') && v.environmentVariables === undefined
      ? 'environment-mode has no effect without environment-variables'
      : undefined,
  ),
  rule(['fileSystemArn', 'fileSystemLocalMountPath'], (v) => {
    if (v.fileSystemArn && !v.fileSystemLocalMountPath)
      return 'file-system-local-mount-path is required with file-system-arn';
    return v.fileSystemLocalMountPath && !v.fileSystemArn
      ? 'file-system-arn is required with file-system-local-mount-path'
      : undefined;
  }),
  rule(['snapStart', 'fileSystemArn', 'ephemeralStorage'], (v) => {
    if (v.snapStart !== 'PublishedVersions') return undefined;
    if (v.fileSystemArn)
      return 'snap-start: PublishedVersions is not possible with a file system (file-system-arn)';
    return (v.ephemeralStorage ?? 0) > 512
      ? 'snap-start: PublishedVersions is possible with an ephemeral-storage of 512 MiB only'
      : undefined;
  }),
  rule(['logFormat', 'applicationLogLevel', 'systemLogLevel'], (v) => {
    if (v.logFormat === 'JSON' || !(v.applicationLogLevel ?? v.systemLogLevel)) return undefined;
    return v.logFormat === 'Text'
      ? 'log-format: Text has no log levels; use JSON, or leave out application-log-level and system-log-level'
      : 'log-format: JSON is required with application-log-level and system-log-level, because Text has no log levels';
  }),
] as const;

/** A clause about variables that are too large together; undefined where they are not. */
function tooLarge(bytes: number): string | undefined {
  return bytes > ENVIRONMENT_LIMIT_BYTES
    ? `has ${bytes} bytes with all names and values, and Lambda takes ${ENVIRONMENT_LIMIT_BYTES}; move large values into the image or to Parameter Store`
    : undefined;
}

function expectId(id: string, pattern: RegExp, expected: string): string | undefined {
  return pattern.test(id) ? undefined : `must list ${expected} each, not ${quoted(id)}`;
}

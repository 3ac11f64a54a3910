/** The shapes of AWS's names, shared by all input tables. Sources: the service models' own patterns. */

/** A function's name, or its ARN without a qualifier. */
export const FUNCTION_NAME =
  /^([a-zA-Z0-9-_]{1,64}|arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[a-zA-Z0-9-_]{1,64})$/;
/** Not all digits (that would be a version), and room for `-previous` within Lambda's 128. */
export const ALIAS_NAME = /^(?!\d+$)[a-zA-Z0-9-_]{1,119}$/;
export const REPOSITORY_NAME =
  /^(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
/**
 * `<registry>/<repository>@sha256:…` or `<registry>/<repository>:<tag>`. Lambda takes images from ECR alone, and none from its FIPS hosts;
 * a registry on this machine stands for it in `npm run local`.
 */
export const IMAGE_URI =
  /^(?:\d{12}\.dkr[.-]ecr\.[a-z0-9-]+\.[a-z0-9.-]+|localhost|127\.0\.0\.1)(?::\d{1,5})?\/[a-z0-9._/-]+(?:@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})$/;
/** What can name a function and an image repository alike. */
export const MODEL_NAME = /^[a-z0-9]+(?:[_-][a-z0-9]+)*$/;
export const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
export const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Any region's form; which ones there are is AWS's business, and there will be more. */
export const REGION = /^[a-z]{2,8}(-[a-z]{2,16})+-\d{1,2}$/;
/** A role's ARN, or its name in the account of the images. */
export const ROLE =
  /^(arn:aws[a-z-]*:iam::\d{12}:role\/[A-Za-z0-9+=,.@_/-]{1,512}|[A-Za-z0-9+=,.@_-]{1,64})$/;
export const KMS_KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[A-Za-z0-9:/_-]{1,256}$/;
/** A queue or a topic. */
export const DEAD_LETTER_ARN = /^arn:aws[a-z-]*:(sqs|sns):[a-z0-9-]+:\d{12}:[A-Za-z0-9._-]{1,256}$/;
/** An access point of EFS, or of S3 Files. */
export const FILE_SYSTEM_ARN =
  /^arn:aws[a-z-]*:(elasticfilesystem|s3files):[a-z0-9-]+:\d{12}:[A-Za-z0-9/:._-]{1,256}$/;
export const LOCAL_MOUNT_PATH = /^\/mnt\/[A-Za-z0-9._-]{1,155}$/;
export const LOG_GROUP = /^[A-Za-z0-9._\-/#]{1,512}$/;
export const API_ID = /^[a-z0-9]{1,40}$/;
export const STAGE_NAME = /^(\$default|[A-Za-z0-9_-]{1,128})$/;
/** Lambda's rule for a variable's name; its reserved names are refused separately. */
export const VARIABLE_NAME = /^[a-zA-Z][a-zA-Z0-9_]+$/;
export const HTTP_URL = /^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[^\s"'<>]*)?$/;
/** What a service, and an environment, may be called in the configuration file; GitHub's limit for the latter. */
export const SERVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
export const ENVIRONMENT_NAME = /^[^\s/\\:"'`][^/\\:"'`]{0,254}$/;

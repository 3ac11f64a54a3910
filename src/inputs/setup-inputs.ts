/** Where a model is to be released, for the command that makes what that needs. */
import { apiFields, targetFields } from './deploy-inputs.ts';
import { readInputs, ruleOver, type Source, type ValuesOf } from './fields.ts';
import { functionFields } from './function-fields.ts';
import { flag, text } from './kinds.ts';
import * as names from './names.ts';

const number = text({ pattern: /^\d+$/, expected: 'a number' });
const { alias, config } = targetFields;

export const setupFields = {
  environment: text({ required: true, pattern: names.ENVIRONMENT_NAME, expected: "an environment's name" }),
  repository: text({ required: true, pattern: /^[\w.-]+\/[\w.-]+$/, expected: 'OWNER/NAME' }),
  'repository-id': number,
  'owner-id': number,
  'function-name': targetFields['function-name'],
  alias,
  'ecr-repository': text({
    required: true,
    pattern: names.REPOSITORY_NAME,
    expected: 'an ECR repository name',
  }),
  role: functionFields.role,
  'rest-api-id': apiFields['rest-api-id'],
  'http-api-id': apiFields['http-api-id'],
  api: flag({ fallback: 'false' }),
  'aws-region': targetFields['aws-region'],
  config,
  'stack-name': text({ pattern: /^[a-zA-Z][a-zA-Z0-9-]{0,127}$/, expected: 'letters, digits and -' }),
  apply: flag({ fallback: 'false' }),
} as const;

/** What each flag is for that no action has as an input. */
export const setupSays: Readonly<Record<string, string>> = {
  repository: 'The model repository on GitHub, OWNER/NAME; default: the remote origin.',
  'repository-id': 'Its number (gh api repos/OWNER/NAME --jq .id), where there is no token for GitHub.',
  'owner-id': 'The number of its owner (gh api repos/OWNER/NAME --jq .owner.id), likewise.',
  api: 'Make an HTTP API in front of the alias.',
  'stack-name': 'Name of the stack; default: model-release-OWNER-NAME-ENVIRONMENT.',
  apply: 'Carry the plan out; without it the plan is only shown.',
};

export type SetupInputs = ValuesOf<typeof setupFields>;

const rule = ruleOver<SetupInputs>();

/** @throws InvalidInputs with all mistakes. */
export function readSetup(source: Source): SetupInputs {
  return readInputs(setupFields, source, [
    rule(['api', 'restApiId', 'httpApiId'], (v) =>
      v.api && (v.restApiId ?? v.httpApiId) !== undefined
        ? 'api makes an API, and rest-api-id or http-api-id names one that is there; leave one of them out'
        : undefined,
    ),
  ]);
}

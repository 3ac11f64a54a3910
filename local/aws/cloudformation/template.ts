/** A template as CloudFormation reads it: parameters checked, conditions decided, functions resolved. */
import { parse } from 'yaml';
import { plainError } from '../errors.ts';
import type { AwsError } from '../errors.ts';
import { dnsSuffix } from '../partitions.ts';
import type { AwsState } from '../state.ts';

interface Declared {
  readonly Type: string;
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

interface DeclaredParameter {
  readonly Type: string;
  readonly Default?: string;
  readonly AllowedValues?: readonly string[];
  readonly AllowedPattern?: string;
}

export interface StackTemplate {
  readonly Parameters?: Readonly<Record<string, DeclaredParameter>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Declared>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Condition?: string }>>;
}

export function validationError(message: string): AwsError {
  return plainError(400, 'ValidationError', message);
}

export function readTemplate(text: string): StackTemplate {
  const template = parse(text) as StackTemplate | null;
  if (typeof template?.Resources !== 'object')
    throw validationError('Template format error: At least one Resources member must be defined.');
  return template;
}

/** Every parameter with its value. */
export function parametersOf(
  { Parameters = {} }: StackTemplate,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => Parameters[name] === undefined);
  if (unknown.length > 0)
    throw validationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const missing = Object.keys(Parameters).filter(
    (name) => (given[name] ?? Parameters[name]?.Default) === undefined,
  );
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`);
  for (const [name, { AllowedValues, AllowedPattern }] of Object.entries(Parameters)) {
    const value = given[name] ?? Parameters[name]?.Default ?? '';
    if (AllowedValues !== undefined && !AllowedValues.includes(value))
      throw validationError(`Parameter '${name}' must be one of AllowedValues`);
    if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value))
      throw validationError(`Parameter '${name}' must match pattern ${AllowedPattern}`);
  }
  return Object.fromEntries(
    Object.entries(Parameters).map(([name, { Default = '' }]) => [name, given[name] ?? Default]),
  );
}

/** A resource that is there, as the others refer to it. */
export interface Made {
  /** What Ref gives. */
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What functions are resolved by. A resource that is not made yet is asked for by `made`. */
export interface Scope {
  readonly template: StackTemplate;
  readonly parameters: Readonly<Record<string, string>>;
  readonly state: AwsState;
  readonly stackName: string;
  readonly made: (logicalId: string) => Made;
}

const NO_VALUE = Symbol('AWS::NoValue');

export function holds(scope: Scope, condition: string | undefined): boolean {
  if (condition === undefined) return true;
  const found = scope.template.Conditions?.[condition];
  if (found === undefined) throw validationError(`Unresolved condition dependency ${condition}`);
  return resolve(scope, found) === true;
}

/** A value without functions. `AWS::NoValue` leaves its member out. */
export function resolve(scope: Scope, value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((item) => resolve(scope, item)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const [[name = '', argument] = []] = Object.entries(value);
  const fn = Object.keys(value).length === 1 ? FUNCTIONS[name] : undefined;
  if (fn !== undefined) return fn(scope, argument);
  if (name.startsWith('Fn::')) throw validationError(`Template error: the local AWS does not show ${name}`);
  const members = Object.entries(value).map(([key, item]) => [key, resolve(scope, item)] as const);
  return Object.fromEntries(members.filter(([, item]) => item !== NO_VALUE));
}

const FUNCTIONS: Readonly<Record<string, (scope: Scope, argument: unknown) => unknown>> = {
  Ref: (scope, name) => refer(scope, String(name)),
  'Fn::GetAtt': (scope, argument) => {
    const [id = '', attribute = ''] = argument as string[];
    const found = scope.made(id).attributes[attribute];
    if (found === undefined)
      throw validationError(`Requested attribute ${attribute} does not exist in schema`);
    return found;
  },
  'Fn::If': (scope, argument) => {
    const [condition = '', yes, no] = argument as [string, unknown, unknown];
    return resolve(scope, holds(scope, condition) ? yes : no);
  },
  'Fn::Equals': (scope, argument) => {
    const [one, other] = resolve(scope, argument) as unknown[];
    return one === other;
  },
  'Fn::Not': (scope, argument) => (resolve(scope, argument) as unknown[])[0] !== true,
  'Fn::Or': (scope, argument) => (resolve(scope, argument) as unknown[]).includes(true),
  'Fn::Sub': (scope, argument) => {
    const [text, own] = (typeof argument === 'string' ? [argument, {}] : argument) as [string, object];
    const values = resolve(scope, own) as Record<string, unknown>;
    return text.replaceAll(/\$\{([\w:.]+)\}/g, (_, name: string) =>
      String(values[name] ?? refer(scope, name)),
    );
  },
};

function refer({ parameters, state, stackName, made }: Scope, name: string): unknown {
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::Region': state.region,
    'AWS::AccountId': state.accountId,
    'AWS::Partition': state.partition,
    'AWS::URLSuffix': dnsSuffix(state.region),
    'AWS::StackName': stackName,
    'AWS::NoValue': NO_VALUE,
  };
  return pseudo[name] ?? parameters[name] ?? made(name).physicalId;
}

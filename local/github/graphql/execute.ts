import type { DocumentNode, ExecutionResult, GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { buildSchema, defaultFieldResolver, execute, GraphQLError, Kind, parse, validate } from 'graphql';
import type { GitHubState } from '../state.ts';
import type { Caller } from '../access.ts';
import { costOf, NODE_LIMIT, type Cost } from './cost.ts';
import { GitHubError } from './errors.ts';
import { mutationRoot } from './mutations.ts';
import { queryRoot } from './query.ts';
import type { World } from './world.ts';

/** A GraphQL request that has been read and checked against GitHub's own schema. */
export interface PreparedRequest {
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The first field's name, for the list of calls. */
  readonly operation: string;
  readonly isMutation: boolean;
  /** Top-level fields of a mutation. */
  readonly mutations: number;
  readonly cost: Cost;
}

export interface Refused {
  readonly errors: readonly { message: string; type?: string }[];
}

/** Half a second of work on two megabytes of schema: done once, at the first GraphQL request. */
let githubSchema: Promise<GraphQLSchema> | undefined;

function schema(): Promise<GraphQLSchema> {
  githubSchema ??= import('@octokit/graphql-schema').then(({ schema: { idl } }) =>
    buildSchema(idl, { assumeValid: true, assumeValidSDL: true }),
  );
  return githubSchema;
}

const documents = new Map<string, DocumentNode | Refused>();

async function parsed(query: string): Promise<DocumentNode | Refused> {
  const known = documents.get(query);
  if (known !== undefined) return known;
  const result = await check(query);
  documents.set(query, result);
  return result;
}

async function check(query: string): Promise<DocumentNode | Refused> {
  try {
    const document = parse(query);
    const errors = validate(await schema(), document);
    return errors.length === 0 ? document : { errors: errors.map(({ message }) => ({ message })) };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [{ message: error.message }] };
    throw error;
  }
}

export async function prepare(body: {
  query?: string;
  variables?: Record<string, unknown>;
}): Promise<PreparedRequest | Refused> {
  const document = await parsed(body.query ?? '');
  if ('errors' in document) return document;
  const definition = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  const variables = body.variables ?? {};
  const fields = (definition?.selectionSet.selections ?? []).filter((one) => one.kind === Kind.FIELD);
  const isMutation = definition?.operation === 'mutation';
  const cost = costOf(document, variables);
  if (cost.nodes > NODE_LIMIT) {
    return {
      errors: [
        {
          type: 'MAX_NODE_LIMIT_EXCEEDED',
          message: `This query requests up to ${cost.nodes} possible nodes which exceeds the maximum limit of 500,000.`,
        },
      ],
    };
  }
  return {
    document,
    variables,
    operation: fields[0]?.name.value ?? 'query',
    isMutation,
    mutations: isMutation ? fields.length : 0,
    cost,
  };
}

/** Thrown by `beforeMutation` when the server is made to die in the middle of a document. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface Execution {
  readonly state: GitHubState;
  readonly caller: Caller;
  readonly now: number;
  readonly beforeMutation: () => void;
}

/** Runs a prepared request. @throws Interrupted when it was cut between two mutations; those before it have happened. */
export async function run(prepared: PreparedRequest, execution: Execution): Promise<object> {
  const world: World = { ...execution, cost: prepared.cost };
  const result = await execute({
    schema: await schema(),
    document: prepared.document,
    variableValues: prepared.variables,
    rootValue: prepared.isMutation ? mutationRoot(world) : queryRoot(world),
    fieldResolver: strictResolver,
  });
  return answer(result);
}

/** A field the local GitHub does not know is an error that says so: a silent null would make a test pass for nothing. */
const strictResolver: GraphQLFieldResolver<unknown, unknown> = (...field) => {
  const [source, , , info] = field;
  if (typeof source === 'object' && source !== null && !(info.fieldName in source)) {
    throw new Error(`The local GitHub does not know ${info.parentType.name}.${info.fieldName}.`);
  }
  return defaultFieldResolver(...field);
};

function answer(result: ExecutionResult): object {
  for (const error of result.errors ?? []) {
    if (error.originalError instanceof Interrupted) throw error.originalError;
  }
  if (result.errors === undefined) return { data: result.data };
  const errors = result.errors.map((error) => {
    const cause = error.originalError ?? error;
    const type = cause instanceof GitHubError ? { type: cause.type } : {};
    return { ...type, message: error.message, path: error.path, locations: error.locations };
  });
  return { data: result.data ?? null, errors };
}

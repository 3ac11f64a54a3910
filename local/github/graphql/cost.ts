import type { DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql';

/** What a document costs: GitHub counts the requests needed to fill every connection once, and the nodes they may bring. */
export interface Cost {
  /** Points off the primary budget: requests / 100, at least 1. */
  readonly points: number;
  readonly nodes: number;
}

type Variables = Readonly<Record<string, unknown>>;

/** More nodes than this and GitHub refuses the query before it runs it. */
export const NODE_LIMIT = 500_000;

export function costOf(document: DocumentNode, variables: Variables): Cost {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  let requests = 0;
  let nodes = 0;
  const walk = (selections: SelectionSetNode | undefined, parents: number): void => {
    for (const selection of selections?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        walk(fragments.get(selection.name.value)?.selectionSet, parents);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, parents);
      } else {
        const size = pageSize(selection, variables);
        if (size !== undefined) {
          requests += parents;
          nodes += parents * size;
        }
        walk(selection.selectionSet, parents * (size ?? 1));
      }
    }
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) walk(definition.selectionSet, 1);
  }
  return { points: Math.max(1, Math.round(requests / 100)), nodes };
}

/** The `first` or `last` of a connection; undefined for a plain field. */
function pageSize(field: FieldNode, variables: Variables): number | undefined {
  const argument = field.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last');
  if (argument === undefined) return undefined;
  const { value } = argument;
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.VARIABLE) return Number(variables[value.name.value] ?? 0);
  return 0;
}

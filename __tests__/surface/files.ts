import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** An action file, as far as it is held to the code. */
export interface ActionFile {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required?: unknown; readonly default?: unknown }>
  >;
  readonly outputs?: Readonly<Record<string, { readonly description: string; readonly value?: unknown }>>;
  readonly runs: { readonly using: string; readonly main: string };
}

export function readYaml<T>(path: string): T {
  return parse(readFileSync(path, 'utf8')) as T;
}

/** The action files of the release itself; `attach/` has its own table and its own tests. */
export const releaseActions = [
  'action.yml',
  'deploy/action.yml',
  'rollback/action.yml',
  'plan/action.yml',
] as const;

/** The pages of docs/, by path. */
export const docsPages: readonly string[] = readdirSync('docs').flatMap((name) =>
  name.endsWith('.md') ? [`docs/${name}`] : [],
);

import { insideWorkspace } from '../../../clients/workspace.ts';
import type { BuildOptions } from '../../plan/build.ts';

/** What of a build's inputs names files. Relative to the workspace. */
export interface BuildPaths {
  readonly workspace: string;
  readonly context: string;
  readonly file?: string | undefined;
  readonly secretFiles?: readonly string[];
  readonly buildContexts?: readonly string[];
}

/** The real, absolute paths of a build. @throws UserError `path-missing` or `path-outside-workspace`. */
export async function buildPaths(
  image: BuildPaths,
): Promise<Required<Pick<BuildOptions, 'context' | 'file' | 'secretFiles' | 'buildContexts'>>> {
  const inside = (path: string, input: string) =>
    insideWorkspace({ workspace: image.workspace, path, input });
  const context = await inside(image.context, 'context');
  const valueInside = async (entry: string, input: string): Promise<string> => {
    const equals = entry.indexOf('=');
    // An entry without a name is refused by the plan, in its own words.
    if (equals < 0) return entry;
    return `${entry.slice(0, equals + 1)}${await inside(entry.slice(equals + 1), input)}`;
  };
  /** Images, repositories and stages are no paths. */
  const contextInside = async (entry: string): Promise<string> =>
    /=(docker-image:\/\/|https:\/\/|target:)/.test(entry) ? entry : valueInside(entry, 'build-contexts');
  return {
    context,
    file: await inside(image.file ?? `${image.context}/Dockerfile`, 'file'),
    secretFiles: await Promise.all(
      (image.secretFiles ?? []).map((entry) => valueInside(entry, 'secret-files')),
    ),
    buildContexts: await Promise.all((image.buildContexts ?? []).map(contextInside)),
  };
}

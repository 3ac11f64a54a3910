/**
 * Measures `src/` against the rules of the house that lint cannot see, because they are about all files at once.
 *
 *     npm run house    prints each measure with its limit; exit 1 when one is above it
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

/** The most that each measure may be. `wanted` is where the house is going; the limit may only fall, except for `lines`, which rises with what the product does. */
export const LIMITS = {
  doubleNames: { limit: 0, wanted: 0, says: 'names exported for two different things' },
  objectAssign: { limit: 0, wanted: 0, says: 'calls of Object.assign' },
  retryLoops: { limit: 0, wanted: 0, says: 'retry loops outside clients/retry.ts and clients/wait.ts' },
  crossingShare: {
    limit: 45,
    wanted: 45,
    says: '% of relative imports that cross from one folder to another',
  },
  mutualFolders: { limit: 0, wanted: 0, says: 'pairs of folders that import each other' },
  lines: { limit: 36_500, wanted: 14_000, says: 'lines' },
} as const;

type Measure = keyof typeof LIMITS;

export interface Measured {
  readonly value: number;
  /** Places, one a line, for a person to go to. */
  readonly where: readonly string[];
}

/** The files that hold the one retry and the one wait. */
const LOOP_HOMES = ['clients/retry.ts', 'clients/wait.ts'];
/** Variables by which a loop over attempts is known. */
const ATTEMPT = /^(attempts?|round|number|push|refusals|pause|retry|retries|tries|try)$/;
const SLEEP = /\b(sleep|setTimeout|delay)\(/;

interface SourceFile {
  /** Below the measured folder, with `/`. */
  readonly path: string;
  readonly source: ts.SourceFile;
}

/** Measures a folder that is laid out as `src/` is. */
export function measureHouse(folder: string): Record<Measure, Measured> {
  const files = globSync('**/*.ts', { cwd: folder })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path): SourceFile => {
      const text = readFileSync(join(folder, path), 'utf8');
      return { path, source: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
    });
  const imports = files.flatMap(relativeImports);
  return {
    doubleNames: counted(doubleNames(files)),
    objectAssign: counted(files.flatMap(objectAssigns)),
    retryLoops: counted(files.filter(({ path }) => !LOOP_HOMES.includes(path)).flatMap(retryLoops)),
    crossingShare: crossingShare(imports),
    mutualFolders: counted(mutualFolders(imports)),
    lines: { value: files.reduce((sum, { source }) => sum + linesOf(source), 0), where: [] },
  };
}

function counted(where: string[]): Measured {
  return { value: where.length, where };
}

function linesOf({ text }: ts.SourceFile): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** A re-export is the same thing under the same name: only declarations count. */
function doubleNames(files: readonly SourceFile[]): string[] {
  const exported = files.flatMap(({ path, source }) =>
    [...new Set(source.statements.flatMap(exportedNames))].map((name) => ({ name, path })),
  );
  return [...Map.groupBy(exported, ({ name }) => name)]
    .filter(([, places]) => places.length > 1)
    .map(([name, places]) => `${name}: ${places.map(({ path }) => path).join(', ')}`)
    .sort();
}

function exportedNames(statement: ts.Statement): string[] {
  if (!ts.canHaveModifiers(statement)) return [];
  const modifiers = ts.getModifiers(statement) ?? [];
  if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  const isDeclared =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return isDeclared && statement.name !== undefined ? [statement.name.text] : [];
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

function objectAssigns(file: SourceFile): string[] {
  return found(file, (node) => ts.isCallExpression(node) && node.expression.getText() === 'Object.assign');
}

/** A loop over attempts, by the name of its variable, and any loop that sleeps. */
function retryLoops(file: SourceFile): string[] {
  return found(file, (node) => {
    if (!ts.isForStatement(node) && !ts.isWhileStatement(node) && !ts.isDoStatement(node)) return false;
    if (SLEEP.test(node.statement.getText())) return true;
    const start = ts.isForStatement(node) ? node.initializer : undefined;
    if (start === undefined || !ts.isVariableDeclarationList(start)) return false;
    return start.declarations.some(({ name }) => ATTEMPT.test(name.getText()));
  });
}

/** Where in the file such nodes begin. */
function found({ path, source }: SourceFile, matches: (node: ts.Node) => boolean): string[] {
  const places: string[] = [];
  const visit = (node: ts.Node): void => {
    if (matches(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      places.push(`${path}:${line + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return places;
}

interface Import {
  /** The top folder, or the file itself where it lies beside the folders. */
  readonly from: string;
  readonly to: string;
}

function relativeImports({ path, source }: SourceFile): Import[] {
  const { importedFiles } = ts.preProcessFile(source.text, true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => ({ from: topOf(path), to: topOf(relative('.', join(dirname(path), name))) }));
}

function topOf(path: string): string {
  return path.split('/')[0] ?? path;
}

/** What lies beside the folders (errors, types, words) is everybody's and crosses nothing. */
function crossing(imports: readonly Import[]): Import[] {
  const isFolder = (name: string) => !name.endsWith('.ts');
  return imports.filter(({ from, to }) => from !== to && isFolder(from) && isFolder(to));
}

function crossingShare(imports: readonly Import[]): Measured {
  const over = crossing(imports);
  const ways = [...Map.groupBy(over, ({ from, to }) => `${from} → ${to}`)];
  const where = ways
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([way, times]) => `${way}: ${times.length}`);
  const share = imports.length === 0 ? 0 : (100 * over.length) / imports.length;
  return { value: Math.round(share * 10) / 10, where };
}

function mutualFolders(imports: readonly Import[]): string[] {
  const ways = new Set(crossing(imports).map(({ from, to }) => `${from} ${to}`));
  return [...ways]
    .map((way) => way.split(' ') as [string, string])
    .filter(([from, to]) => from < to && ways.has(`${to} ${from}`))
    .map(([from, to]) => `${from} ↔ ${to}`)
    .sort();
}

function main(): void {
  const measured = measureHouse(join(import.meta.dirname, '..', 'src'));
  for (const [name, { limit, wanted, says }] of Object.entries(LIMITS)) {
    const { value, where } = measured[name as Measure];
    const isAbove = value > limit;
    const goal = limit === wanted ? '' : `, wanted ${wanted}`;
    console.log(`${isAbove ? 'FAILED' : 'ok    '} ${value} ${says} (limit ${limit}${goal})`);
    if (!isAbove) continue;
    for (const place of where) console.log(`         ${place}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();

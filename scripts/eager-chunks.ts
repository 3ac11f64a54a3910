/** V8 parses a function twice when it first skims it and then calls it. Almost every module of a chunk is called as soon as it is loaded. */
import ts from 'typescript';

/**
 * A chunk of the bundle with each of its modules in parentheses, which tells V8 to compile them in its first pass.
 * @param chunk what webpack makes of an `import()`: `export const modules={1234:(a,b,c)=>{…},…}`
 */
export function eager(chunk: string): string {
  const { statements } = ts.createSourceFile('chunk.js', chunk, ts.ScriptTarget.Latest);
  const modules = statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find(({ name }) => ts.isIdentifier(name) && name.text === 'modules')?.initializer;
  if (modules === undefined || !ts.isObjectLiteralExpression(modules)) return chunk;
  const functions = modules.properties
    .filter(ts.isPropertyAssignment)
    .map(({ initializer }) => initializer)
    .filter((value) => ts.isArrowFunction(value) || ts.isFunctionExpression(value));
  return functions.reduceRight(
    (text, { pos, end }) => `${text.slice(0, pos)}(${text.slice(pos, end)})${text.slice(end)}`,
    chunk,
  );
}

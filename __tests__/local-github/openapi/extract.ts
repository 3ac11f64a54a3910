import { readFileSync, writeFileSync } from 'node:fs';
import { restRoutes } from '../../../local/github/rest/router.ts';

/**
 * Cuts the answers of the operations used here out of GitHub's OpenAPI description, because the package that carries it
 * (@octokit/openapi) takes 400 MB installed:
 *
 *   npm pack @octokit/openapi@23.0.2 && tar -xzf octokit-openapi-*.tgz
 *   node __tests__/local-github/openapi/extract.ts package/generated/api.github.com.json
 */

interface Description {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Record<string, Operation | undefined>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: unknown }> }>>;
}

const source = process.argv[2];
if (source === undefined) throw new Error('usage: node extract.ts <api.github.com.json>');
const description = JSON.parse(readFileSync(source, 'utf8')) as Description;

const operations: Record<string, { status: number; schema: unknown }> = {};
for (const route of restRoutes) {
  const operation = description.paths[route.path]?.[route.method.toLowerCase()];
  if (operation?.operationId !== route.operation) {
    throw new Error(`${route.method} ${route.path} is not ${route.operation} in GitHub's description`);
  }
  const [status, response] =
    Object.entries(operation.responses).find(([code, { content }]) => code.startsWith('2') && content) ??
    Object.entries(operation.responses).find(([code]) => code.startsWith('2')) ??
    [];
  // The media type comes last because contents have several, of which the object form is the plainest JSON.
  const schema =
    response?.content?.['application/json']?.schema ?? Object.values(response?.content ?? {})[0]?.schema;
  // An operation without a body has no schema: whatever comes fits.
  operations[route.operation] = { status: Number(status), schema: bare(schema ?? {}) };
}

const schemas: Record<string, unknown> = {};
const pending = names(operations);
for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
  if (name in schemas) continue;
  schemas[name] = bare(description.components.schemas[name]);
  pending.push(...names(schemas[name]));
}

const fixture = {
  source: `@octokit/openapi ${description.info.version}`,
  operations,
  components: { schemas },
};
writeFileSync(new URL('schemas.json', import.meta.url), `${JSON.stringify(fixture)}\n`);

function names(value: unknown): string[] {
  return [...JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name ?? '',
  );
}

/** Only what validates: no prose, no examples. OpenAPI 3.0's `nullable` becomes the JSON Schema that means the same. */
function bare(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key]) =>
      isNames || !/^(description|title|examples?|default|externalDocs|deprecated|nullable|x-.*)$/.test(key),
  );
  const schema = Object.fromEntries(
    kept.map(([key, item]) => [key, bare(item, key === 'properties' && !isNames)]),
  );
  return !isNames && 'nullable' in value && value.nullable === true
    ? { anyOf: [{ type: 'null' }, schema] }
    : schema;
}

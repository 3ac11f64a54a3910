/**
 * Writes `iam/` and `infrastructure/cloudformation/setup.yaml` from their one description in src/setup/plan.
 *
 *     node scripts/sync-setup.ts            rewrite them
 *     node scripts/sync-setup.ts --check    exit 1 when one is stale
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import prettier from 'prettier';
import { stringify } from 'yaml';
import { POLICIES, policyOf } from '../src/setup/plan/policies.ts';
import { TEMPLATE } from '../src/setup/plan/template.ts';

const root = dirname(import.meta.dirname);
const template = 'infrastructure/cloudformation/setup.yaml';

function written(): ReadonlyMap<string, string> {
  const policies = Object.entries(POLICIES).map(([name, statements]): [string, string] => [
    `iam/${name}-policy.json`,
    // A statement stands on lines of its own.
    JSON.stringify(policyOf(statements)).replaceAll('{"Sid"', '{\n"Sid"'),
  ]);
  const note = '# Generated from src/setup/plan by `npm run infrastructure`.\n';
  const yaml = stringify(TEMPLATE, { aliasDuplicateObjects: false, lineWidth: 0 });
  return new Map([...policies, [template, note + yaml]]);
}

async function main(check: boolean): Promise<void> {
  const stale: string[] = [];
  const wanted = written();
  for (const [path, text] of wanted) {
    const file = join(root, path);
    const options = await prettier.resolveConfig(file);
    const formatted = await prettier.format(text, { ...options, filepath: file });
    if (existsSync(file) && readFileSync(file, 'utf8') === formatted) continue;
    stale.push(path);
    if (!check) writeFileSync(file, formatted);
  }
  const foreign = readdirSync(join(root, 'iam')).filter((name) => !wanted.has(`iam/${name}`));
  if (foreign.length > 0) throw new Error(`src/setup/plan does not describe iam/${foreign.join(', iam/')}.`);
  if (check && stale.length > 0)
    throw new Error(
      `Not as src/setup/plan says: ${stale.join(', ')}. Run \`npm run infrastructure\` and commit.`,
    );
  console.log(
    stale.length === 0 ? 'iam/ and infrastructure/ match src/setup/plan' : `Renewed: ${stale.join(', ')}`,
  );
}

try {
  await main(process.argv.includes('--check'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

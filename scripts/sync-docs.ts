/**
 * Writes the tables of inputs and outputs in every README.md from the action files, so that they cannot drift.
 *
 *     node scripts/sync-docs.ts            rewrite the tables
 *     node scripts/sync-docs.ts --check    name the READMEs that are stale, exit 1
 *
 * A table stands between `<!-- inputs:rollback/action.yml -->` and `<!-- /inputs -->` (or outputs). The path is
 * relative to the README's own folder.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import prettier from 'prettier';
import { parse } from 'yaml';

type Kind = 'inputs' | 'outputs';

interface Entry {
  description?: string;
  required?: boolean;
  default?: unknown;
  deprecationMessage?: string;
}

type ActionFile = Partial<Record<Kind, Record<string, Entry | null>>>;

const root = dirname(import.meta.dirname);

/** One cell: a line, in which no pipe ends the cell early. */
function cell(text: string): string {
  return text
    .trim()
    .replaceAll('|', '\\|')
    .replace(/\s*\n\s*\n\s*/g, '<br><br>')
    .replace(/\s*\n\s*/g, ' ');
}

/** A default as the user would write it; a missing one and an empty one are the same thing to a runner. */
function defaultCell({ required, default: value }: Entry): string {
  if (required === true) return '**required**';
  return value === undefined || value === '' ? '' : `\`${cell(String(value))}\``;
}

function descriptionCell({ description = '', deprecationMessage }: Entry): string {
  const warning = deprecationMessage === undefined ? '' : `**Deprecated:** ${deprecationMessage} `;
  return cell(warning + description);
}

/** The Markdown table for one kind of an action file, not yet formatted. */
function table(action: ActionFile, kind: Kind): string {
  const entries = Object.entries(action[kind] ?? {}).map(([name, entry]) => ({ name, entry: entry ?? {} }));
  if (entries.length === 0) return `This action has no ${kind}.`;
  const rows =
    kind === 'inputs'
      ? [
          ['Input', 'Default', 'Description'],
          ...entries.map(({ name, entry }) => [`\`${name}\``, defaultCell(entry), descriptionCell(entry)]),
        ]
      : [
          ['Output', 'Description'],
          ...entries.map(({ name, entry }) => [`\`${name}\``, descriptionCell(entry)]),
        ];
  const [header = [], ...body] = rows;
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...body.map(line)].join('\n');
}

function readAction(path: string, readme: string): ActionFile {
  if (!existsSync(join(root, path))) {
    throw new Error(
      `${readme} asks for a table of ${path}, which does not exist. Correct the marker's path.`,
    );
  }
  return parse(readFileSync(join(root, path), 'utf8')) as ActionFile;
}

const marker = /<!-- (?<kind>inputs|outputs):(?<path>\S+) -->\n[\s\S]*?<!-- \/(?<end>inputs|outputs) -->/g;

/** The README's text with every table renewed. Throws for a marker that is not closed by its own kind. */
async function render(readme: string, text: string): Promise<string> {
  const opened = text.match(/<!-- (inputs|outputs):/g)?.length ?? 0;
  const tables = [...text.matchAll(marker)].filter(({ groups }) => groups?.kind === groups?.end);
  if (tables.length !== opened) {
    throw new Error(
      `${readme}: a table's marker is not closed. Write <!-- /inputs --> or <!-- /outputs -->.`,
    );
  }
  let rendered = text;
  for (const { 0: old, groups } of tables) {
    const { kind, path } = groups as { kind: Kind; path: string };
    const markdown = table(readAction(join(dirname(readme), path), readme), kind);
    const formatted = await prettier.format(markdown, { parser: 'markdown', printWidth: 110 });
    rendered = rendered.replace(old, () => `<!-- ${kind}:${path} -->\n\n${formatted}\n<!-- /${kind} -->`);
  }
  return rendered;
}

/** Every README that Git knows or would add: nothing of node_modules/ or build/. */
function readmes(): string[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--', 'README.md', '**/README.md'];
  const paths = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
  return [...new Set(paths)].filter((path) => existsSync(join(root, path)));
}

async function main(check: boolean): Promise<void> {
  const stale: string[] = [];
  for (const readme of readmes()) {
    const text = readFileSync(join(root, readme), 'utf8');
    const wanted = await render(readme, text);
    if (wanted === text) continue;
    stale.push(readme);
    if (!check) writeFileSync(join(root, readme), wanted);
  }
  if (check && stale.length > 0) {
    throw new Error(
      `Tables do not match their action files: ${stale.join(', ')}. Run \`npm run docs\` and commit.`,
    );
  }
  console.log(
    check
      ? 'README tables match their action files'
      : `README tables renewed: ${stale.join(', ') || 'none stale'}`,
  );
}

try {
  await main(process.argv.includes('--check'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

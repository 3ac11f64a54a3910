/**
 * Writes what is said in two places from the one that is right, so that they cannot drift: in every README.md and page of
 * docs/ the tables of inputs and outputs and the files it shows, deploy/action.yml, which is the root action under a path, and the inputs and outputs of
 * pipeline/action.yml.
 *
 *     node scripts/sync-docs.ts            rewrite them
 *     node scripts/sync-docs.ts --check    name the files that are stale, exit 1
 *
 * A table stands between `<!-- inputs:rollback/action.yml -->` and `<!-- /inputs -->` (or outputs), a whole file as a code block
 * between `<!-- file:iam/trust-policy.json -->` and `<!-- /file -->`, a section of another document without its heading between
 * `<!-- section:CONTRIBUTING.md#where-to-go -->` and `<!-- /section -->`, the keys of a section of the configuration file between
 * `<!-- keys:gate -->` and `<!-- /keys -->`. The path is relative to the page's own folder.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, extname, join } from 'node:path';
import prettier from 'prettier';
import { parse } from 'yaml';
import { vocabulary } from '../src/inputs/config/vocabulary.ts';
import { keysTable } from './section-keys.ts';

type Kind = 'inputs' | 'outputs';
type MarkerKind = Kind | 'file' | 'section' | 'keys';

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

/**
 * What a description ends with where the action file has no `default:` and no `required:`, because a configuration file stands
 * behind its inputs. The table has a column for it.
 */
const closing = /\s+(?:(?<required>Required)|Default: (?<fallback>`[^`]+`))\.$/;

/** A default as the user would write it; a missing one and an empty one are the same thing to a runner. */
function defaultCell({ required, default: value, description = '' }: Entry): string {
  const stated = closing.exec(description.trim())?.groups;
  if (required === true || stated?.required !== undefined) return '**required**';
  if (stated?.fallback !== undefined) return stated.fallback;
  return value === undefined || value === '' ? '' : `\`${cell(String(value))}\``;
}

function descriptionCell({ description = '', deprecationMessage }: Entry): string {
  const warning = deprecationMessage === undefined ? '' : `**Deprecated:** ${deprecationMessage} `;
  return cell(warning + description.trim().replace(closing, ''));
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

/** File → its text as it should be. READMEs come last: they show some of the others. */
const generated = new Map<string, string>();

function read(path: string, readme: string): string {
  const text = generated.get(path);
  if (text !== undefined) return text;
  if (!existsSync(join(root, path))) {
    throw new Error(`${readme} asks for ${path}, which does not exist. Correct the marker's path.`);
  }
  return readFileSync(join(root, path), 'utf8');
}

/** What stands between a marker and its end, not yet formatted. */
function content(kind: Exclude<MarkerKind, 'keys'>, path: string, readme: string): string {
  if (kind === 'section') return section(path, readme);
  const text = read(path, readme);
  if (kind !== 'file') return table(parse(text) as ActionFile, kind);
  const language = { '.yml': 'yaml', '.Dockerfile': 'dockerfile' }[extname(path)] ?? extname(path).slice(1);
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** @param place the document, `#`, and the heading as GitHub's links have it. */
function section(place: string, readme: string): string {
  const [path = '', wanted] = place.split('#');
  const sections = read(path, readme)
    .split(/^## (?=.+\n)/m)
    .slice(1);
  const found = sections.find((one) => anchor(one) === wanted);
  if (found === undefined) throw new Error(`${readme} asks for ${place}; ${path} has no such heading.`);
  return found.slice(found.indexOf('\n')).trim();
}

function anchor(text: string): string {
  const [heading = ''] = text.split('\n');
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

const marker =
  /<!-- (?<kind>inputs|outputs|file|section|keys):(?<path>\S+) -->\n[\s\S]*?<!-- \/(?<end>inputs|outputs|file|section|keys) -->/g;

/** The README's text with everything between markers renewed. Throws for a marker that is not closed by its own kind. */
async function render(readme: string, text: string): Promise<string> {
  const opened = text.match(/<!-- (inputs|outputs|file|section|keys):/g)?.length ?? 0;
  const found = [...text.matchAll(marker)].filter(({ groups }) => groups?.kind === groups?.end);
  if (found.length !== opened) {
    throw new Error(
      `${readme}: a marker is not closed. Write <!-- /inputs -->, <!-- /outputs -->, <!-- /file -->, <!-- /section --> or <!-- /keys -->.`,
    );
  }
  let rendered = text;
  for (const { 0: old, groups } of found) {
    const { kind, path } = groups as { kind: MarkerKind; path: string };
    const markdown =
      kind === 'keys'
        ? keysTable(path, vocabulary.get(path)?.shape)
        : content(kind, join(dirname(readme), path), readme);
    const formatted = await prettier.format(markdown, {
      parser: 'markdown',
      printWidth: 110,
      singleQuote: true,
    });
    rendered = rendered.replace(old, () => `<!-- ${kind}:${path} -->\n\n${formatted}\n<!-- /${kind} -->`);
  }
  return rendered;
}

const rootAction = 'action.yml';
const deployAction = 'deploy/action.yml';

/**
 * The root action once more, under a path: a workflow of this repository names an action at its own commit as `$/<path>`, and the
 * runner refuses a bare `$/`.
 */
function deployActionText(): string | undefined {
  if (!existsSync(join(root, rootAction))) return undefined;
  const note =
    '# Generated from ../action.yml by scripts/sync-docs.ts: the same action, for `uses: $/deploy`.\n';
  return note + readFileSync(join(root, rootAction), 'utf8').replace(/^( {2}main: )dist\//m, '$1../dist/');
}

const pipelineAction = 'pipeline/action.yml';

/** What the pipeline says at its end, where that is not what its deploy or, after a rollback, its rollback says. */
const atTheEnd: Readonly<Record<string, string>> = {
  outcome: [
    "steps.rollback.outcome == 'skipped' && (steps.deploy.outputs.outcome || 'failed')",
    // It found another release, or nothing to undo.
    "(steps.rollback.outputs.outcome == 'ok:noop' || steps.rollback.outputs.outcome == 'superseded') && (steps.deploy.outcome != 'success' && steps.deploy.outputs.outcome || 'failed')",
    "steps.rollback.outputs.outcome == 'failed' && (steps.deploy.outcome != 'success' && (steps.deploy.outputs.outcome || 'unknown') || 'failed')",
    "steps.rollback.outputs.outcome || 'unknown'",
  ].join(' || '),
  changed: [
    "steps.deploy.outputs.changed == 'true' && 'true'",
    "steps.rollback.outcome == 'skipped' && (steps.deploy.outputs.changed || 'false')",
    "steps.rollback.outputs.changed == 'true' && 'true'",
    "steps.rollback.outputs.changed == 'false' && steps.deploy.outputs.changed",
    "'unknown'",
  ].join(' || '),
};

function endValue(output: string): string {
  const ofDeploy = `steps.deploy.outputs.${output}`;
  if (/^(previous-|proven$|failed-samples$)/.test(output)) return ofDeploy;
  return (
    atTheEnd[output] ??
    `steps.rollback.outcome == 'skipped' && ${ofDeploy} || steps.rollback.outputs.${output}`
  );
}

/** The pipeline's file, with the inputs and outputs of the root action between its marks. */
function pipelineActionText(): string | undefined {
  if (!existsSync(join(root, rootAction)) || !existsSync(join(root, pipelineAction))) return undefined;
  const text = readFileSync(join(root, rootAction), 'utf8');
  const [, inputs = '', outputs = ''] = /^inputs:\n([\s\S]*?)\n(outputs:\n[\s\S]*?)\nruns:/m.exec(text) ?? [];
  const valued = outputs.replace(
    /^ {2}(\S+):\n {4}description: .*$/gm,
    (entry, name: string) => `${entry}\n    value: \${{ ${endValue(name)} }}`,
  );
  return between(
    between(readFileSync(join(root, pipelineAction), 'utf8'), 'inputs', inputs),
    'outputs',
    valued,
  );
}

function between(text: string, name: Kind, content: string): string {
  const marks = new RegExp(`(# <${name}>.*\\n)[\\s\\S]*?( *# </${name}>)`);
  if (!marks.test(text)) throw new Error(`${pipelineAction} has lost its marks <${name}> and </${name}>.`);
  return text.replace(marks, (_, open: string, close: string) => `${open}${content.trimEnd()}\n${close}`);
}

/** Every README and page of docs/ that Git knows or would add: nothing of node_modules/ or build/. */
function readmes(): string[] {
  const list = [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    'AGENTS.md',
    'README.md',
    '**/README.md',
    'docs/*.md',
  ];
  const paths = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
  return [...new Set(paths)].filter((path) => existsSync(join(root, path)));
}

async function wantedTexts(): Promise<ReadonlyMap<string, string>> {
  const action = deployActionText();
  if (action !== undefined) generated.set(deployAction, action);
  const pipeline = pipelineActionText();
  if (pipeline !== undefined) generated.set(pipelineAction, pipeline);
  for (const readme of readmes())
    generated.set(readme, await render(readme, readFileSync(join(root, readme), 'utf8')));
  return generated;
}

async function main(check: boolean): Promise<void> {
  const stale: string[] = [];
  for (const [path, wanted] of await wantedTexts()) {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue;
    stale.push(path);
    if (check) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, wanted);
  }
  if (check && stale.length > 0) {
    throw new Error(`Not as their sources say: ${stale.join(', ')}. Run \`npm run docs\` and commit.`);
  }
  console.log(
    check
      ? 'READMEs and docs match their sources'
      : `Renewed: ${stale.join(', ') || 'nothing, all was fresh'}`,
  );
}

try {
  await main(process.argv.includes('--check'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

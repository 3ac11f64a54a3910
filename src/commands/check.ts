import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { InvalidSamples } from '../checks/read-samples.ts';
import { loadSamples, pathOfSamples } from '../checks/load-samples.ts';
import { UserError } from '../errors.ts';
import { STANDARD_STRUCTURE } from '../fleet/plan/structure.ts';
import { deployFields } from '../inputs/deploy-inputs.ts';
import { flag } from '../inputs/kinds.ts';
import { plural } from '../words.ts';
import { githubRunner } from '../clients/runner.ts';
import { readInside } from '../clients/workspace.ts';
import { checkConfiguration, type CheckedService } from './check/configuration.ts';
import { checkDockerfile } from './check/dockerfile.ts';
import { namedFilesOf } from './check/named-files.ts';
import { problem, type Problem } from './check/problem.ts';
import type { Command, CommandContext, ExitCode } from './command.ts';

export const check: Command = {
  name: 'check',
  summary: 'Check configuration, samples, structure and Dockerfile offline, for a pre-commit hook.',
  flags: { strict: flag({ fallback: 'false' }), ...deployFields },
  says: { strict: 'Fail for warnings too: parts of the standard structure that a release does without.' },
  run,
};

/** Every problem at once. Nothing is called, and no program is run. */
async function run(context: CommandContext): Promise<ExitCode> {
  const { given, terminal, json, env } = context;
  const problems = await problemsOf(context);
  const isStrict = given.get('strict') === 'true';
  const failing = problems.filter(({ level }) => isStrict || level === 'error');
  const counted = failing.length === 0 ? 'no problems' : plural(failing.length, 'problem');
  if (json) terminal.json({ ok: failing.length === 0, problems });
  for (const one of json ? [] : problems) terminal.print(shown(context, one));
  if (env['GITHUB_ACTIONS'] === 'true') await annotate(context, problems);
  terminal.note(
    `Checked the configuration, the samples and other files that it names, the Dockerfile, the structure and the workflows: ${counted}.`,
  );
  return failing.length === 0 ? 0 : 2;
}

function shown({ terminal }: CommandContext, { file, line, message, level }: Problem): string {
  const word = terminal.styled(level === 'error' ? 'red' : 'yellow', level);
  return `${file}${line === undefined ? '' : `:${line}`}: ${word}: ${message}`;
}

/** On the lines of a pull request. GitHub takes paths from the top of the checkout. */
async function annotate({ env, cwd, json }: CommandContext, problems: readonly Problem[]): Promise<void> {
  // Annotations are lines of stdout.
  if (json) return;
  const runner = githubRunner(env);
  const top = env['GITHUB_WORKSPACE'] ?? cwd;
  for (const { file, line, message, level } of problems) {
    const at = { title: 'model-release check', file: relative(top, join(cwd, file)) };
    await (level === 'error' ? runner.error : runner.warning)(
      message,
      line === undefined ? at : { ...at, line },
    );
  }
}

async function problemsOf({ given, cwd }: CommandContext): Promise<readonly Problem[]> {
  const file = given.get('config') ?? '.model-release.yml';
  const read = (path: string) => readInside({ workspace: cwd, path, input: 'config' }, false);
  const { problems, services } = await checkConfiguration({
    given: { text: (name) => given.get(name) },
    file,
    read,
  });
  const isNamed = given.has('config') && (await read(file)) === undefined;
  const found = [
    ...(isNamed ? [problem(file, 'does not exist')] : problems),
    ...(await samplesOf(cwd, services)),
    ...(await namedFilesOf({ cwd, file }, services)),
    ...(await dockerfilesOf(cwd, services)),
    ...(await structureOf(cwd, services)),
    ...(await workflowsOf(cwd)),
  ];
  const keys = new Set<string>();
  return found.filter((one) => keys.size < keys.add(JSON.stringify(one)).size);
}

async function samplesOf(cwd: string, services: readonly CheckedService[]): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const readText = (path: string) => readInside({ workspace: cwd, path, input: 'samples' }, false);
  for (const { text } of services) {
    const where = {
      samples: text('samples') ?? deployFields.samples.fallback ?? '',
      workingDirectory: text('working-directory') ?? '.',
    };
    try {
      await loadSamples({ readFile: readText }, where);
    } catch (error) {
      if (error instanceof InvalidSamples)
        problems.push(...error.mistakes.map(({ message, line, file }) => problem(file, message, line)));
      else if (error instanceof UserError)
        problems.push(problem(pathOfSamples(where), error.message, error.places[0]?.line));
      else throw error;
    }
  }
  return problems;
}

async function dockerfilesOf(cwd: string, services: readonly CheckedService[]): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const { text } of services) {
    if (text('image-uri') !== undefined) continue;
    const context = text('context') ?? '.';
    const shownFile = text('file') ?? (context === '.' ? 'Dockerfile' : `${context}/Dockerfile`);
    const file = join(cwd, shownFile);
    const content = await readFile(file, 'utf8').catch(() => undefined);
    if (content === undefined)
      problems.push(
        problem(shownFile, 'does not exist, and no image-uri is given: there is nothing to build'),
      );
    else
      problems.push(
        ...(await checkDockerfile({
          ...{ shown: shownFile, text: content, file, context: join(cwd, context) },
          hasCommand: ['image-config-command', 'image-config-entry-point'].some(
            (name) => text(name) !== undefined,
          ),
        })),
      );
  }
  return problems;
}

/** Of one service: several have a structure of their own. What other checks look for is left to them. */
async function structureOf(cwd: string, services: readonly CheckedService[]): Promise<readonly Problem[]> {
  if (services.some(({ name }) => name !== undefined)) return [];
  const problems: Problem[] = [];
  for (const { path, type, purpose } of STANDARD_STRUCTURE) {
    const found = await stat(join(cwd, path)).catch(() => undefined);
    const isOther = found !== undefined && found.isDirectory() !== (type === 'folder');
    if (isOther) problems.push(problem(path, `must be a ${type}: ${purpose}`));
    else if (found === undefined && !/^(Dockerfile|tests\/samples\.jsonl)$/.test(path))
      problems.push({ file: path, message: `does not exist: ${purpose}`, level: 'warning' });
  }
  return problems;
}

/** What a stub is called by, and what it still has to be filled in with. */
async function workflowsOf(cwd: string): Promise<readonly Problem[]> {
  const folder = '.github/workflows';
  const names = await readdir(join(cwd, folder)).catch(() => []);
  const problems: Problem[] = names
    .filter((name) => /^(ci_cd|rollback)\.yaml$/.test(name))
    .map((name) =>
      problem(`${folder}/${name}`, `must be named ${name.replace('.yaml', '.yml')}: that name starts it`),
    );
  for (const name of names.filter((one) => /\.ya?ml$/.test(one))) {
    const text = await readFile(join(cwd, folder, name), 'utf8').catch(() => '');
    text.split('\n').forEach((content, index) => {
      if (/^\s*(-\s+)?uses:\s*['"]?OWNER\//.test(content))
        problems.push(
          problem(
            `${folder}/${name}`,
            'names OWNER, which stands for whoever keeps model-release',
            index + 1,
          ),
        );
      if (/\bbranches(-ignore)?:.*\$default-branch/.test(content))
        problems.push(
          problem(
            `${folder}/${name}`,
            'names $default-branch, which stands for the name of a branch',
            index + 1,
          ),
        );
    });
  }
  return problems;
}

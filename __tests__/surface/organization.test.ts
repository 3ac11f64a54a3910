/** The organization page's way from nothing to a first model, held to the files that it uses. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { gitHubByHand } from '../../src/setup/plan/words.ts';
import { reusablePaths } from './workflow-files.ts';

const page = readFileSync('docs/organization.md', 'utf8');
const [, way = ''] =
  /^## From nothing to an organization's first model\n([\s\S]*?)(?:^## |(?![\s\S]))/m.exec(page) ?? [];
const scripts = [...way.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, script = '']) => script).join('');

interface Statement {
  readonly Action: string | readonly string[];
}

function actionsOf(name: string): readonly string[] {
  const { Statement } = JSON.parse(readFileSync(`iam/${name}-policy.json`, 'utf8')) as {
    Statement: readonly Statement[];
  };
  return Statement.flatMap(({ Action }) => Action);
}

test('the role of the way can go back too, though it has no policy of its own for it', () => {
  const granted = actionsOf('deploy');
  expect(actionsOf('rollback').filter((action) => !granted.includes(action))).toEqual([]);
});

const WISH = {
  ...{ repository: 'acme/iris', environment: 'prod', functionName: 'iris', alias: 'live' },
  ...{ ecrRepository: 'iris', role: 'iris-execution', makesApi: false, apiId: undefined },
  ...{ stackName: 'model-release-acme-iris-prod', region: 'eu-central-1' },
};

test('what the workflows ask of variables and secrets is set, and nothing else', () => {
  const workflows = [
    'examples/workflows/attach.yml',
    '.github/workflows/release-to.yml',
    '.github/workflows/release.yml',
  ];
  const asked = workflows.flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    return [...text.matchAll(/\b(?:vars|secrets)\.(\w+)/g)].map(([, name]) => name);
  });
  const bySetup = gitHubByHand(WISH).join('\n');
  expect(scripts).toMatch(/^npx \S+ setup --environment prod --apply$/m);
  const set = [...`${scripts}${bySetup}`.matchAll(/gh (?:variable|secret) set (\w+)/g)].map(
    ([, name]) => name,
  );
  // The runner's label has a default that is right for a first model.
  const needed = new Set(asked.filter((name) => name !== 'MODEL_RELEASE_RUNNER'));
  expect(set.toSorted()).toEqual([...needed].sort());
});

test('every variable that the reusable workflows read is on the page', () => {
  const read = reusablePaths.flatMap((path) => readFileSync(path, 'utf8').match(/(?<=\bvars\.)\w+/g) ?? []);
  expect(new Set(read).size).toBeGreaterThan(3);
  expect([...new Set(read)].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('attach is started with inputs that its workflow has', () => {
  const attach = readFileSync('examples/workflows/attach.yml', 'utf8');
  const given = [...scripts.matchAll(/-f (\w+)=(?:check|apply|iris)\b/g)].map(([, name]) => name);
  expect(given).toEqual(['mode', 'mode', 'repositories']);
  for (const name of given) expect(attach).toMatch(new RegExp(`^ {6}${name}: \\{`, 'm'));
});

test('what is copied is there', () => {
  expect(scripts).toContain('cp -R model-release/template/. iris/');
  expect(existsSync('template/.model-release.yml')).toBe(true);
  expect(way.trimEnd().split('\n').length).toBeLessThanOrEqual(80);
});

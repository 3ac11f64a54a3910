/** Who may assume a role by the published trust policies, decided as STS decides it, and what such a role may then do. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { gitHubByHand } from '../../src/setup/plan/words.ts';
import { allows, grantsOf } from '../harness/iam-policy.ts';
import { docsPages } from './files.ts';
import { readWorkflow, reusablePaths } from './workflow-files.ts';

const VALUES: Readonly<Record<string, string>> = {
  Account: '123456789012',
  Org: 'acme',
  OrgId: '11',
  Repo: 'iris',
  RepoId: '22',
  Environment: 'prod',
};
const ISSUER = 'token.actions.githubusercontent.com';

type Claims = Readonly<Record<string, string>>;
type Operator = 'StringEquals' | 'StringLike';
interface TrustPolicy {
  readonly Statement: readonly {
    readonly Condition: Readonly<
      Partial<Record<Operator, Readonly<Record<string, string | readonly string[]>>>>
    >;
  }[];
}

function trustPolicy(name: string): TrustPolicy {
  const text = readFileSync(`iam/${name}-policy.json`, 'utf8');
  return JSON.parse(
    text.replaceAll(/\$\{(\w+)\}/g, (whole, key: string) => VALUES[key] ?? whole),
  ) as TrustPolicy;
}

/** Every operator and every key must hold, with any one of its values; a claim that is absent holds with none. */
function trusts({ Statement }: TrustPolicy, claims: Claims): boolean {
  return Statement.some(({ Condition }) =>
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => {
        const claim = claims[key.slice(`${ISSUER}:`.length)];
        return [values].flat().some((value) => claim !== undefined && agrees(operator, value, claim));
      }),
    ),
  );
}

function agrees(operator: string, value: string, claim: string): boolean {
  if (operator === 'StringEquals') return value === claim;
  if (operator !== 'StringLike') throw new Error(`no rule for the operator ${operator}`);
  const literal = (text: string) => text.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal(value).replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(claim);
}

/** The token of a job: of `iris` through the release workflow into prod, but for what is said. */
function token(sub = 'repo:acme/iris:environment:prod', more: Claims = {}): Claims {
  const job_workflow_ref = 'acme/model-release/.github/workflows/release-to.yml@refs/tags/v1';
  const ids = { environment: 'prod', repository_id: '22', repository_owner_id: '11' };
  return { aud: 'sts.amazonaws.com', sub, job_workflow_ref, ...ids, ...more };
}

const dev = { environment: 'dev' };
/** Another repository, by its id. */
const other = { repository_id: '23' };
/** Another organization, by its id. */
const elsewhere = { repository_owner_id: '12' };

const through = (job_workflow_ref: string) => token(undefined, { job_workflow_ref });
const rollback = 'acme/model-release/.github/workflows/rollback.yml@refs/tags/v1';

describe.each<{ readonly name: string; readonly cases: readonly (readonly [string, Claims, boolean])[] }>([
  {
    name: 'trust',
    cases: [
      ['the repository', token(), true],
      ['the repository with its ids', token('repo:acme@11/iris@22:environment:prod'), true],
      [
        'the repository, by a workflow of its own',
        through('acme/iris/.github/workflows/x.yml@refs/heads/main'),
        true,
      ],
      ['another repository', token('repo:acme/other:environment:prod', other), false],
      ['another repository with a subject of its own making', token(undefined, other), false],
      ['another environment', token('repo:acme/iris:environment:dev', dev), false],
      ['another environment with a subject of its own making', token(undefined, dev), false],
      ['its name, made anew', token('repo:acme@11/iris@23:environment:prod', other), false],
      ['another audience', token(undefined, { aud: 'sigstore' }), false],
    ],
  },
  {
    name: 'trust-organization',
    cases: [
      ['a repository', token(), true],
      ['another repository', token('repo:acme/other:environment:prod', other), true],
      ['a repository with its ids', token('repo:acme@11/other@23:environment:prod', other), true],
      ['a rollback', through(rollback), true],
      ['another environment', token('repo:acme/iris:environment:dev', dev), false],
      ['another environment with a subject of its own making', token(undefined, dev), false],
      ['no environment', token('repo:acme/iris:ref:refs/heads/main'), false],
      ['another organization', token('repo:acmes/iris:environment:prod', elsewhere), false],
      ['another organization of the same name', token(undefined, elsewhere), false],
      ["the organization's name, made anew", token('repo:acme@12/iris@23:environment:prod'), false],
      ['a workflow of its own', through('acme/iris/.github/workflows/release-to.yml@refs/tags/v1'), false],
      ['an unreleased workflow', through(rollback.replace('tags/v1', 'heads/x')), false],
      ['another audience', token(undefined, { aud: 'sigstore' }), false],
    ],
  },
])('iam/$name-policy.json', ({ name, cases }) => {
  test.each(cases)('%s', (_, claims, expected) => {
    expect(trusts(trustPolicy(name), claims)).toBe(expected);
  });

  test('wants every claim that it names', () => {
    const all = token();
    expect(trusts(trustPolicy(name), all)).toBe(true);
    const named = [...JSON.stringify(trustPolicy(name)).matchAll(/githubusercontent\.com:(\w+)/g)];
    for (const [, claim = ''] of named) {
      const { [claim]: _, ...others } = all;
      expect([claim, trusts(trustPolicy(name), others)]).toEqual([claim, false]);
    }
  });
});

test('the workflows that an organization trusts are those that assume a role', () => {
  const assuming = reusablePaths.filter((path) =>
    Object.values(readWorkflow(path).jobs).some(({ steps = [] }) =>
      steps.some(({ uses = '' }) => uses.startsWith('aws-actions/configure-aws-credentials@')),
    ),
  );
  const refs = trustPolicy('trust-organization').Statement.flatMap(
    ({ Condition }) => Condition.StringEquals?.[`${ISSUER}:job_workflow_ref`] ?? [],
  );
  expect(refs).toEqual(assuming.map((path) => `acme/model-release/${path}@refs/tags/v1`));
});

const permissions = readFileSync('docs/permissions.md', 'utf8');

/** Every command of a document's `sh` blocks, in one line each. */
function commandsIn(path: string): readonly string[] {
  const blocks = [...readFileSync(path, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(
    ([, script = '']) => script,
  );
  return blocks.flatMap((script) => script.replaceAll(/\\\n\s*/g, '').split('\n'));
}

const WISH = {
  ...{ repository: 'acme/iris', environment: 'prod', functionName: 'iris', alias: 'live' },
  ...{ ecrRepository: 'iris', role: 'iris-execution', makesApi: false, apiId: undefined },
  ...{ stackName: 'model-release-acme-iris-prod', region: 'eu-central-1' },
};

test('the set-up leaves an environment open to the default branch, and to no other', () => {
  const documents = ['README.md', 'attach/README.md', 'template/README.md', 'examples/iris/README.md'];
  const byHand = gitHubByHand(WISH)
    .slice(2)
    .map((line) => line.trim());
  const commands = [...[...documents, ...docsPages].flatMap(commandsIn), ...byHand];
  const about = (command: string) => /repos\/(\S+\/environments\/\w+)/.exec(command)?.[1];
  const made = commands.filter((command) => /-X PUT repos\/\S+\/environments\/\w+( |$)/.test(command));
  expect(made.map(about)).toEqual(['acme/iris/environments/prod']);
  for (const command of made) {
    // Without both fields GitHub lets every branch in, and refuses two that are equal.
    expect(command).toContain("-F 'deployment_branch_policy[protected_branches]=false'");
    expect(command).toContain("-F 'deployment_branch_policy[custom_branch_policies]=true'");
    const policies = commands.filter((next) => next.includes('/deployment-branch-policies'));
    expect(policies.filter((next) => about(next) === about(command))).toEqual([
      'gh api -X POST repos/acme/iris/environments/prod/deployment-branch-policies ' +
        '-f name="$(gh api repos/acme/iris --jq .default_branch)" -f type=branch',
    ]);
  }
});

test('every policy is shown', () => {
  const texts = docsPages.map((path) => readFileSync(path, 'utf8'));
  const shown = texts.flatMap((text) =>
    [...text.matchAll(/^<!-- file:(?:\.\.\/)?iam\/(\S+) -->$/gm)].map(([, file]) => file),
  );
  expect(shown.toSorted()).toEqual(readdirSync('iam').toSorted());
});

test('every name that the policies for every model leave open is given before they are filled in', () => {
  const [before = '', files = ''] = permissions.split(/for file in (trust-organization .*); do envsubst/);
  const given = [...before.matchAll(/(?<=^export .*)\b(\w+)=/gm)].map(([, name]) => name);
  const open = files
    .split(' ')
    .flatMap((file) => readFileSync(`iam/${file}-policy.json`, 'utf8').match(/(?<=\$\{)\w+(?=\})/g) ?? []);
  expect(files).toBe('trust-organization deploy create');
  expect([...new Set(open)].filter((name) => !given.includes(name))).toEqual([]);
});

test('filled in as docs/permissions.md says for every model, the policies grant what they grant for one', () => {
  const [, line = ''] = /^(export Function='\*'.*)$/m.exec(permissions) ?? [];
  const wide = Object.fromEntries(
    [...line.matchAll(/(\w+)='([^']*)'/g)].map(([, key, value]) => [key, value]),
  );
  const one = { Function: 'iris', Repository: 'iris', Role: 'iris-execution', ApiId: 'a1b2' };
  expect(Object.keys(wide).slice(0, 4)).toEqual(Object.keys(one));
  for (const name of ['deploy', 'create', 'rollback']) {
    const path = `iam/${name}-policy.json`;
    const place = { Account: '123456789012', Region: 'eu-central-1' };
    const granted = grantsOf(path, { ...place, ...wide });
    const missing = grantsOf(path, { ...place, ...one }).filter(
      (ask) => !granted.some((grant) => allows(grant, ask)),
    );
    expect([name, missing]).toEqual([name, []]);
  }
});

test.each([
  ['deploy', 'Deploy'],
  ['create', 'First deploy and repair of an API'],
  ['rollback', 'Rollback'],
])('every action of iam/%s-policy.json has its reason in the table below "%s"', (name, title) => {
  const section = permissions.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  const { Statement } = JSON.parse(readFileSync(`iam/${name}-policy.json`, 'utf8')) as {
    readonly Statement: readonly { readonly Action: string | readonly string[] }[];
  };
  const actions = Statement.flatMap(({ Action }) => Action);
  const short = (action: string) => action.slice(action.indexOf(':') + 1);
  const untold = actions.filter(
    (action) => !rows.some((row) => row.includes(`\`${action}\``) || row.includes(`\`${short(action)}\``)),
  );
  expect(untold).toEqual([]);
});

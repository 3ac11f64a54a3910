import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { withDefaultBranch } from '../../src/fleet/plan/default-branch.ts';
import { withSource } from '../../src/fleet/plan/project-source.ts';
import {
  actionPaths,
  findings,
  inputsOf,
  ownPath,
  readWorkflow,
  reusablePaths,
  stubPaths,
  usesOf,
  workflowPaths,
  type Permissions,
} from './workflow-files.ts';

describe.each([...workflowPaths, ...actionPaths])('%s', (path) => {
  test("has no finding of GitHub's own parser", async () => {
    expect(await findings(path)).toEqual([]);
  });
});

test('the files under test are there: this suite is about something', () => {
  expect(actionPaths).toEqual(
    expect.arrayContaining([
      'action.yml',
      'attach/action.yml',
      'deploy/action.yml',
      'pipeline/action.yml',
      'rollback/action.yml',
    ]),
  );
  expect(workflowPaths).toEqual(
    expect.arrayContaining([
      ...reusablePaths,
      'workflows/ci_cd.yml',
      'workflows/rollback.yml',
      'examples/workflows/release.yml',
    ]),
  );
});

/** A GitHub App has no other way to say who it is, and the address of a webhook is its key; nothing else needs a secret. */
const secretsOf: Readonly<Record<string, readonly string[]>> = {
  'examples/workflows/attach.yml': ['ATTACH_PRIVATE_KEY'],
  'examples/recipes/slack.yml': ['SLACK_WEBHOOK_URL'],
};

describe.each(workflowPaths)('%s', (path) => {
  const workflow = readWorkflow(path);
  const text = readFileSync(path, 'utf8');

  test('calls of ours only what exists, with inputs that it has', () => {
    for (const { uses, with: given } of usesOf(path)) {
      const own = ownPath(uses);
      if (own === undefined) continue;
      expect({ uses, exists: existsSync(own) }).toEqual({ uses, exists: true });
      expect({ uses, unknown: given.filter((input) => !inputsOf(own).includes(input)) }).toEqual({
        uses,
        unknown: [],
      });
    }
  });

  test("pins other people's actions to a commit and says the version", () => {
    for (const { uses } of usesOf(path).filter(({ uses }) => ownPath(uses) === undefined)) {
      expect(uses).toMatch(/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/);
      expect(text).toMatch(new RegExp(`${uses} # v\\d+\\.\\d+\\.\\d+\\n`));
    }
  });

  test('writes no expression into a script', () => {
    const scripts = Object.values(workflow.jobs).flatMap(({ steps = [] }) =>
      steps.map(({ run = '' }) => run),
    );
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  test('grants nothing to all jobs, and each job what it needs', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) expect(job.permissions).toBeDefined();
    // A reason stands behind each grant.
    expect(text.match(/^ {6}[a-z-]+: (read|write)$/gm) ?? []).toEqual([]);
  });

  test('needs no secret but what is known, and leaves no credentials behind', () => {
    const secrets = [...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
    expect(secrets).toEqual(secretsOf[path] ?? []);
    expect(text).not.toMatch(/secrets:|pull_request_target/);
    const checkouts = Object.values(workflow.jobs)
      .flatMap(({ steps = [] }) => steps)
      .filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
    for (const { with: given } of checkouts) expect(given).toMatchObject({ 'persist-credentials': false });
  });
});

/**
 * What each job of the stubs grants, for ever: a permission that a reusable workflow asks for and the stub does not grant stops every
 * model repository at start-up.
 */
const frozen: Readonly<Record<string, Readonly<Record<string, Permissions>>>> = {
  'workflows/ci_cd.yml': {
    release: {
      contents: 'read',
      'id-token': 'write',
      deployments: 'write',
      actions: 'read',
      attestations: 'write',
      'artifact-metadata': 'write',
      issues: 'write',
    },
    'pull-request': { contents: 'read', 'pull-requests': 'write' },
    watch: { contents: 'read', 'id-token': 'write', actions: 'read', issues: 'write' },
  },
  'workflows/rollback.yml': {
    rollback: {
      contents: 'read',
      'id-token': 'write',
      deployments: 'write',
      attestations: 'read',
      'artifact-metadata': 'write',
      issues: 'write',
    },
  },
};

/** What starts each job of the stubs. */
const startedBy: Readonly<Record<string, readonly string[]>> = {
  release: ['push', 'workflow_dispatch'],
  'pull-request': ['pull_request'],
  watch: ['schedule'],
  rollback: ['workflow_dispatch'],
};

/** What a called workflow demands: the most of any of its jobs, and of what these call in turn. */
function demanded(path: string): Permissions {
  const demands: Record<string, 'read' | 'write'> = {};
  for (const { uses, permissions = {} } of Object.values(readWorkflow(path).jobs)) {
    const nested = uses === undefined ? {} : demanded(ownPath(uses) ?? '');
    for (const [name, level] of [...Object.entries(permissions), ...Object.entries(nested)]) {
      if (demands[name] !== 'write') demands[name] = level;
    }
  }
  return demands;
}

function excess(demands: Permissions, granted: Permissions): readonly string[] {
  return Object.entries(demands)
    .filter(([name, level]) => granted[name] !== level && granted[name] !== 'write')
    .map(([name, level]) => `${name}: ${level}`);
}

function filledIn(path: string, branch: string): string {
  return Buffer.from(withDefaultBranch(readFileSync(path), branch)).toString();
}

describe.each(stubPaths)('the stub %s', (path) => {
  const { jobs, on } = readWorkflow(path);

  test('grants exactly the frozen permissions, job by job', () => {
    const granted = Object.entries(jobs).map(([name, { permissions }]) => [name, permissions]);
    expect(Object.fromEntries(granted)).toEqual(frozen[path]);
  });

  test('has one job for each of its triggers', () => {
    const triggers = Object.keys(on);
    expect(triggers.toSorted()).toEqual(
      Object.keys(jobs)
        .flatMap((name) => startedBy[name] ?? [])
        .toSorted(),
    );
    if (triggers.length === 1) return;
    for (const [name, job] of Object.entries(jobs))
      expect(job.if).toBe(startedBy[name]?.map((event) => `github.event_name == '${event}'`).join(' || '));
  });

  test('grants all that the workflows it calls demand, and nothing to what starts from outside', () => {
    for (const [name, { uses, permissions = {} }] of Object.entries(jobs)) {
      const called = ownPath(uses ?? '') ?? '';
      expect(reusablePaths).toContain(called);
      expect({ name, excess: excess(demanded(called), permissions) }).toEqual({ name, excess: [] });
      if (startedBy[name]?.includes('pull_request'))
        for (const grant of ['id-token', 'deployments', 'attestations', 'artifact-metadata'])
          expect(permissions).not.toHaveProperty(grant);
    }
  });

  test('names the configuration file, where everything stands that differs between repositories', () => {
    for (const job of Object.values(jobs)) expect(job.with).toMatchObject({ config: '.model-release.yml' });
  });

  test('has each grant, with its reason, in the table for reviewers', () => {
    const rows = readFileSync('docs/workflow-permissions.md', 'utf8')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
    const text = readFileSync(path, 'utf8');
    for (const [name, { uses, permissions = {} }] of Object.entries(jobs)) {
      const own = rows.filter(([, job]) => job === name);
      const used = demanded(ownPath(uses ?? '') ?? '');
      const said = Object.entries(permissions).map(([scope, level]) => `${scope}: ${level}`);
      expect(own.map(([, , , grant]) => grant)).toEqual(said);
      for (const [, , , grant = '', reason, when] of own) {
        expect(text).toContain(`${grant} # ${reason}`);
        expect([name, grant, when]).toEqual([
          name,
          grant,
          (grant.split(':')[0] ?? '') in used ? 'now' : 'later',
        ]);
      }
    }
  });

  test('is what the iris example has on its main branch, byte for byte', () => {
    const example = path.replace('workflows/', 'examples/iris/.github/workflows/');
    const attached = withSource(Buffer.from(filledIn(path, 'main')), {
      repository: 'acme/model-release',
      ref: 'v1',
    });
    expect(readFileSync(example, 'utf8')).toBe(Buffer.from(attached).toString());
  });

  test.each(['master', 'release/1.0', 'c++', "it's,x]!", '!x', '#x'])(
    "has no finding of GitHub's own parser where the default branch is %s",
    async (branch) => {
      expect(await findings(path, filledIn(path, branch))).toEqual([]);
    },
  );

  test('lists no branch by a name of its own: what is main in one repository is master in another', () => {
    const { push } = on as { push?: { branches?: readonly string[] } };
    expect(push?.branches ?? []).toEqual(path === 'workflows/ci_cd.yml' ? ['$default-branch'] : []);
  });

  test("has its entry for the organization's template picker", () => {
    const properties = JSON.parse(readFileSync(path.replace(/\.yml$/, '.properties.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(Object.keys(properties).sort()).toEqual([
      'categories',
      'description',
      'filePatterns',
      'iconName',
      'name',
    ]);
  });
});

test.each(reusablePaths)('%s: a job grants what the workflow it calls demands', (path) => {
  for (const { uses, permissions = {} } of Object.values(readWorkflow(path).jobs)) {
    if (uses !== undefined) expect(excess(demanded(ownPath(uses) ?? ''), permissions)).toEqual([]);
  }
});

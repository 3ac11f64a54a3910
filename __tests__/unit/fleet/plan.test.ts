import { expect, test } from '@jest/globals';
import fc from '../../harness/property.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ObservedRepository, PullRequest, AttachBranch } from '../../../src/fleet/plan/observed.ts';
import type { ProposingPlan, RepositoryPlan } from '../../../src/fleet/plan/plan.ts';
import { planRepository, TRAILER } from '../../../src/fleet/plan/plan.ts';
import { refusalOf } from '../../../src/fleet/plan/refusal.ts';
import { matchesPatterns } from '../../../src/fleet/plan/select.ts';
import { blobId, wantedByBranch, wantedContent, wantedFile } from '../../../src/fleet/plan/wanted.ts';
import { missingStructure, STANDARD_STRUCTURE } from '../../../src/fleet/plan/structure.ts';

const CI = wantedFile('.github/workflows/ci_cd.yml', Buffer.from('ci'), [blobId(Buffer.from('old ci'))]);
const ROLLBACK = wantedFile('.github/workflows/rollback.yml', Buffer.from('rollback'));
const WANTED = wantedContent([ROLLBACK, CI]);
const OPTIONS = { branch: 'attach', localEdits: 'propose', include: [] } as const;
const BRANCH = `attach/${WANTED.digest}`;
const FULL = new Map(WANTED.files.map(({ path, oid }) => [path, oid]));
const BASE = { branch: 'main', oid: 'b'.repeat(40) };

function repository(seen: Partial<ObservedRepository> = {}): ObservedRepository {
  return {
    id: 'R_1',
    name: 'acme/iris',
    url: 'https://github.com/acme/iris',
    isArchived: false,
    isFork: false,
    isTemplate: false,
    isLocked: false,
    permission: undefined,
    base: BASE,
    topics: [],
    files: new Map(),
    structure: new Map(),
    branches: [],
    declined: undefined,
    ...seen,
  };
}

function pull(state: PullRequest['state']): PullRequest {
  return { number: 3, url: 'https://github.com/acme/iris/pull/3', state, createdAt: 0 };
}

function branch(seen: Partial<AttachBranch> = {}): AttachBranch {
  const message = `Attach\n\n${TRAILER}: ${WANTED.digest}`;
  return { name: BRANCH, oid: 'c'.repeat(40), message, files: FULL, pulls: [], ...seen };
}

function plan(
  seen: Partial<ObservedRepository>,
  options: Partial<Parameters<typeof planRepository>[2]> = {},
) {
  return planRepository(WANTED, repository(seen), { ...OPTIONS, ...options });
}

/** What a plan would send: c(reateRef), m (commit), p(ull request). */
function writes(found: RepositoryPlan): string {
  if (!('proposal' in found)) return `${found.kind}: nothing`;
  const { createAt, commit, pullInto, branch: name } = found.proposal;
  return `${found.kind} ${createAt ? 'c' : ''}${commit ? 'm' : ''}${pullInto ? 'p' : ''} ${name}`;
}

test.each<[string, Partial<ObservedRepository>, string]>([
  ['everything is there', { files: FULL }, 'in-sync: nothing'],
  ['nothing is there', {}, `create cmp ${BRANCH}`],
  [
    'a branch without its commit',
    { branches: [branch({ message: 'Add', files: new Map(), oid: BASE.oid })] },
    `create mp ${BRANCH}`,
  ],
  ['a branch with its commit, no pull request', { branches: [branch()] }, `create p ${BRANCH}`],
  ['its pull request is open', { branches: [branch({ pulls: [pull('OPEN')] })] }, 'open: nothing'],
  [
    'an older open pull request of ours',
    {
      branches: [
        branch({
          name: 'attach/older',
          files: new Map([[CI.path, blobId(Buffer.from('old ci'))]]),
          pulls: [pull('OPEN')],
        }),
      ],
    },
    'update m attach/older',
  ],
  [
    "others' work on the open pull request",
    {
      branches: [
        branch({ message: 'mine', files: new Map([[CI.path, 'd'.repeat(40)]]), pulls: [pull('OPEN')] }),
      ],
    },
    'conflict: nothing',
  ],
  [
    "others' merge of the default branch into the open pull request, content untouched",
    { branches: [branch({ message: 'Merge main', pulls: [pull('OPEN')] })] },
    'open: nothing',
  ],
  ['it was declined', { declined: pull('CLOSED') }, 'declined: nothing'],
  [
    'it was merged once and changed since',
    { files: new Map([[CI.path, 'd'.repeat(40)]]), branches: [branch({ pulls: [pull('MERGED')] })] },
    `create cmp ${BRANCH}-bbbbbbb`,
  ],
  [
    'that second branch was begun',
    {
      files: new Map([[CI.path, 'd'.repeat(40)]]),
      branches: [
        branch({ pulls: [pull('MERGED')] }),
        branch({ name: `${BRANCH}-bbbbbbb`, message: '', files: new Map() }),
      ],
    },
    `create mp ${BRANCH}-bbbbbbb`,
  ],
  ['archived', { isArchived: true }, 'skipped: nothing'],
  ['locked', { isLocked: true }, 'skipped: nothing'],
  ['a fork', { isFork: true }, 'skipped: nothing'],
  ['a template', { isTemplate: true }, 'skipped: nothing'],
  ['empty', { base: undefined }, 'skipped: nothing'],
  ['read-only for the token', { permission: 'READ' }, 'blocked: nothing'],
  ['writable for the token', { permission: 'WRITE' }, `create cmp ${BRANCH}`],
])('%s', (_, seen, expected) => {
  expect(writes(plan(seen))).toBe(expected);
});

test('only files that differ are committed, and the order of files does not matter', () => {
  const found = plan({ files: new Map([[CI.path, CI.oid]]) });
  expect('proposal' in found && found.proposal.commit?.files).toEqual([ROLLBACK]);
  expect(wantedContent([CI, ROLLBACK]).digest).toBe(WANTED.digest);
});

test('missing, outdated and edited are told apart by blob id', () => {
  const found = plan({
    files: new Map([
      [CI.path, blobId(Buffer.from('old ci'))],
      [ROLLBACK.path, 'e'.repeat(40)],
    ]),
  });
  expect('changes' in found && found.changes.map(({ state }) => state)).toEqual(['outdated', 'edited']);
});

test('what is wanted names the default branch; for another one of them, or for none, it is an earlier version', () => {
  const shipped = wantedFile(CI.path, Buffer.from('branches: [$default-branch]'), ['a'.repeat(40)]);
  const wanted = wantedContent([shipped, ROLLBACK]);
  const byBranch = wantedByBranch(wanted, ['trunk', 'main', 'trunk']);
  const id = (branch: string) => blobId(Buffer.from(`branches: [${branch}]`));
  const states = ['trunk', 'main', 'master', '$default-branch', 'develop'].map((branch) => {
    const seen = repository({
      base: { ...BASE, branch: 'trunk' },
      files: new Map([
        [CI.path, id(branch)],
        [ROLLBACK.path, ROLLBACK.oid],
      ]),
    });
    const found = planRepository(byBranch.get('trunk') ?? wanted, seen, OPTIONS);
    return 'changes' in found ? found.changes.map(({ state }) => state) : found.kind;
  });
  expect(states).toEqual(['in-sync', ['outdated'], ['outdated'], ['outdated'], ['edited']]);
  const [ci] = byBranch.get('trunk')?.files ?? [];
  expect([Buffer.from(ci?.bytes ?? []).toString(), ci?.earlier[0]]).toEqual([
    'branches: [trunk]',
    'a'.repeat(40),
  ]);
  // The branch that a pull request comes from is asked for by name, before any default branch is known.
  expect(new Set([...byBranch.values()].map(({ digest }) => digest))).toEqual(new Set([wanted.digest]));
});

test('local-edits: keep leaves an edited file out, and a repository with nothing else alone', () => {
  const edited = new Map([[CI.path, 'e'.repeat(40)]]);
  const both = plan({ files: edited }, { localEdits: 'keep' });
  expect('proposal' in both && both.proposal.commit?.files).toEqual([ROLLBACK]);
  const one = plan({ files: new Map([...edited, [ROLLBACK.path, ROLLBACK.oid]]) }, { localEdits: 'keep' });
  expect(one).toMatchObject({ kind: 'conflict', reason: expect.stringContaining(CI.path) });
});

test('include brings forks and templates in', () => {
  expect(plan({ isFork: true }, { include: ['forks'] }).kind).toBe('create');
  expect(plan({ isTemplate: true }, { include: ['forks'] }).kind).toBe('skipped');
});

test('carrying a plan out leads, whatever was there, to a state that needs no further write', () => {
  const oids = fc.constantFrom(undefined, CI.oid, 'e'.repeat(40), blobId(Buffer.from('old ci')));
  const files = fc
    .record({ ci: oids, rollback: fc.constantFrom(undefined, ROLLBACK.oid) })
    .map(({ ci, rollback }) => {
      const entries = [
        [CI.path, ci],
        [ROLLBACK.path, rollback],
      ] as const;
      return new Map(entries.flatMap(([path, oid]) => (oid === undefined ? [] : [[path, oid] as const])));
    });
  const branches = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(BRANCH, `${BRANCH}-bbbbbbb`, 'attach/older'),
      message: fc.constantFrom('Add', `Attach\n\n${TRAILER}: x`),
      oid: fc.constantFrom('c'.repeat(40)),
      files,
      pulls: fc.constantFrom<PullRequest[]>([], [pull('OPEN')], [pull('MERGED')]),
    }),
    { selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(files, branches, (there, known) => {
      const before = repository({ files: there, branches: known });
      const first = planRepository(WANTED, before, OPTIONS);
      if (!('proposal' in first)) return;
      const after = carriedOut(before, first);
      const second = planRepository(WANTED, after, OPTIONS);
      expect(second.kind).toBe('open');
    }),
    { numRuns: 2000 },
  );
});

/** The repository after GitHub did what the plan asks. */
function carriedOut(before: ObservedRepository, { proposal }: ProposingPlan): ObservedRepository {
  const old = before.branches.find(({ name }) => name === proposal.branch);
  const added = (proposal.commit?.files ?? []).map(({ path, oid }) => [path, oid] as const);
  const now = branch({
    name: proposal.branch,
    message: proposal.commit ? `Attach\n\n${TRAILER}: x` : (old?.message ?? ''),
    files: new Map([...(old?.files ?? before.files), ...added]),
    pulls: proposal.pullInto ? [pull('OPEN')] : (old?.pulls ?? []),
  });
  return { ...before, branches: [...before.branches.filter(({ name }) => name !== proposal.branch), now] };
}

test.each([
  [
    'refusing to allow a GitHub App to create or update workflow `a` without `workflows` permission',
    'everywhere',
    /workflows: write/,
  ],
  [
    'refusing to allow a Personal Access Token to create or update workflow `a` without `workflow` scope',
    'everywhere',
    /workflows: write/,
  ],
  [
    'Repository rule violations found\n\nCannot create ref due to creations being restricted.',
    'here',
    /^protected: .*restricted$/,
  ],
  ['Resource not accessible by integration', 'here', /^no permission/],
  ['Repository was archived so is read-only.', 'here', /^archived/],
  ['A ref named "refs/heads/x" already exists in the repository.', 'raced', /already exists/],
  ['A pull request already exists for acme:x.', 'raced', /already exists/],
  ['Something new', 'here', /^GitHub refused it: Something new$/],
] as const)('GitHub says: %s', (message, scope, words) => {
  const found = refusalOf([{ message }]);
  expect(found.scope).toBe(scope);
  expect(found.reason).toMatch(words);
  expect(found.reason).not.toContain('\n');
});

test('patterns: any of the included, none of the excluded, whatever the case', () => {
  const names = ['model-a', 'Model-B', 'web', 'model-old'];
  const chosen = (...patterns: string[]) => names.filter((name) => matchesPatterns(patterns, name));
  expect(chosen()).toEqual(names);
  expect(chosen('model-*')).toEqual(['model-a', 'Model-B', 'model-old']);
  expect(chosen('model-*', '!*-old')).toEqual(['model-a', 'Model-B']);
  expect(chosen('!web')).toEqual(['model-a', 'Model-B', 'model-old']);
  expect(chosen('mode.-a')).toEqual([]);
});

test('the structure: what is missing, what has the wrong type, and commands whose sources exist', () => {
  const stub = { source: { repository: 'tools/model-release', ref: 'v1' }, branch: 'main' };
  const present = new Map<string, 'file' | 'folder'>([
    ['Dockerfile', 'file'],
    ['model_code', 'file'],
  ]);
  const missing = missingStructure(present, stub);
  expect(missing.map(({ entry, problem }) => `${entry.path} ${problem}`)).toEqual([
    'model_code wrong-type',
    'tests/unit_tests missing',
    'tests/integration_tests missing',
    'tests/samples.jsonl missing',
    'lambda_function.py missing',
    '.github/workflows/ci_cd.yml missing',
    '.github/workflows/rollback.yml missing',
    '.model-release.yml missing',
  ]);
  expect(missing[0]?.command).toBe('');
  const root = join(import.meta.dirname, '../../..');
  for (const { source: file } of STANDARD_STRUCTURE.flatMap(({ files }) => files)) {
    expect([file, existsSync(join(root, file))]).toEqual([file, true]);
  }
});

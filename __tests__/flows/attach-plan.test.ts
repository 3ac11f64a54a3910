/** The plan of attach is what runs. That every flow writes what it announced is checked by `runAttach` itself. */
import { expect, test } from '@jest/globals';
import { pushFiles } from '../../local/github/seeds.ts';
import { expectAnnounced, type SentWrite } from '../harness/attach-announced.ts';
import {
  attachWorld,
  CI_PATH,
  model,
  outcomes,
  runAttach,
  type Run,
  type World,
} from '../harness/attach-world.ts';

async function fleet(): Promise<World> {
  const world = attachWorld();
  model(world, 'behind');
  await runAttach(world, { inputs: { source: 'tools/release@v1.1' } });
  pushFiles(model(world, 'edited'), 'main', { files: { [CI_PATH]: 'name: mine\n' } });
  model(world, 'fork', { isFork: true });
  for (const name of ['x', 'y']) model(world, name);
  return world;
}

function list({ log }: Run): readonly string[] {
  return log.filter((line) => /^\d+\. /.test(line));
}

test('a check and a dry run print the list that a run prints before its first write, and carries out', async () => {
  const world = await fleet();
  const inputs = { wave: '3' };
  const check = await runAttach(world, { inputs: { ...inputs, mode: 'check' } });
  const dry = await runAttach(world, { inputs: { ...inputs, 'dry-run': 'true' } });
  const run = await runAttach(world, { inputs });
  const files = '.github/workflows/ci_cd.yml is missing, .github/workflows/rollback.yml is missing';
  const again =
    'look at those of this wave again, and write what is still missing there once more, only if an answer was lost or a repository was changed in between — neither a lost answer nor a refusal says whether the pull request is there';
  expect(list(run)).toEqual([
    `1. update pull request #1 in acme/behind with 2 files — ${files}`,
    '2. open a pull request in acme/edited with 2 files — .github/workflows/ci_cd.yml is edited there, .github/workflows/rollback.yml is missing',
    `3. open a pull request in acme/x with 2 files — ${files}`,
    `4. ${again}`,
    `5. open a pull request in acme/y with 2 files — ${files}`,
    `6. ${again}`,
  ]);
  expect([list(check), list(dry)]).toEqual([list(run), list(run)]);
  expect(run.report?.plan.length).toBe(6);
  expect(run.log).toContain('▸ Pull requests 1 to 3 of 4');
});

test('a limit shortens the list, and what is beyond it remains', async () => {
  const run = await runAttach(await fleet(), { inputs: { limit: '1' } });
  expect(list(run).map((line) => line.split(' — ')[0])).toEqual([
    '1. update pull request #1 in acme/behind with 2 files',
    expect.stringContaining('2. look at those of this wave again'),
  ]);
  expect(outcomes(run.report)).toMatchObject({ behind: 'updated', edited: 'remaining', x: 'remaining' });
});

const LINES = [
  '1. open a pull request in acme/a with 2 files — missing',
  '2. open a pull request in acme/b with 2 files — missing',
  '3. look at those of this wave again, and write, only if lost — why',
  '4. open a pull request in acme/c with 1 file — missing',
  '5. look at those of this wave again, and write, only if lost — why',
];

test.each<[string, readonly string[], string]>([
  ['in order', ['a', 'b', 'c'], ''],
  ['one of the wave once more', ['a', 'b', 'a', 'c'], ''],
  ['in another order', ['b', 'a', 'c'], 'a write to acme/b was not announced'],
  ['one that no step names', ['a', 'b', 'd'], 'a write to acme/d was not announced'],
  ['one twice in a row', ['a', 'a'], 'a write to acme/a was not announced'],
  ['once more, and once more again', ['a', 'b', 'a', 'a'], 'a write to acme/a was not announced'],
  ['one of the wave before', ['a', 'b', 'c', 'a'], 'a write to acme/a was not announced'],
  ['a step passed over', ['a', 'c'], 'a write to acme/c was not announced'],
  ['a step left', ['a', 'b'], 'announced and not carried out: 4.'],
])('the check of that bites: %s', (_, names, fault) => {
  const writes: SentWrite[] = names.map((name) => ({ repository: `acme/${name}`, announced: LINES }));
  const steps = LINES.map(() => ({ name: '', does: '', why: '', writes: [] }));
  const checked = () => expectAnnounced(writes, { rows: [], plan: steps });
  if (fault === '') expect(checked).not.toThrow();
  else expect(checked).toThrow(fault);
});

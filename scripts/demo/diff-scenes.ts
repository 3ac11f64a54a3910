/** The scenes of `./demo diff`: a release, then a pull request of three pushes, each with the plan action and one comment. */
import {
  pushFiles,
  seedOwner,
  seedPullRequest,
  seedRepository,
  seedToken,
} from '../../local/github/seeds.ts';
import { renderMarkdown } from '../../src/report/terminal-text.ts';
import { plural } from '../../src/words.ts';
import { IN_DOUBT_VIRGINICA, REWORDED, SLOWER, type Change } from './model-repository.ts';
import { Teller, type Telling, type Timing } from './teller.ts';
import type { World } from './world.ts';

const SAMPLES = 'tests/rows.jsonl';
const TOKEN = 'job-token';

/** Plays the scenes on the screen. @throws Error when one does not end as expected. */
export async function playDiff(world: World, telling: Telling): Promise<readonly Timing[]> {
  const { screen } = telling;
  const { repository, local } = world;
  const teller = new Teller(world, telling);
  screen.heading('1. The release that is live; its samples are the 150 rows of data/iris.csv');
  await repository.writeRowsAsSamples(SAMPLES);
  const inputs = { ...world.deploy, samples: SAMPLES };
  const workspace = repository.folder;
  const commit = await repository.commit('Classify irises');
  const released = await teller.run({ action: 'deploy', inputs, workspace, commit });
  teller.must(released, 'ok');
  teller.timings.push({ what: 'release', seconds: released.seconds });

  const pull = openPullRequest(world);
  const from = local.aws.calls.length;
  const push = async (change: Change, says: RegExp, what: string): Promise<void> => {
    await show(teller, { world, telling, change, inputs, number: pull.number, what });
    const [{ body = '' } = {}] = pull.comments ?? [];
    screen.say('\n    The comment on the pull request:\n');
    const text = renderMarkdown(asFolded(body), (part, ...styles) => screen.style(part, ...styles));
    screen.say(text.replaceAll(/^/gm, '    '));
    teller.expect(says.test(body), `the comment says ${says.source}`);
  };
  screen.heading('2. A pull request whose first push changes no answer');
  await push(REWORDED, /No prediction changes: 150 of 150 agree/, 'plan of the first push');
  screen.heading('3. Its second push changes two answers of 150; the tests pass');
  await push(IN_DOUBT_VIRGINICA, /2 of 150 predictions change/, 'plan of the second push');
  await repository.revert();
  screen.heading('4. Its third push takes that back, and is slower and dearer');
  await push(SLOWER, /cost of 1,000 predictions.*\(\+\d+ %\)/, 'plan of the third push');
  finish(teller, { world, telling, comments: pull.comments ?? [], from });
  return teller.timings;
}

/** What a person sees before a click: without the hidden line, folded parts as their titles. */
function asFolded(comment: string): string {
  return comment
    .replace(/^<!--.*?-->\s*/s, '')
    .replaceAll(/<details>\s*<summary>(.*?)<\/summary>.*?<\/details>/gs, '▸ $1');
}

function openPullRequest({ github }: World): ReturnType<typeof seedPullRequest> {
  const { state } = github;
  seedOwner(state, 'acme');
  const repository = seedRepository(state, ['acme', 'iris'], { files: { 'README.md': 'iris\n' } });
  pushFiles(repository, 'change', { files: { 'README.md': 'irises\n' } });
  const permissions = { contents: 'read', pull_requests: 'write' } as const;
  seedToken(state, TOKEN, { kind: 'actions', login: 'github-actions[bot]', permissions });
  return seedPullRequest(state, repository, { headRefName: 'change' });
}

interface Push {
  readonly world: World;
  readonly telling: Telling;
  readonly change: Change;
  readonly inputs: Readonly<Record<string, string>>;
  readonly number: number;
  readonly what: string;
}

async function show(teller: Teller, { world, telling, change, inputs, number, what }: Push): Promise<void> {
  const commit = await world.repository.change(change);
  telling.screen.say(`    ${telling.screen.style(change.message, 'bold')}`);
  await teller.showChange();
  const result = await teller.run({
    action: 'plan',
    inputs: { ...inputs, 'github-token': TOKEN },
    workspace: world.repository.folder,
    commit,
    event: 'pull_request',
    env: { GITHUB_API_URL: world.githubUrl, GITHUB_REF: `refs/pull/${number}/merge` },
  });
  teller.must(result, 'ok:noop');
  teller.timings.push({ what, seconds: result.seconds });
}

interface Ending {
  readonly world: World;
  readonly telling: Telling;
  readonly comments: readonly unknown[];
  /** The first call after the release. */
  readonly from: number;
}

function finish(teller: Teller, { world, telling, comments, from }: Ending): void {
  const calls = world.local.aws.calls.slice(from);
  const asked = calls.filter(({ operation }) => operation === 'Invoke').length;
  const writes = calls.filter(({ isWrite, operation }) => isWrite && operation !== 'Invoke').length;
  const updates = world.github.calls.filter(({ isWrite }) => isWrite).length - 1;
  telling.screen.heading('What the three plans wrote');
  teller.expect(comments.length === 1 && updates === 2, 'one comment, updated twice');
  teller.expect(writes === 0, 'no write to AWS');
  telling.screen.say(`    GitHub: ${plural(comments.length, 'comment')}, updated in place ${updates} times.`);
  telling.screen.say(
    `    AWS: ${plural(writes, 'write')}, ${plural(calls.length - asked - writes, 'read')}; what is live was invoked ${plural(asked, 'time')}.`,
  );
}

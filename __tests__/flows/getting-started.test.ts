/**
 * docs/getting-started.md, to the letter: its commands are read out of the page and typed into a shell of an empty home, over the local AWS
 * and the local GitHub. Three things differ from a reader's evening. What the push starts on GitHub is started here: the job of the pushed
 * workflow, right after `git push`. Docker is played, with the model's own tests and handler run by this machine's Python. And the id of the
 * API, which each reader's AWS makes up, is put in the place of the page's.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openFirstHour, type FirstHour } from '../harness/first-hour.ts';

const PAGE = readFileSync('docs/getting-started.md', 'utf8');
const MOST_COMMANDS = 12;
/** Many processes on a machine that others use, too. */
const TIME_LIMIT_MS = 300_000;
/** In the page; a reader's differs. */
const API_ID = 'a1b2c3d4e5';

type Kind = 'sh' | 'text' | 'yaml';

interface Block {
  readonly kind: Kind;
  readonly text: string;
}

/** The code of a section, in its order. */
function blocksOf(heading: string): readonly Block[] {
  const [section = ''] = PAGE.split(/^## /m).filter((part) => part.startsWith(`${heading}\n`));
  return [...section.matchAll(/^```(sh|text|yaml)\n([\s\S]*?)\n```$/gm)].map(([, kind, text = '']) => ({
    kind: kind as Kind,
    text,
  }));
}

const first = blocksOf('From nothing to a URL');
const later = blocksOf('Your own model');

test(`from nothing to the URL it is at most ${MOST_COMMANDS} commands, of git, npx and node only`, () => {
  const commands = first.filter(({ kind }) => kind === 'sh').map(({ text }) => text);
  expect(commands.length).toBeGreaterThan(5);
  expect(commands.length).toBeLessThanOrEqual(MOST_COMMANDS);
  for (const command of commands) {
    expect(command).not.toContain('\n');
    expect(command).toMatch(/^(git|npx|node|cd) /);
    expect(command.replaceAll(/"(?:\\.|[^"])*"/g, '')).not.toMatch(/[;&|]/);
  }
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

(hasPython ? describe : describe.skip)('typed to the letter', () => {
  let hour: FirstHour;
  let output = '';

  beforeAll(async () => {
    hour = await openFirstHour();
  });
  afterAll(() => hour.close());

  /** As this reader's AWS calls it. */
  function own(text: string): string {
    const [id = API_ID] = Object.keys(hour.local.aws.state.httpApis);
    return text.replaceAll(API_ID, id);
  }

  async function follow({ kind, text }: Block): Promise<void> {
    if (kind === 'yaml') {
      // What the command before it told the reader to add.
      expectShown(own(text));
      return appendFileSync(join(hour.cwd(), '.model-release.yml'), `${own(text)}\n`);
    }
    if (kind === 'text') return expectShown(own(text));
    const typed = await hour.type(own(text));
    output = typed.output;
    expect({ text, exitCode: typed.exitCode, output }).toEqual({ text, exitCode: 0, output });
    if (/^git push/.test(text)) {
      const { exitCode, log } = await hour.runWorkflow();
      expect({ exitCode, log }).toEqual({ exitCode: 0, log });
    }
  }

  /** Each line of the page stands in the output, in the page's order. */
  function expectShown(text: string): void {
    let from = 0;
    for (const line of text.split('\n')) {
      const at = output.indexOf(line, from);
      expect({ line, shown: at >= 0, output }).toEqual({ line, shown: true, output });
      from = at + line.length;
    }
  }

  test(
    'the commands lead from nothing to the URL that answers',
    async () => {
      for (const block of first) await follow(block);
      expect(output).toContain('200 {"sum": 6}');
    },
    TIME_LIMIT_MS,
  );

  test(
    'a second release is rolled back to the first one',
    async () => {
      const before = hour.local.aws.state.functions['iris']?.aliases['live']?.functionVersion;
      const model = join(hour.cwd(), 'model_code', 'model.py');
      appendFileSync(model, '\n# a change\n');
      for (const line of ['git commit --all --message "A change"', 'git push'])
        await follow({ kind: 'sh', text: line });
      expect(hour.local.aws.state.functions['iris']?.aliases['live']?.functionVersion).not.toBe(before);
      for (const block of later) await follow(block);
      expect(hour.local.aws.state.functions['iris']?.aliases['live']?.functionVersion).toBe(before);
    },
    TIME_LIMIT_MS,
  );
});

/**
 * Measures how long the sentences are of what a user reads first: README.md, the pages of docs/ and the actions' READMEs.
 *
 *     node scripts/check-prose.ts             two figures a file; exit 1 where a file has longer sentences than it may
 *     node scripts/check-prose.ts docs/x.md   the same of some files, with every sentence of more than 25 words
 *
 * The figures are the median of words a sentence, and the share of sentences of more than 25 words. Only prose counts. Left out are
 * code blocks, tables, headings, HTML, and what `npm run docs` writes between its markers. A paragraph, a list item and a quotation
 * end a sentence, and so do `.`, `!` and `?` before a space and a capital, a digit, code or a link. Code in a line counts as one word, and so
 * does every word of a link's text.
 */
import { globSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

export interface Figures {
  /** Number of sentences. */
  readonly sentences: number;
  /** Median of words a sentence; 0 for a text without sentences. */
  readonly median: number;
  /** Share of sentences with more than 25 words, 0 to 1. */
  readonly long: number;
}

const MEDIAN = 14;
const SHARE = 0.1;
const LONG = 25;

/** The prose of a page, a paragraph or list item each. */
function paragraphs(markdown: string): readonly string[] {
  const prose = markdown
    .replaceAll(/<!-- (inputs|outputs|file|keys):[\s\S]*?<!-- \/\1 -->/g, '')
    .replaceAll(/^( *)```[\s\S]*?^\1```.*$/gm, '\n')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/^ *(?:\||#|<|\[!\[).*$/gm, '\n')
    .replaceAll(/^ {4,}(?![-*\d]).*$/gm, '\n');
  return prose
    .replaceAll(/^\s*(?:[-*>]|\d+\.)\s+/gm, '\n')
    .split(/\n\s*\n/)
    .map((block) => block.replaceAll(/\s+/g, ' ').trim())
    .filter(Boolean);
}

/** Every sentence of a Markdown page, as its words. */
export function sentencesOf(markdown: string): readonly (readonly string[])[] {
  return paragraphs(markdown)
    .map((block) => block.replaceAll(/`[^`]+`/g, 'Code').replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1'))
    .flatMap((block) => block.replaceAll('*', '').split(/(?<=[.!?]["')_]*)\s+(?=["'(_]*[\p{Lu}\d])/u))
    .map((sentence) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)))
    .filter((words) => words.length > 0);
}

export function figuresOf(markdown: string): Figures {
  const lengths = sentencesOf(markdown)
    .map((words) => words.length)
    .sort((a, b) => a - b);
  const at = (index: number): number => lengths[index] ?? 0;
  const half = Math.floor(lengths.length / 2);
  return {
    sentences: lengths.length,
    median: lengths.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2,
    long: lengths.filter((length) => length > LONG).length / Math.max(1, lengths.length),
  };
}

export function holds({ median, long }: Figures): boolean {
  return median <= MEDIAN && long <= SHARE;
}

function pages(): readonly string[] {
  const readmes = globSync('*/action.yml').map((path) => path.replace('action.yml', 'README.md'));
  return ['README.md', ...globSync('docs/*.md').sort(), ...readmes.sort()];
}

function main(chosen: readonly string[]): void {
  const tooLong: string[] = [];
  for (const path of chosen.length > 0 ? chosen : pages()) {
    const text = readFileSync(path, 'utf8');
    const figures = figuresOf(text);
    const { sentences, median, long } = figures;
    console.log(
      `${path}: median ${median} words, ${(100 * long).toFixed(1)} % over ${LONG}, of ${sentences} sentences`,
    );
    if (!holds(figures)) tooLong.push(path);
    if (chosen.length === 0) continue;
    for (const words of sentencesOf(text)) if (words.length > LONG) console.log(`  ${words.join(' ')}`);
  }
  if (tooLong.length === 0) return;
  console.error(
    `Sentences are too long in ${tooLong.join(', ')}: the median is at most ${MEDIAN} words, and at most ${100 * SHARE} % have more than ${LONG}. ` +
      'Run `node scripts/check-prose.ts` with a file to see which.',
  );
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));

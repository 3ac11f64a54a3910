/** A sentence that a test runner prints, and what it means. The tables are in test-runners.ts and test-runners-further.ts. */

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export type RunnerName =
  | 'pytest'
  | 'unittest'
  | 'jest'
  | 'vitest'
  | 'node:test'
  | 'TAP'
  | 'go test'
  | 'cargo test'
  | 'Maven'
  | 'dotnet test'
  | 'ctest'
  | 'RSpec'
  | 'PHPUnit'
  | 'tox'
  | 'nox'
  | 'doctest'
  | 'behave'
  | 'dbt'
  | 'testthat'
  | 'Julia'
  | 'mocha'
  | 'AVA'
  | 'Playwright'
  | 'Deno'
  | 'Bun'
  | 'Gradle'
  | 'ScalaTest';

/** What one line of a runner means. */
export interface Sentence {
  readonly runner: RunnerName;
  readonly line: RegExp;
  /** `opens`: a run has begun. `closes`: it printed its result. */
  readonly marks?: 'opens' | 'closes';
  readonly counts?: (match: RegExpExecArray) => Partial<TestCounts>;
  /** Failed suites: a suite that cannot be loaded has no test that could fail. The totals of the tests follow. */
  readonly suites?: (match: RegExpExecArray) => number;
  /** The run failed, whatever the counts say. */
  readonly fails?: true;
  /** The test or suite that failed, where the line names one. */
  readonly failure?: (match: RegExpExecArray) => { readonly name: string; readonly reason?: string };
}

export const number = (text: string | undefined): number =>
  text === undefined ? 0 : Number.parseInt(text, 10);

/** The number before a word: `of(text, 'failed')` in "1 failed, 2 passed" is 1. */
export function of(text: string, ...words: string[]): number {
  return words.reduce((sum, word) => sum + number(new RegExp(`\\b(\\d+) ${word}\\b`).exec(text)?.[1]), 0);
}

/** The number after a word: `set(text, 'failures')` in "failures=1, errors=2" is 1. */
export function set(text: string, ...words: string[]): number {
  return words.reduce(
    (sum, word) => sum + number(new RegExp(`(?:^|, )${word}[=:] ?(\\d+)`).exec(text)?.[1]),
    0,
  );
}

/** "NAME - REASON", where the reason may be missing. */
export function nameAndReason(text: string): { name: string; reason?: string } {
  const dash = text.indexOf(' - ');
  return dash < 0 ? { name: text } : { name: text.slice(0, dash), reason: text.slice(dash + 3) };
}

export const nameIn = ([, name = '']: RegExpExecArray) => ({ name: name.trim() });

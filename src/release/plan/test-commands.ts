/** Which known test runner a command starts. */
import type { RunnerName } from './test-sentence.ts';

/** How a simple command names its runner: a word, or two that follow each other. */
const BY_WORD: readonly (readonly [RegExp, RunnerName])[] = [
  [/^(?:pytest|py\.test)$/, 'pytest'],
  [/^unittest$/, 'unittest'],
  [/^jest$/, 'jest'],
  [/^vitest$/, 'vitest'],
  [/^go test$/, 'go test'],
  [/^node --test$/, 'node:test'],
  [/^cargo (?:test|nextest)$/, 'cargo test'],
  [/^(?:mvn|mvnw)$/, 'Maven'],
  [/^dotnet test$/, 'dotnet test'],
  [/^ctest$/, 'ctest'],
  [/^rspec$/, 'RSpec'],
  [/^phpunit$/, 'PHPUnit'],
  [/^tox$/, 'tox'],
  [/^nox$/, 'nox'],
  [/^behave$/, 'behave'],
  [/^dbt (?:test|build)$/, 'dbt'],
  [/^_?mocha$/, 'mocha'],
  [/^ava$/, 'AVA'],
  [/^playwright test$/, 'Playwright'],
  [/^deno test$/, 'Deno'],
  [/^bun test$/, 'Bun'],
  [/^gradlew? (?:test|check|build)$/, 'Gradle'],
];

/** Before one of these, a runner's name is only a name: `pip install pytest`. */
const NOT_RUN = /^(?:install|add|uninstall|remove|echo|which|command|type|--version|-V|--help)$/;
/** Output that these sentences are not written for. */
const OTHER_FORMAT = /^(?:-json|--json|--reporters?(?:=.*)?|--format(?:=.*)?|--test-reporter(?:=.*)?)$/;

/** The runners that a command starts, as far as its words say: also inside `bash -c '…'`, behind `npx` and after `-m`. */
export function runnersIn(command: readonly string[]): ReadonlySet<RunnerName> {
  const found = new Set<RunnerName>();
  for (const simple of command.join(' ').split(/[;|&\n()"'`]+/)) {
    const words = simple.split(/\s+/).filter((word) => word !== '');
    if (words.some((word) => NOT_RUN.test(word) || OTHER_FORMAT.test(word))) continue;
    const names = words.map((word) => word.slice(word.lastIndexOf('/') + 1));
    names.forEach((name, index) => {
      const pair = `${name} ${words[index + 1] ?? ''}`;
      const row = BY_WORD.find(([pattern]) => pattern.test(name) || pattern.test(pair));
      if (row !== undefined) found.add(row[1]);
    });
  }
  return found;
}

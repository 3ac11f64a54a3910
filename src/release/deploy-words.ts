/** What a deploy's steps came to, in one clause each. */
import type { FunctionVersion } from '../types.ts';
import { plural } from '../words.ts';
import type { SampleLine, TestLine } from './result.ts';

/** How the group of the tests ends: where none ran, nothing shows it as a success. */
export function testsSaid(lines: readonly TestLine[]): string | { readonly notChecked: string } {
  const isRun = lines.length === 0 || lines.some(({ status }) => status === 'passed');
  return isRun ? testsInWords(lines) : { notChecked: testsInWords(lines) };
}

function testsInWords(lines: readonly TestLine[]): string {
  if (lines.length === 0) return 'none on the runner';
  return lines
    .map(
      (line) => `${line.name} ${line.status}${line.passed === undefined ? '' : ` (${line.passed} passed)`}`,
    )
    .join(', ');
}

export function samplesInWords(lines: readonly SampleLine[]): string {
  if (lines.length === 0) return 'no samples; the version is Active';
  const answered = lines.filter(({ verdict }) => verdict?.kind === 'answered').length;
  const expected = `${plural(lines.length - answered, 'answer')} as expected`;
  return answered === 0 ? expected : `${expected}, ${answered} without an expectation`;
}

export function publishedInWords({
  version,
  reused,
}: {
  readonly version: FunctionVersion;
  readonly reused: boolean;
}): string {
  return reused
    ? `version ${version.version} was published before and is the same`
    : `version ${version.version}`;
}

interface ImageWords {
  readonly digest: string;
  readonly built: boolean;
  /** Of tests that ran inside the build. */
  readonly tests: readonly TestLine[] | undefined;
}

export function imageInWords({ digest, built, tests }: ImageWords): string {
  const how = tests === undefined ? 'built and pushed' : `built, tested (${testsInWords(tests)}) and pushed`;
  return `${digest.slice(0, 19)}… ${built ? how : 'was in ECR'}`;
}

/** What a deploy's steps came to, in one clause each. */
import type { FunctionVersion } from '../types.ts';
import type { Said } from '../run/session.ts';
import { plural } from '../words.ts';
import type { SampleLine, TestLine } from './result.ts';

/** How the group of the tests ends. */
export function testsSaid(lines: readonly TestLine[]): Said {
  const words = testsInWords(lines);
  return lines.some(({ status }) => status === 'passed') ? words : { open: words };
}

function testsInWords(lines: readonly TestLine[]): string {
  if (lines.length === 0) return 'none on the runner';
  return lines
    .map(
      (line) => `${line.name} ${line.status}${line.passed === undefined ? '' : ` (${line.passed} passed)`}`,
    )
    .join(', ');
}

export function samplesSaid(lines: readonly SampleLine[]): Said {
  if (lines.length === 0) return { open: 'no samples; the version is Active' };
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

/** What a deploy's steps came to, in one clause each. */
import type { GateResult } from '../checks/gate/trial.ts';
import type { FunctionVersion } from '../types.ts';
import type { Said } from '../run/session.ts';
import { plural } from '../words.ts';
import type { SampleLine, TestLine } from './result.ts';
import type { BuiltHere } from './steps/image/build-here.ts';
import type { ProvidedImage } from './steps/image/provide-image.ts';

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

export function builtInWords({ tests }: Pick<BuiltHere, 'tests'>): string {
  return tests === undefined ? 'built' : `built and tested (${testsInWords(tests)})`;
}

export function imageInWords({ digest, built }: Pick<ProvidedImage, 'digest' | 'built'>): string {
  return `${digest.slice(0, 19)}… ${built ? 'pushed' : 'was in ECR'}`;
}

/** How the comparison with what is live ends. */
export function gateSaid(gate: GateResult | undefined): Said {
  const { comparison, notCompared } = gate ?? {};
  if (comparison === undefined) return { open: `not compared: ${notCompared ?? 'nothing was asked'}` };
  const { live, changed, agreement } = comparison;
  const rows = plural(agreement.of, 'answer');
  return changed.length === 0
    ? `${rows} as those of version ${live.version}`
    : `${changed.length} of ${rows} other than those of version ${live.version}`;
}

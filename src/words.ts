/** How counts, times, digests and releases are written: in the log, in messages and in the summary alike. */
import { NOT_YET, type ReleaseName } from './types.ts';

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function seconds(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** How a result is marked; undefined where it could not be told. */
export function markOf(ok: boolean | undefined): string {
  return ok === undefined ? '–' : ok ? '✓' : '✗';
}

export const NOTHING_PROVED = 'nothing proved this release: it has neither tests nor samples';

/** Whether a release goes out on trust: no test of it passed, and no sample was checked. */
export function provesNothing({
  tests = [],
  samples = [],
}: {
  readonly tests?: readonly { readonly status: string }[];
  readonly samples?: readonly unknown[];
}): boolean {
  return samples.length === 0 && !tests.some(({ status }) => status === 'passed');
}

/** A digest or a commit as people compare it: twelve digits. */
export function short(text: string | undefined): string {
  return (text ?? '').replace(/^sha256:/, '').slice(0, 12);
}

/** A release as a clause names it. */
export function named(release: ReleaseName | undefined): string {
  if (release === undefined) return 'nothing';
  if (release.version === NOT_YET) return `a new version of commit ${short(release.commit)}`;
  const commit = release.commit === undefined ? '' : `, commit ${short(release.commit)}`;
  return `version ${release.version}${commit}`;
}

/** A step of a plan, as far as it is written down. */
interface WrittenStep {
  readonly does: string;
  readonly why: string;
  readonly when?: string | undefined;
  readonly writes: readonly string[];
  readonly mayWrite?: readonly string[];
}

/** The list that a dry run prints, and a run before it writes anything. */
export function planLines(steps: readonly WrittenStep[]): readonly string[] {
  return steps.map((step, index) => {
    const condition = step.when === undefined ? '' : `, ${step.when}`;
    const reads = isWriting(step) ? '' : '(reads only) ';
    return `${index + 1}. ${reads}${step.does}${condition} — ${step.why}`;
  });
}

export function planInWords(steps: readonly WrittenStep[]): string {
  const writing = steps.filter((step) => isWriting(step));
  const certain = writing.filter(({ writes, when }) => writes.length > 0 && when === undefined).length;
  const rest = writing.length - certain;
  const conditional = rest > 0 ? `, ${rest} more only under a condition` : '';
  return `${plural(steps.length, 'step')}, ${certain} of them writing${conditional}`;
}

function isWriting({ writes, mayWrite = [] }: WrittenStep): boolean {
  return writes.length + mayWrite.length > 0;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

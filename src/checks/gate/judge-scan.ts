/** What ECR's scan of an image comes to under a policy. Pure. */
import type { Found, ScanFinding } from '../../clients/ecr-scans.ts';
import type { ScanPolicy } from '../../inputs/gate-policy.ts';
import { plural } from '../../words.ts';
import type { GateFinding } from './trial.ts';

/** A scan with findings, or why there are none. */
export type ScanSeen =
  | { readonly kind: 'found'; readonly found: Found }
  /** A clause, and what to do about it. */
  | { readonly kind: 'unknown'; readonly why: string; readonly fix: string };

/** Worst first: ECR's severities, and Inspector's UNTRIAGED. */
const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNDEFINED', 'UNTRIAGED'];

/** How many of the findings a sentence names. */
const NAMED = 3;

export function judgeScan(seen: ScanSeen, { maxSeverity }: ScanPolicy): GateFinding {
  const key = 'scan';
  if (seen.kind === 'unknown') {
    const { why, fix } = seen;
    return { key, kind: 'unknown', sentence: `What ECR's scan of the image finds is not known: ${why}`, fix };
  }
  const counts = countsOf(seen.found);
  const said = `ECR's scan of the image found ${inWords(counts)}; the limit is ${maxSeverity}`;
  const worse = new Set(counts.filter(([word]) => isWorse(word, maxSeverity)).map(([word]) => word));
  if (worse.size > 0) {
    const total = sumOf(counts.filter(([word]) => worse.has(word)));
    return {
      key,
      kind: 'refused',
      sentence: `${said}${worstInWords(seen.found, { worse, total })}`,
      fix: REFUSED,
    };
  }
  const strange = counts.filter(([word]) => rankOf(word) === undefined).map(([word]) => word);
  if (strange.length === 0) return { key, kind: 'passed', sentence: said };
  const sentence = `${said}, and whether ${strange.join(', ')} is worse is not known`;
  return { key, kind: 'unknown', sentence, fix: 'Look at the findings in the ECR console.' };
}

const REFUSED =
  'Update what the findings name (the base image, the packages) and build again; gate.scan.max-severity says what is let through.';

type Counts = readonly (readonly [severity: string, count: number])[];

/**
 * How many findings there are of each severity, worst first. ECR's own counts hold, except where its list is complete and shows
 * that somebody dealt with some.
 */
function countsOf({ counts, findings }: Found): Counts {
  const said = entries(counts);
  const isComplete = findings.length >= sumOf(said);
  const listed = new Map<string, number>();
  for (const { severity, isSettled } of findings)
    if (!isSettled) listed.set(upper(severity), (listed.get(upper(severity)) ?? 0) + 1);
  return (isComplete ? [...listed] : said)
    .filter(([, count]) => count > 0)
    .toSorted(([one], [other]) => orderOf(one) - orderOf(other));
}

function entries(counts: Found['counts']): Counts {
  return Object.entries(counts).map(([word, count]) => [upper(word), count] as const);
}

function sumOf(counts: Counts): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

function upper(word: string): string {
  return word.toUpperCase();
}

/** 0 is the worst; undefined for a word that is not known here. */
function rankOf(word: string): number | undefined {
  const rank = SEVERITIES.indexOf(upper(word));
  return rank < 0 ? undefined : rank;
}

/** A word that is not known stands first: nobody is to overlook it. */
function orderOf(word: string): number {
  return rankOf(word) ?? -1;
}

function isWorse(word: string, limit: ScanPolicy['maxSeverity']): boolean {
  if (limit === 'none') return true;
  const rank = rankOf(word);
  return rank !== undefined && rank < SEVERITIES.indexOf(upper(limit));
}

function inWords(counts: Counts): string {
  if (counts.length === 0) return 'nothing';
  return counts.map(([word, count]) => `${count} ${word}`).join(', ');
}

/** The worst by name, those that an update mends first, and how many more there are. */
function worstInWords(
  { findings }: Found,
  { worse, total }: { readonly worse: ReadonlySet<string>; readonly total: number },
): string {
  const named = findings
    .filter(({ severity, isSettled }) => !isSettled && worse.has(upper(severity)))
    .toSorted(
      (one, other) =>
        orderOf(one.severity) - orderOf(other.severity) ||
        Number(hasFix(other)) - Number(hasFix(one)) ||
        (one.name < other.name ? -1 : 1),
    )
    .slice(0, NAMED);
  if (named.length === 0) return '';
  const more = total - named.length;
  const rest = more > 0 ? ` and ${plural(more, 'other')} above the limit` : '';
  return `: ${named.map(findingInWords).join(', ')}${rest}`;
}

function hasFix({ fix }: ScanFinding): boolean {
  return fix !== undefined && fix !== 'NO';
}

function findingInWords({ name, severity, package: found, fix }: ScanFinding): string {
  const details = [upper(severity), found, fixInWords(fix)].filter((part) => part !== undefined);
  return `${name} (${details.join(', ')})`;
}

function fixInWords(fix: string | undefined): string | undefined {
  switch (fix) {
    case undefined:
      return undefined;
    case 'YES':
      return 'a fix is available';
    case 'PARTIAL':
      return 'a fix of a part is available';
    case 'NO':
      return 'no fix yet';
    default:
      return `fixed in ${fix}`;
  }
}

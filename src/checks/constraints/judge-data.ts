/** A table against Model Monitor's data constraints: its checks, under its names. Pure. */
import { plural } from '../../words.ts';
import type { GateFinding } from '../gate/trial.ts';
import type { Feature } from './constraints.ts';
import { shortName } from './json-file.ts';
import { figure, ROUNDING } from './metrics.ts';
import type { Profile } from './profile.ts';

type Counts = Profile['columns'] extends ReadonlyMap<string, infer C> ? C : never;

export interface DataToJudge {
  /** For sentences. */
  readonly file: string;
  readonly features: readonly Feature[];
  readonly profile: Profile;
}

const MEND = 'Mend the data, or write the constraints anew where the change is meant.';
/** A table of another shape breaks every column: the first ones say enough. */
const MOST_FINDINGS = 20;

/** One finding for each check that is broken, or one that says that none is. */
export function judgeData({ file, features, profile }: DataToJudge): readonly GateFinding[] {
  const evaluated = features.filter(({ monitoring }) => monitoring.isEvaluated);
  const skipped = features.length - evaluated.length;
  const broken = [
    ...tableProblems(file, profile),
    ...(profile.rows === 0 ? [] : evaluated.flatMap((feature) => columnProblems(file, feature, profile))),
  ];
  const aside =
    skipped === 0 ? '' : `; ${plural(skipped, 'column')} not evaluated (evaluate_constraints: Disabled)`;
  const size = `${shortName(file)} has ${plural(profile.rows, 'row')} and ${plural(profile.columns.size + profile.extra, 'column')}`;
  if (broken.length === 0)
    return [{ key: 'data', kind: 'passed', sentence: `${size}, as its constraints ask${aside}` }];
  const more = broken.length - MOST_FINDINGS;
  return [
    ...broken.slice(0, MOST_FINDINGS).map(refused),
    ...(more > 0 ? [refused(`${plural(more, 'further check')} of ${shortName(file)} broken`)] : []),
    { key: 'data', kind: 'shown', sentence: `${size}${aside}` },
  ];
}

function refused(sentence: string): GateFinding {
  return { key: 'data', kind: 'refused', sentence, fix: MEND };
}

function tableProblems(file: string, profile: Profile): readonly string[] {
  const { rows, broken, brokenWhy, repeated, extra, extraNames } = profile;
  const name = shortName(file);
  const more = broken > brokenWhy.length ? ` and ${broken - brokenWhy.length} more` : '';
  const others = extra > extraNames.length ? ` and ${extra - extraNames.length} more` : '';
  return [
    ...(rows === 0 ? [`${name} has no rows`] : []),
    ...(broken > 0 ? [`${name} has ${plural(broken, 'broken row')}: ${brokenWhy.join('; ')}${more}`] : []),
    ...repeated.map((column) => `${name} has the column ${shortName(column)} twice`),
    ...(extra > 0
      ? [
          `${name} has ${plural(extra, 'column')} that the constraints do not describe (extra_column_check): ${extraNames.map(shortName).join(', ')}${others}`,
        ]
      : []),
  ];
}

function columnProblems(file: string, feature: Feature, { rows, columns }: Profile): readonly string[] {
  const counts = columns.get(feature.name);
  const name = `the column ${shortName(feature.name)} of ${shortName(file)}`;
  if (counts === undefined)
    return [`${shortName(file)} has no column ${shortName(feature.name)} (missing_column_check)`];
  const present = rows - counts.missing;
  const { completeness, isNonNegative, domain, monitoring } = feature;
  const complete = present / rows;
  const problems: string[] = [];
  if (completeness !== undefined && complete < completeness - ROUNDING)
    problems.push(
      `${name} has a value in ${share(present, rows)} of its rows, and ${percent(completeness)} is asked (completeness_check)`,
    );
  const typed = ofType(feature, counts, present);
  if (present > 0 && typed / present < monitoring.typeShare - ROUNDING)
    problems.push(
      `${name} has values of type ${feature.type} in ${share(typed, present)}, and ${percent(monitoring.typeShare)} is asked (data_type_check)${infinite(counts)}`,
    );
  if (isNonNegative && counts.negative > 0)
    problems.push(`${name} has ${plural(counts.negative, 'negative value')}, and is_non_negative is asked`);
  const inside = present - counts.outside;
  if (domain !== undefined && present > 0 && inside / present < monitoring.domainShare - ROUNDING)
    problems.push(
      `${name} has ${share(inside, present)} of its values in its domain, and ${percent(monitoring.domainShare)} is asked (categorical_values_check)`,
    );
  return problems;
}

/** A whole number is a fractional one as well; any text is a text, where the format does not say otherwise. */
function ofType({ type }: Feature, counts: Counts, present: number): number {
  switch (type) {
    case 'Integral':
      return counts.integral;
    case 'Fractional':
      return counts.integral + counts.fractional;
    case 'String':
      return counts.isTyped ? counts.other : present;
    case 'Unknown':
      return present;
  }
}

function infinite({ infinite: count }: Counts): string {
  return count === 0 ? '' : `; ${plural(count, 'value')} of it ${count === 1 ? 'is' : 'are'} infinite`;
}

/** `99.3 % (149 of 150)`; never rounded to all or nothing. */
function share(count: number, of: number): string {
  return `${percent(count / of)} (${count} of ${of})`;
}

function percent(value: number): string {
  return `${figure(value * 100)} %`;
}

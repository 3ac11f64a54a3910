/** What a plan announced on a pull request, in a hidden line of its comment: for finding the comment, and for the deploy that comes after. */
import { createHash } from 'node:crypto';
import type { GateResult } from '../../checks/gate/trial.ts';
import type { PlanStep } from '../../run/plan.ts';
import type { RunIdentity } from '../../types.ts';
import { plural } from '../../words.ts';

/** One service of a plan. */
interface AnnouncedService {
  /** `function/alias`. */
  readonly name: string;
  /** Names of the steps that write to AWS, none where nothing was to be released; undefined where the plan could not tell. */
  readonly steps?: readonly string[] | undefined;
  /** How the configuration changes, as the plan's step says it; empty where it does not. */
  readonly configuration: string;
  /** Of the changed predictions; undefined where nothing was compared. */
  readonly changed: { readonly count: number; readonly digest: string } | undefined;
}

export interface Announced {
  readonly services: readonly AnnouncedService[];
}

/** The run that wrote the line. */
export interface AnnouncedBy {
  readonly runId: bigint;
  readonly attempt: bigint;
}

const OPENING = '<!-- model-release:plan ';

interface Told {
  readonly functionName: string;
  readonly aliasName: string;
  readonly plan: readonly PlanStep[];
  /** Of a run that failed: its list of steps may be missing. */
  readonly error?: unknown;
  readonly leftOut?: readonly string[] | undefined;
  readonly gate?: GateResult | undefined;
}

export function announcedOf(results: readonly Told[]): Announced {
  return {
    services: results.map(({ functionName, aliasName, plan, gate, error, leftOut = [] }) => ({
      name: `${functionName}/${aliasName}`,
      steps:
        plan.length === 0 && (error !== undefined || leftOut.length > 0)
          ? undefined
          : plan
              .filter(({ writes, mayWrite = [] }) => [...writes, ...mayWrite].some(isToAws))
              .map(({ name }) => name),
      configuration:
        plan.map(({ does }) => CONFIGURATION.exec(does)?.[1]).find((found) => found !== undefined) ?? '',
      changed: gate?.comparison && {
        count: gate.comparison.changed.length,
        digest: digestOf(gate.comparison.changed),
      },
    })),
  };
}

/** How an image comes about differs from one environment to the next: a plan builds what a later job promotes. */
function isToAws(write: string): boolean {
  return /^(ecr|lambda|apigateway):/.test(write);
}

/** As the step that publishes a version says it. */
const CONFIGURATION = /, change the configuration: (.*),/;

/** Which predictions change and to what; the order in which they were found is no part of it. */
function digestOf(changed: NonNullable<GateResult['comparison']>['changed']): string {
  const rows = changed.map(({ from, line, fields }) =>
    JSON.stringify([from, line, fields.map(({ field, after }) => [field, after]).sort()]),
  );
  return createHash('sha256').update(rows.sort().join('\n')).digest('hex').slice(0, 16);
}

/** Of several services or alone: each set of services has a comment of its own. */
function setOf(services: readonly string[]): string {
  return createHash('sha256')
    .update([...services].sort().join('\n'))
    .digest('hex')
    .slice(0, 12);
}

/** Longer lines hold the names alone: a comment has room for people first. Characters. */
const LONGEST = 6_000;

/** One line, whatever the names hold: the data is in base64, in which no comment of HTML ends. */
export function renderMarker(
  announced: Announced,
  { runId, attempt }: Pick<RunIdentity, 'runId' | 'attempt'>,
): string {
  const names = announced.services.map(({ name }) => name);
  const data = Buffer.from(JSON.stringify(announced)).toString('base64');
  const told = data.length > LONGEST ? '' : ` data=${data}`;
  return `${OPENING}services=${setOf(names)} run=${runId}.${attempt}${told} -->`;
}

/** What such a line says. */
export interface Marked {
  readonly by: AnnouncedBy;
  /** Undefined where the line holds the names alone, or what is no announcement. */
  readonly announced: Announced | undefined;
}

/** @returns undefined for a text that does not begin with such a line about these services. */
export function parseMarker(body: string, services: readonly string[]): Marked | undefined {
  const [line = ''] = body.split('\n', 1);
  const [, set, runId, attempt, data] =
    /^<!-- model-release:plan services=([0-9a-f]{12}) run=(\d{1,20})\.(\d{1,6})(?: data=([A-Za-z0-9+/=]+))? -->\r?$/.exec(
      line,
    ) ?? [];
  if (set !== setOf(services) || runId === undefined || attempt === undefined) return undefined;
  return {
    by: { runId: BigInt(runId), attempt: BigInt(attempt) },
    announced: data === undefined ? undefined : read(data),
  };
}

/** Whoever could write the line could write anything into it. */
function read(data: string): Announced | undefined {
  try {
    const value = JSON.parse(Buffer.from(data, 'base64').toString()) as Partial<Announced> | null;
    return Array.isArray(value?.services) && value.services.every(isService)
      ? { services: value.services }
      : undefined;
  } catch {
    return undefined;
  }
}

function isService(value: unknown): value is AnnouncedService {
  const { name, steps, configuration, changed } = (value ?? {}) as Partial<
    Record<keyof AnnouncedService, unknown>
  >;
  const { count, digest } = (changed ?? {}) as { count?: unknown; digest?: unknown };
  return (
    typeof name === 'string' &&
    typeof configuration === 'string' &&
    (steps === undefined || (Array.isArray(steps) && steps.every((step) => typeof step === 'string'))) &&
    (changed === undefined || (typeof count === 'number' && typeof digest === 'string'))
  );
}

/**
 * What a run does other than was announced: a clause each. What one of the two could not tell is no difference, and of what was
 * announced nothing is quoted.
 */
export function differencesFrom(announced: Announced, own: Announced): readonly string[] {
  return own.services.flatMap((service) => {
    const before = announced.services.find(({ name }) => name === service.name);
    if (before === undefined) return [];
    return [...stepsApart(before, service), ...predictionsApart(before, service)].map((clause) =>
      own.services.length === 1 ? clause : `${service.name}: ${clause}`,
    );
  });
}

function stepsApart(before: AnnouncedService, now: AnnouncedService): readonly string[] {
  if (before.steps === undefined || now.steps === undefined) return [];
  if (before.steps.length === 0 && now.steps.length > 0)
    return ['it releases, where nothing to release was announced'];
  const more = without(now.steps, before.steps);
  const fewer = without(before.steps, now.steps).length;
  const { configuration: change } = now;
  const isOther = change !== before.configuration;
  return [
    ...(more.length > 0 ? [`it also has: ${more.map(quoted).join(', ')}`] : []),
    ...(fewer > 0 ? [`${plural(fewer, 'announced step')} ${fewer === 1 ? 'is' : 'are'} left out`] : []),
    ...(isOther
      ? [
          change === ''
            ? 'the announced change of the configuration is left out'
            : `it changes the configuration otherwise (${change})`,
        ]
      : []),
  ];
}

function predictionsApart(
  { changed: before }: AnnouncedService,
  { changed: now }: AnnouncedService,
): readonly string[] {
  if (before === undefined || now === undefined || before.digest === now.digest) return [];
  const count = `${plural(now.count, 'prediction changes', 'predictions change')}`;
  return [
    before.count === now.count
      ? `${count} as announced, but not the same or not to the same`
      : `${count}, and ${before.count} ${before.count === 1 ? 'was' : 'were'} announced`,
  ];
}

function without(steps: readonly string[], others: readonly string[]): readonly string[] {
  return steps.filter((step) => !others.includes(step));
}

function quoted(step: string): string {
  return `"${step}"`;
}

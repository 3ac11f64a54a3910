/** Which resources of a template a stack has, and what of them a change of template or parameters touches. */
import type { Parameters, Template, TemplateResource } from './template.ts';

export interface ResourceRow {
  readonly action: 'add' | 'change' | 'remove' | 'none';
  readonly logicalId: string;
  readonly type: string;
}

/** A template with the parameters it is, or is to be, carried out with. */
export interface Settings {
  readonly template: Template;
  /** With `AWS::Partition`, on which a condition stands. */
  readonly parameters: Parameters;
}

/** @param before undefined for a stack that is not there. */
export function resourceRows(before: Settings | undefined, after: Settings): readonly ResourceRow[] {
  const [old, wanted] = [before === undefined ? {} : settledResources(before), settledResources(after)];
  const kept = Object.entries(wanted).map(([logicalId, resource]): ResourceRow => {
    const there = old[logicalId];
    const isSame = JSON.stringify(there) === JSON.stringify(resource);
    return {
      action: there === undefined ? 'add' : isSame ? 'none' : 'change',
      logicalId,
      type: resource.Type,
    };
  });
  const gone = Object.entries(old).filter(([logicalId]) => wanted[logicalId] === undefined);
  return [
    ...kept,
    ...gone.map(([logicalId, { Type }]) => ({ action: 'remove' as const, logicalId, type: Type })),
  ];
}

function settledResources(settings: Settings): Readonly<Record<string, TemplateResource>> {
  const found = Object.entries(settings.template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || holds(settings, Condition),
  );
  return Object.fromEntries(
    found.map(([logicalId, resource]) => [logicalId, settle(settings, resource) as TemplateResource]),
  );
}

const holds = (settings: Settings, condition: string): boolean =>
  settle(settings, settings.template.Conditions[condition]) === true;

/** What parameters and conditions decide is decided; what only AWS knows stays as it is written. */
function settle(settings: Settings, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => settle(settings, item));
  if (typeof value !== 'object' || value === null) return value;
  const { parameters } = settings;
  const [name = '', argument] = Object.entries(value)[0] ?? [];
  switch (name) {
    case 'Ref':
      return parameters[String(argument)] ?? value;
    case 'Fn::If': {
      const [condition = '', yes, no] = argument as [string, unknown, unknown];
      return settle(settings, holds(settings, condition) ? yes : no);
    }
    case 'Fn::Equals': {
      const [one, other] = settle(settings, argument) as unknown[];
      return one === other;
    }
    case 'Fn::Not':
      return (settle(settings, argument) as unknown[])[0] !== true;
    case 'Fn::Or':
      return (settle(settings, argument) as unknown[]).includes(true);
    case 'Fn::Sub': {
      const filled = JSON.stringify(settle(settings, [argument].flat()));
      return filled.replaceAll(/\$\{(\w+)\}/g, (whole, key: string) => parameters[key] ?? whole);
    }
    default:
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settle(settings, item)]));
  }
}

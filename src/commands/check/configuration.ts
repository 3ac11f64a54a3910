/** The configuration file with all its environments and services, as a deploy to each would read it. */
import { readSources, type ServiceSource } from '../../inputs/config/sources.ts';
import { readDeployInputs } from '../../inputs/deploy-inputs.ts';
import { InvalidInputs, type Source } from '../../inputs/fields.ts';
import { readServices } from '../../inputs/services.ts';
import { environmentsOf } from '../frame/environments.ts';
import { problem, type Problem } from './problem.ts';

/** What the later checks read of a service, mistakes elsewhere in its configuration or not. */
export interface CheckedService {
  readonly name: string | undefined;
  /** The text of an input that was given, in the file or as a flag. */
  readonly text: Source['text'];
  readonly origin?: Source['origin'];
}

export interface CheckedConfiguration {
  readonly problems: readonly Problem[];
  /** Each service once for every environment. */
  readonly services: readonly CheckedService[];
}

interface Question {
  readonly given: Source;
  readonly file: string;
  /** Reads a file of the folder; undefined without one. */
  readonly read: (path: string) => Promise<string | undefined>;
}

export async function checkConfiguration(question: Question): Promise<CheckedConfiguration> {
  const { given, file } = question;
  const text = await question.read(file);
  const chosen = given.text('environment');
  const environments = chosen === undefined ? await environmentsOf(file, text) : [chosen];
  const mistakes = new Map<string, string | undefined>();
  const services: CheckedService[] = [];
  for (const environment of environments.length === 0 ? [undefined] : environments) {
    try {
      const sources = await sourcesOf(question, environment);
      services.push(
        ...sources.map(({ name, source }) => ({ name, text: source.text, origin: source.origin })),
      );
      readServices(sources, readDeployInputs);
    } catch (error) {
      if (!(error instanceof InvalidInputs)) throw error;
      // What is wrong for several environments is told once.
      for (const mistake of error.mistakes)
        mistakes.set(mistake, mistakes.has(mistake) ? undefined : environment);
    }
  }
  const problems = [...mistakes].map(([mistake, environment]) => placed(file, mistake, environment));
  return { problems, services: services.length > 0 ? services : [{ name: undefined, text: given.text }] };
}

function sourcesOf(
  { given, read }: Question,
  environment: string | undefined,
): Promise<readonly ServiceSource[]> {
  const text = (name: string) => (name === 'environment' ? environment : given.text(name));
  return readSources({ ...given, text }, read, 'deploy');
}

/** A mistake on the line that it begins with. */
export function placed(file: string, mistake: string, environment: string | undefined): Problem {
  const [, service = '', rest = ''] = /^(service [\w-]+: )?([\s\S]*)$/.exec(mistake) ?? [];
  const [, line, message] = rest.startsWith(`${file}:`)
    ? (/^(\d+):\d+: ([\s\S]*)$/.exec(rest.slice(file.length + 1)) ?? [])
    : [];
  if (line !== undefined) return problem(file, `${service}${message}`, Number(line));
  return problem(file, `${environment === undefined ? '' : `environment ${environment}: `}${mistake}`);
}

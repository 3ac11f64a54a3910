import { realClock } from '../clients/clock.ts';
import { buildTools, lazyShell } from '../clients/tools.ts';
import { readInside } from '../clients/workspace.ts';
import { noPermits } from '../clients/writes.ts';
import { orMissing } from '../errors.ts';
import { readSources } from '../inputs/config/sources.ts';
import { targetFields } from '../inputs/deploy-inputs.ts';
import { readRollbackInputs, type RollbackInputs } from '../inputs/rollback-inputs.ts';
import { readServices } from '../inputs/services.ts';
import { defaultApiUrl } from '../release/plan/api.ts';
import { apiAddress } from '../release/plan/target.ts';
import { guards } from '../release/record/guards.ts';
import { homeOf, runOf } from '../release/record/record.ts';
import { pastOf, recordOf, type Release } from '../release/record/release.ts';
import { noteOf } from '../release/record/version-note.ts';
import { readAlias } from '../release/steps/alias/read-alias.ts';
import { proveRollbackTarget } from '../release/steps/version/prove-rollback-target.ts';
import type { ReleaseTools } from '../release/tools.ts';
import { escape } from '../report/markdown.ts';
import { renderMarkdown } from '../report/terminal-text.ts';
import { explain } from '../run/explain.ts';
import { LAPTOP, type FunctionVersion } from '../types.ts';
import { short } from '../words.ts';
import type { Command, CommandContext, ExitCode } from './command.ts';
import { environmentsOf } from './frame/environments.ts';
import { readHere, type RemoteOrigin } from './frame/repository.ts';

const {
  config,
  environment,
  service,
  'aws-region': region,
  'function-name': functionName,
  alias,
} = targetFields;

export const status: Command = {
  name: 'status',
  summary: 'Show what is live where, for all environments of the configuration file.',
  flags: { config, environment, service, 'function-name': functionName, alias, 'aws-region': region },
  says: { environment: 'Show this environment only.', service: 'Show this service only.' },
  run,
};

/** What is live behind one alias. A member is undefined where there is no such thing, or AWS does not name it. */
interface Live {
  readonly version: string | undefined;
  readonly state: 'ok' | 'canary' | 'rolled back' | 'changed by hand' | 'no record' | 'not released';
  readonly commit: string | undefined;
  readonly digest: string | undefined;
  /** When the live version was published, as Lambda writes times. */
  readonly since: string | undefined;
  /** The run that wrote the record, and its page on GitHub. */
  readonly run: string | undefined;
  readonly runUrl: string | undefined;
  /** A person wrote the record from a machine of their own. */
  readonly byHand: boolean;
  readonly previous: string | undefined;
  /** Whether a rollback could go to the previous release: `proven`, `at-risk`, or `none`; `why` in a sentence. */
  readonly rollback: { readonly verdict: string; readonly why: string };
  readonly url: string | undefined;
}

interface Row {
  readonly environment: string | undefined;
  readonly service: string | undefined;
  readonly function: string | undefined;
  readonly alias: string | undefined;
  readonly live?: Live;
  /** Why nothing could be read. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** Reads only. What cannot be read of one environment keeps nothing of the others back. */
async function run(context: CommandContext): Promise<ExitCode> {
  const { terminal, json } = context;
  const rows = await rowsOf(context);
  if (json) terminal.json({ environments: rows });
  else {
    const style = (text: string, name: 'bold' | 'dim') => terminal.styled(name, text);
    terminal.print(renderMarkdown(table(rows), style));
  }
  const unread = rows.filter(({ error }) => error !== undefined);
  for (const { environment: name, service: part, error } of json ? [] : unread)
    terminal.note(
      `${[name, part].filter(Boolean).join(' ') || 'not read'} (${error?.code}): ${error?.message}`,
    );
  return unread.length === 0 ? 0 : 1;
}

async function rowsOf(context: CommandContext): Promise<readonly Row[]> {
  const { given, cwd } = context;
  const chosen = given.get('environment');
  const file = given.get('config') ?? '.model-release.yml';
  const text = await readInside({ workspace: cwd, path: file, input: 'config' }, given.has('config'));
  const named = chosen === undefined ? await environmentsOf(file, text) : [chosen];
  const { origin } = await readHere(context);
  const environments = named.length === 0 ? [undefined] : named;
  return (await Promise.all(environments.map((name) => environmentRows(context, name, origin)))).flat();
}

async function environmentRows(
  context: CommandContext,
  name: string | undefined,
  origin: RemoteOrigin | undefined,
): Promise<readonly Row[]> {
  const { given, cwd, env } = context;
  const inputs = {
    text: (flag: string) => (flag === 'environment' ? name : given.get(flag)),
    env: { AWS_REGION: env['AWS_REGION'], AWS_DEFAULT_REGION: env['AWS_DEFAULT_REGION'] },
  };
  const where = { environment: name, service: undefined, function: undefined, alias: undefined };
  try {
    const read = (path: string, required: boolean) =>
      readInside({ workspace: cwd, path, input: 'config' }, required);
    const services = readServices(await readSources(inputs, read, 'rollback'), readRollbackInputs);
    return await Promise.all(
      services.map(async ({ service: part, inputs: values }): Promise<Row> => {
        const row = { ...where, service: part, function: values.functionName, alias: values.alias };
        try {
          return { ...row, live: await readLive(context, values, origin) };
        } catch (error) {
          return { ...row, error: told(error) };
        }
      }),
    );
  } catch (error) {
    // What cannot be read for want of one environment's setting is that environment's row.
    return [{ ...where, error: told(error) }];
  }
}

function told(error: unknown): NonNullable<Row['error']> {
  const { code, message } = explain(error);
  // A defect has its stack; it belongs to the report of the whole run.
  if (code === 'defect') throw error;
  return { code, message };
}

async function readLive(
  context: CommandContext,
  inputs: RollbackInputs,
  origin: RemoteOrigin | undefined,
): Promise<Live> {
  const tools = toolsOf(context, inputs);
  const name = { functionName: inputs.functionName, aliasName: inputs.alias };
  const [release, live] = await Promise.all([
    readAlias(tools, name),
    orMissing(tools.lambda.getFunction(name.functionName, name.aliasName)),
  ]);
  const past = pastOf(release);
  const previous = past?.state === 'ok' ? past.previous : undefined;
  const version =
    previous === undefined
      ? undefined
      : await orMissing(tools.lambda.getFunction(name.functionName, previous));
  const { kind, why } =
    previous !== undefined && version === undefined
      ? { kind: 'at-risk', why: `Version ${previous} is gone.` }
      : await proveRollbackTarget(tools, { repository: inputs.ecrRepository ?? '', previous: version });
  return {
    ...named(release, live),
    ...runIn(release, origin),
    previous,
    rollback: { verdict: kind, why },
    url: urlOf(inputs, live),
  };
}

function named(release: Release, live: FunctionVersion | undefined) {
  const record = release.kind === 'recorded' ? recordOf(release) : undefined;
  return {
    version: release.kind === 'none' ? undefined : release.alias.version,
    state: stateOf(release),
    commit: record?.commit ?? (live && noteOf(live)?.commit),
    digest: live?.digest,
    since: live?.lastModified,
  };
}

function stateOf(release: Release): Live['state'] {
  switch (release.kind) {
    case 'none':
      return 'not released';
    case 'unmanaged':
    case 'newer':
      return 'no record';
    case 'drifted':
      return 'changed by hand';
    case 'recorded':
      return ({ ok: 'ok', canary: 'canary', rb: 'rolled back' } as const)[release.record.state];
  }
}

/** A run by hand has no page. */
function runIn(release: Release, origin: RemoteOrigin | undefined): Pick<Live, 'run' | 'runUrl' | 'byHand'> {
  const record = recordOf(release);
  if (record === undefined) return { run: undefined, runUrl: undefined, byHand: false };
  const id = runOf(record);
  const byHand = record.home === homeOf({ home: LAPTOP });
  const page = origin && `${origin.server}/${origin.repository}/actions/runs/${id}`;
  return { run: id, runUrl: byHand ? undefined : page, byHand };
}

function urlOf(inputs: RollbackInputs, live: FunctionVersion | undefined): string | undefined {
  const address = apiAddress(inputs);
  return address && (inputs.apiUrl ?? (live && defaultApiUrl(live.arn, address)));
}

/** Through these nothing can be changed. */
function toolsOf(
  { terminal, clock, env, aws, fetch }: CommandContext,
  { awsRegion }: RollbackInputs,
): ReleaseTools {
  const signal = new AbortController().signal;
  return {
    guards,
    ...buildTools({
      ...(fetch && { fetch }),
      aws: { ...aws, ...(awsRegion !== undefined && { region: awsRegion }) },
      ...{ clock, signal, env, readOnly: true, permits: noPermits, random: Math.random },
      shell: lazyShell({ clock: realClock, signal, env }),
      log: { info: terminal.note, warning: terminal.note },
      secret: () => Promise.resolve(),
    }),
  };
}

const HEAD = [
  'environment',
  'function',
  'live',
  'commit',
  'image',
  'published',
  'rollback target',
  'run',
  'url',
];

/** Markdown; a column that is empty everywhere is left out. */
function table(rows: readonly Row[]): string {
  const cells = rows.map(
    ({ environment: name, service: part, function: subject, alias: target, live, error }) => [
      [name, part].filter(Boolean).join(' '),
      subject === undefined ? '' : `${subject}:${target}`,
      error !== undefined ? 'not read' : liveCell(live),
      short(live?.commit),
      short(live?.digest),
      live?.since?.slice(0, 16).replace('T', ' ') ?? '',
      live === undefined || live.rollback.verdict === 'none'
        ? ''
        : `${live.previous ?? '–'} (${live.rollback.verdict})`,
      live?.runUrl ?? (live?.byHand === true ? 'by hand' : (live?.run ?? '')),
      live?.url ?? '',
    ],
  );
  const shown = HEAD.map((_, column) => cells.some((row) => row[column] !== ''));
  const line = (row: readonly string[]) =>
    `| ${row
      .filter((_, column) => shown[column])
      .map(escape)
      .join(' | ')} |`;
  return [line(HEAD), line(HEAD.map(() => '---')), ...cells.map(line)].join('\n');
}

function liveCell(live: Live | undefined): string {
  if (live === undefined || live.version === undefined) return live?.state ?? '';
  return live.state === 'ok' ? live.version : `${live.version} (${live.state})`;
}

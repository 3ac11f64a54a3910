/** Sits beside the local AWS, sees each effect, and writes the history of it. */
import type { LocalAws } from '../../local/aws/aws.ts';
import type { Effect } from '../../local/carry-out.ts';
import { fromUtf8 } from '../../local/http.ts';
import { changed, type AliasView, type History } from './history.ts';

export const FUNCTION = 'iris';
export const ALIAS = 'live';

/** Called after each effect, when the history has it. */
export type AfterEach = (effect: Effect) => void;

export function observe(aws: LocalAws, history: History, afterEach: AfterEach): void {
  lastServing.set(aws, serving(aws));
  aws.afterEffect = (effect) => {
    note(history, effect);
    if (effect.call.isWrite) noteTouch(aws, history, effect.call.process);
    noteChange(aws, history, effect.call.process);
    afterEach(effect);
  };
}

/** Somebody moves the alias without us: the change is written down under their name. */
export function byHand(
  { aws, history }: { readonly aws: LocalAws; readonly history: History },
  who: string,
  edit: () => void,
): void {
  edit();
  noteTouch(aws, history, who);
  noteChange(aws, history, who);
}

/** What serves callers in each world, as it was after the last write. */
const lastServing = new WeakMap<LocalAws, string>();

/** Aliases, who may call them, what is kept warm for them, and the APIs. */
function serving({ state }: LocalAws): string {
  const { aliases = {}, policies = {}, provisioned = {} } = state.functions[FUNCTION] ?? {};
  return JSON.stringify([aliases, policies, provisioned, state.restApis, state.httpApis]);
}

function noteTouch(aws: LocalAws, history: History, by: string): void {
  const now = serving(aws);
  if (now !== lastServing.get(aws) && !history.touched.includes(by)) history.touched.push(by);
  lastServing.set(aws, now);
}

function noteChange(aws: LocalAws, history: History, by: string): void {
  const now = aliasNow(aws);
  if (now === undefined || same(now, history.alias)) return;
  changed(history, by, now);
  const digest = aws.state.functions[FUNCTION]?.versions[now.version]?.code.digest;
  if (digest !== undefined) history.digests[now.version] = digest;
}

function aliasNow(aws: LocalAws): AliasView | undefined {
  const alias = aws.state.functions[FUNCTION]?.aliases[ALIAS];
  if (alias === undefined) return undefined;
  return { version: alias.functionVersion, weights: { ...alias.weights }, description: alias.description };
}

function same(a: AliasView, b: AliasView | undefined): boolean {
  return (
    b !== undefined &&
    a.version === b.version &&
    a.description === b.description &&
    JSON.stringify(a.weights) === JSON.stringify(b.weights)
  );
}

function note(history: History, { call, request, response }: Effect): void {
  switch (call.operation) {
    case 'Invoke':
      return noteAnswer(history, request.query['Qualifier'], response);
    case 'PublishVersion': {
      if (response.status !== 201) return;
      const { Version } = JSON.parse(fromUtf8(response.body)) as { Version: string };
      const known = history.published.some(({ version }) => version === Version);
      if (!known) history.published.push({ run: call.process, version: Version });
      return;
    }
    case 'CreateAlias':
    case 'UpdateAlias':
      return noteWrite(history, { call, request, response });
    case 'CreateDeployment':
      if (response.status < 300) history.apiDeployments.push({ run: call.process });
  }
}

/** A version counts as tried when it was asked itself, by number, and answered right. */
function noteAnswer(
  history: History,
  qualifier: string | string[] | undefined,
  response: Effect['response'],
): void {
  if (typeof qualifier !== 'string' || !/^\d+$/.test(qualifier) || response.status !== 200) return;
  if (response.headers['x-amz-function-error'] !== undefined) return;
  const answer = JSON.parse(fromUtf8(response.body)) as { ok?: unknown } | null;
  if (answer?.ok === true && !history.smoked.includes(qualifier)) history.smoked.push(qualifier);
}

interface AliasRequest {
  readonly Name?: string;
  readonly FunctionVersion?: string;
  readonly Description?: string;
  readonly RevisionId?: string;
  readonly RoutingConfig?: { readonly AdditionalVersionWeights?: Record<string, number> };
}

function noteWrite(history: History, { call, request, response }: Effect): void {
  const asked = JSON.parse(fromUtf8(request.body)) as AliasRequest;
  const name = asked.Name ?? decodeURIComponent(request.path.split('/').at(-1) ?? '');
  if (name !== ALIAS) return;
  history.writes.push({
    run: call.process,
    operation: call.operation,
    revisionId: asked.RevisionId,
    version: asked.FunctionVersion ?? '',
    weights: asked.RoutingConfig?.AdditionalVersionWeights ?? {},
    description: asked.Description ?? '',
    accepted: response.status < 300,
    call: call.number,
  });
}

/** Whether an API may call the alias: the alias's resource policy, evaluated for every route that calls it. */
import type { ApiAddress, Integration } from '../../clients/api-gateway.ts';
import { evaluatePolicy, routeSourceArn, type PolicyAnswer } from './resource-policy.ts';

export interface ApiCaller {
  /** The function's ARN without a qualifier. */
  readonly functionArn: string;
  readonly address: ApiAddress;
  /** The integrations that call the alias. Those of an HTTP API do not tell their routes. */
  readonly connected: readonly Integration[];
}

export interface ApiPermission {
  readonly answer: PolicyAnswer;
  /** The source ARN that decided. */
  readonly sourceArn: string;
}

/** A route that no policy names: who may call through it may call through every route. */
const SOME_ROUTE = { method: 'POST', path: '/model-release/some/route' };

/** The worst answer of all routes: API Gateway answers 500 for each one that is not allowed. */
export function readPermission(policy: string | undefined, caller: ApiCaller): ApiPermission {
  const { functionArn, address, connected } = caller;
  const routes = connected.flatMap(({ method, path }) =>
    method === undefined || path === undefined ? [] : [{ method, path }],
  );
  const isKnown = routes.length > 0 && routes.length === connected.length;
  const arns = (isKnown ? routes : [SOME_ROUTE]).map((route) =>
    routeSourceArn(functionArn, { ...address, ...route }),
  );
  const found = arns.map((arn) => ({ answer: evaluate(policy, functionArn, arn), sourceArn: arn }));
  const worst = (['denied', 'not-allowed', 'unknown'] as const)
    .map((answer) => found.find((one) => one.answer === answer))
    .find((one) => one !== undefined);
  if (worst === undefined) return { answer: 'allowed', sourceArn: sourceArn(functionArn, address.apiId) };
  if (isKnown || worst.answer !== 'not-allowed') return worst;
  const narrow = namedSources(policy, caller).find(
    (arn) => evaluate(policy, functionArn, arn) !== 'not-allowed',
  );
  return narrow === undefined ? worst : { answer: 'unknown', sourceArn: narrow };
}

function evaluate(policy: string | undefined, functionArn: string, source: string): PolicyAnswer {
  const [, , , , account = ''] = functionArn.split(':');
  return evaluatePolicy(policy, {
    action: 'lambda:InvokeFunction',
    service: 'apigateway.amazonaws.com',
    sourceArn: source,
    sourceAccount: account,
  });
}

/** Routes of this stage that the policy itself names, with a text in place of each wildcard. */
function namedSources(policy: string | undefined, { functionArn, address }: ApiCaller): readonly string[] {
  const prefix = sourceArn(functionArn, address.apiId).replace(/\*$/, '');
  return textsOf(policy).flatMap((text) => {
    if (!text.startsWith(prefix)) return [];
    const [stage = '', ...rest] = text.slice(prefix.length).split('/');
    if (stage !== address.stage && !/[*?]/.test(stage)) return [];
    return [`${prefix}${[address.stage, ...rest].join('/').replaceAll(/[*?]/g, 'v')}`];
  });
}

function textsOf(policy: string | undefined): readonly string[] {
  const texts: string[] = [];
  if (policy === undefined || policy.trim() === '') return texts;
  JSON.parse(policy, (_key, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts;
}

/** Who may call the alias: this API, any stage, method and path. */
export function sourceArn(functionArn: string, apiId: string): string {
  const [, partition, , region, account] = functionArn.split(':');
  return `arn:${partition}:execute-api:${region}:${account}:${apiId}/*`;
}

export const statementId = (apiId: string) => `model-release-${apiId}`;

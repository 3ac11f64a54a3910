/**
 * Whether a resource policy lets a service call a function: IAM's evaluation of one policy, as far as Lambda's resource policies use it.
 * What is not understood is `unknown`, never a guess.
 */

export interface PolicyRequest {
  /** `lambda:InvokeFunction`. */
  readonly action: string;
  /** The service principal that calls: `apigateway.amazonaws.com`. */
  readonly service: string;
  /** The ARN on whose behalf it calls. */
  readonly sourceArn: string;
  /** The account of that ARN; where it is absent a condition on it is unknown. */
  readonly sourceAccount?: string;
}

/**
 * `denied`: a Deny fits. `not-allowed`: no Allow fits. `unknown`: the policy is malformed, or what is not understood in it would decide.
 */
export type PolicyAnswer = 'allowed' | 'denied' | 'not-allowed' | 'unknown';

/** `policy`: JSON text; undefined or empty where there is none. */
export function evaluatePolicy(policy: string | undefined, request: PolicyRequest): PolicyAnswer {
  if (policy === undefined || policy.trim() === '') return 'not-allowed';
  const statements = statementsOf(policy);
  if (statements === undefined) return 'unknown';
  const found = statements.map((statement) => ({
    effect: statement['Effect'],
    fits: matches(statement, request),
  }));
  const of = (effect: string, fits: Match) => found.some((one) => one.effect === effect && one.fits === fits);
  if (of('Deny', 'yes')) return 'denied';
  const isOdd = found.some(({ effect, fits }) => effect !== 'Allow' && effect !== 'Deny' && fits !== 'no');
  if (isOdd || of('Deny', 'unknown')) return 'unknown';
  if (of('Allow', 'yes')) return 'allowed';
  return of('Allow', 'unknown') ? 'unknown' : 'not-allowed';
}

/** Whether a statement has this id, whatever it allows. */
export function hasStatement(policy: string | undefined, id: string): boolean {
  return (statementsOf(policy ?? '{}') ?? []).some((statement) => statement['Sid'] === id);
}

type Match = 'yes' | 'no' | 'unknown';
type Member = Readonly<Record<string, unknown>>;

/** Undefined for what is no policy. */
function statementsOf(policy: string): readonly Member[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(policy);
  } catch {
    return undefined;
  }
  if (!isMember(value)) return undefined;
  const statements = listOf(value['Statement'] ?? []);
  return statements.every(isMember) ? statements : undefined;
}

/** Every part of a statement has to fit. */
function matches(statement: Member, request: PolicyRequest): Match {
  return every([
    actionMatches(statement, request),
    principalMatches(statement, request),
    conditionMatches(statement['Condition'], request),
  ]);
}

function every(matched: readonly Match[]): Match {
  if (matched.includes('no')) return 'no';
  return matched.includes('unknown') ? 'unknown' : 'yes';
}

function some(matched: readonly Match[]): Match {
  if (matched.includes('yes')) return 'yes';
  return matched.includes('unknown') ? 'unknown' : 'no';
}

function not(match: Match): Match {
  return match === 'unknown' ? match : match === 'yes' ? 'no' : 'yes';
}

/** Actions have no case. */
function actionMatches(statement: Member, { action }: PolicyRequest): Match {
  const named = (value: unknown) =>
    textsMatch(value, (pattern) => isLike(action.toLowerCase(), pattern.toLowerCase()));
  if ('Action' in statement) return named(statement['Action']);
  return 'NotAction' in statement ? not(named(statement['NotAction'])) : 'unknown';
}

/** Some text of a list, or the only one, fits; unknown where there is something else than texts. */
function textsMatch(value: unknown, fits: (text: string) => boolean): Match {
  const texts = listOf(value);
  if (texts.length === 0) return 'no';
  return some(texts.map((text) => (typeof text !== 'string' ? 'unknown' : fits(text) ? 'yes' : 'no')));
}

/** A service is no AWS account, so that the accounts in `AWS` never fit it; `*` means everybody. */
function principalMatches(statement: Member, { service }: PolicyRequest): Match {
  const principal = statement['Principal'];
  if (principal === '*') return 'yes';
  // NotPrincipal is rare, and AWS advises against it.
  if (!isMember(principal)) return 'unknown';
  return some(
    Object.entries(principal).map(([kind, value]) => {
      if (kind === 'Service') return textsMatch(value, (text) => text === service || text === '*');
      if (kind === 'AWS') return textsMatch(value, (text) => text === '*');
      return kind === 'Federated' || kind === 'CanonicalUser' ? 'no' : 'unknown';
    }),
  );
}

/** Keys that a call of API Gateway does not have: they are for function URLs and event sources. */
const ABSENT = new Set([
  'lambda:eventsourcetoken',
  'lambda:functionurlauthtype',
  'lambda:invokedviafunctionurl',
]);

/** All operators and all keys have to fit; of a key's values, one. */
function conditionMatches(condition: unknown, request: PolicyRequest): Match {
  if (condition === undefined) return 'yes';
  if (!isMember(condition)) return 'unknown';
  const given = new Map([
    ['aws:sourcearn', request.sourceArn],
    ['aws:sourceaccount', request.sourceAccount],
  ]);
  return every(
    Object.entries(condition).flatMap(([operator, keys]): readonly Match[] => {
      if (!isMember(keys)) return ['unknown'];
      return Object.entries(keys).map(([name, wanted]) => {
        const key = name.toLowerCase();
        const value = given.get(key);
        if (value === undefined && !ABSENT.has(key)) return 'unknown';
        return operatorMatches(operator, wanted, value);
      });
    }),
  );
}

const COMPARISONS = new Map<string, (pattern: string, value: string) => boolean | undefined>([
  ['StringEquals', (pattern, value) => pattern === value],
  ['StringEqualsIgnoreCase', (pattern, value) => pattern.toLowerCase() === value.toLowerCase()],
  ['StringLike', (pattern, value) => isLike(value, pattern)],
  // For ARNs, IAM has the same rule under both names.
  ['ArnEquals', isArnLike],
  ['ArnLike', isArnLike],
  ['Bool', (pattern, value) => pattern.toLowerCase() === value.toLowerCase()],
]);

/** `value` undefined: the call does not have the key. */
function operatorMatches(operator: string, wanted: unknown, value: string | undefined): Match {
  const [, set, name = '', ifExists] =
    /^(ForAnyValue:|ForAllValues:)?([A-Za-z]+?)(IfExists)?$/.exec(operator) ?? [];
  if (name === 'Null')
    return textsMatch(listOf(wanted).map(String), (text) => text === String(value === undefined));
  const isNegated = /^(String|Arn)Not/.test(name);
  const compare = COMPARISONS.get(isNegated ? name.replace('Not', '') : name);
  if (compare === undefined) return 'unknown';
  if (value === undefined) {
    // A negated operator fits where there is nothing to compare.
    return ifExists !== undefined || set === 'ForAllValues:' || isNegated ? 'yes' : 'no';
  }
  const matched = some(
    listOf(wanted).map((pattern): Match => {
      // A policy variable, or a boolean where a text belongs.
      if (!['string', 'boolean'].includes(typeof pattern) || String(pattern).includes('${')) return 'unknown';
      const fits = compare(String(pattern), value);
      return fits === undefined ? 'unknown' : fits ? 'yes' : 'no';
    }),
  );
  return isNegated ? not(matched) : matched;
}

/** Each of the six parts of an ARN is compared by itself; undefined where the pattern is no ARN. */
function isArnLike(pattern: string, value: string): boolean | undefined {
  if (pattern === '*') return true;
  const [wanted, given] = [arnParts(pattern), arnParts(value)];
  if (wanted.length < 6 || given.length < 6) return undefined;
  return wanted.every((part, index) => isLike(given[index] ?? '', part));
}

function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** `*` stands for any text, `?` for one character. Steps back to the last `*` only, so that no pattern takes long. */
function isLike(text: string, pattern: string): boolean {
  let [at, star, resumed] = [0, -1, 0];
  let index = 0;
  while (index < text.length) {
    if (pattern[at] === '*') {
      star = at;
      resumed = index;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      resumed += 1;
      index = resumed;
      at = star + 1;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

function isMember(value: unknown): value is Member {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The source ARN with which API Gateway calls a function for one route. A path parameter stands as a text of its own, `ANY` as POST.
 * `functionArn` gives partition, region and account.
 */
export function routeSourceArn(
  functionArn: string,
  route: { readonly apiId: string; readonly stage: string; readonly method: string; readonly path: string },
): string {
  const [, partition, , region, account] = functionArn.split(':');
  const method = route.method === 'ANY' ? 'POST' : route.method;
  const path = route.path === '$default' ? '/$default' : route.path.replaceAll(/\{[^{}]+\}/g, 'value');
  return `arn:${partition}:execute-api:${region}:${account}:${route.apiId}/${route.stage}/${method}${path}`;
}

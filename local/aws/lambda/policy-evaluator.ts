/*
 * Decides a resource policy as Lambda does when a service calls a function: any matching Deny wins, else any matching
 * Allow. Only what such policies use is known here; an operator that is not is a defect of the test, and is thrown.
 */

/** A service's call, as the policy sees it. */
interface PolicyRequest {
  /** `apigateway.amazonaws.com`. */
  readonly service: string;
  /** `lambda:InvokeFunction`. */
  readonly action: string;
  /** ARN with the qualifier that is called. */
  readonly resource: string;
  /** Condition keys in lower case (`aws:sourcearn`); a key that is absent has no value. */
  readonly context: Readonly<Record<string, string>>;
}

type Decision = 'allow' | 'deny' | 'none';

type Texts = string | readonly string[];

interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: Texts;
  readonly NotAction?: Texts;
  readonly Resource?: Texts;
  readonly NotResource?: Texts;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** `none` when no statement applies: only the account itself may call. Throws on text that is no policy. */
export function evaluatePolicy(policyText: string | undefined, request: PolicyRequest): Decision {
  const matching = statementsOf(policyText).filter((statement) => applies(statement, request));
  if (matching.some((statement) => statement.Effect === 'Deny')) return 'deny';
  return matching.some((statement) => statement.Effect === 'Allow') ? 'allow' : 'none';
}

/** The statements of a policy: one object stands for a list of one. */
export function statementsOf(policyText: string | undefined): Statement[] {
  if (policyText === undefined) return [];
  const { Statement: given } = JSON.parse(policyText) as { Statement?: Statement | Statement[] };
  return given === undefined ? [] : [given].flat();
}

function applies(statement: Statement, request: PolicyRequest): boolean {
  const { NotPrincipal, NotAction, NotResource } = statement;
  const principal =
    NotPrincipal === undefined
      ? names(statement.Principal, request.service)
      : !names(NotPrincipal, request.service);
  const action =
    NotAction === undefined
      ? anyLike(statement.Action, request.action, 'i')
      : !anyLike(NotAction, request.action, 'i');
  const resource =
    NotResource === undefined
      ? anyLike(statement.Resource, request.resource)
      : !anyLike(NotResource, request.resource);
  return principal && action && resource && conditionsHold(statement, request);
}

/** A principal names a service by `Service`; `*`, also as `{"AWS": "*"}`, is everybody. */
function names(principal: unknown, service: string): boolean {
  if (principal === '*') return true;
  const { Service, AWS } = (principal ?? {}) as { Service?: Texts; AWS?: Texts };
  return listOf(Service).some((name) => name === service || name === '*') || listOf(AWS).includes('*');
}

function conditionsHold({ Condition = {} }: Statement, request: PolicyRequest): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(operator, listOf(wanted).map(String), request.context[key.toLowerCase()]),
    ),
  );
}

type Comparison = (wanted: string, given: string) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: (wanted, given) => wanted === given,
  StringEqualsIgnoreCase: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
  StringLike: (wanted, given) => like(wanted, given),
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
};

/** Several values: one that fits is enough; for a negated operator none may fit. An absent key fits only a negation. */
function holds(operator: string, wanted: readonly string[], given: string | undefined): boolean {
  if (operator === 'Null') return wanted.some((value) => (value === 'true') === (given === undefined));
  const ifExists = operator.endsWith('IfExists');
  const plain = ifExists ? operator.slice(0, -'IfExists'.length) : operator;
  const negated = /^(String|Arn)Not/.test(plain);
  const compare = COMPARISONS[negated ? plain.replace('Not', '') : plain];
  if (compare === undefined) throw new Error(`local/ does not know the condition operator ${operator}.`);
  if (given === undefined) return ifExists || negated;
  return wanted.some((value) => compare(value, given)) !== negated;
}

/** Each of the six parts of an ARN is compared on its own: a wildcard does not reach over the first five colons. */
function arnLike(pattern: string, arn: string): boolean {
  const [wanted, given] = [arnParts(pattern), arnParts(arn)];
  if (wanted.length !== 6 || given.length !== 6) return false;
  return wanted.every((part, index) => like(part, given[index] ?? ''));
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function anyLike(patterns: Texts | undefined, text: string, flags = ''): boolean {
  return listOf(patterns).some((pattern) => like(pattern, text, flags));
}

/** `*` stands for any text, `?` for one character. */
function like(pattern: string, text: string, flags = ''): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, `s${flags}`).test(text);
}

function listOf<T>(given: T | readonly T[] | undefined): T[] {
  return given === undefined ? [] : ([given].flat() as T[]);
}

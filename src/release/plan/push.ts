/** What a failed `docker push` to ECR means. Docker has no codes for these: what ECR answered stands in its output. */

export interface PushProblem {
  /**
   * - `tag-exists` an immutable tag is taken - `expired` the login is no longer valid
   * - `transient` worth another push as it is - `fatal` a person has to act
   */
  readonly kind: 'tag-exists' | 'expired' | 'transient' | 'fatal';
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  /** The line of docker's output that says it. */
  readonly line: string;
}

export interface FailedPush {
  readonly timedOut: boolean;
  readonly tail: readonly string[];
}

interface Rule extends Pick<PushProblem, 'kind' | 'code' | 'fix'> {
  readonly line: RegExp;
  readonly what: (where: Where) => string;
}

interface Where {
  readonly reference: string;
  readonly repository: string;
  readonly line: string;
}

const AGAIN = 'Run this again: what has been uploaded is not uploaded twice.';

/** Progress, which names repositories that may be called anything. */
const PROGRESS = /^(?:The push refers to repository|[0-9a-f]{12}: )/;

/** What ECR says is shorter; some rules below look at a line many times over. Characters. */
const LONGEST_LINE = 1_000;

/** The first row that matches a line counts. Order matters: a refusal says more than the lines around it. */
const RULES: readonly Rule[] = [
  {
    kind: 'tag-exists',
    code: 'tag-exists',
    line: /tag .*already exists in .*(immutable|cannot be overwritten)|ImageTagAlreadyExists/i,
    what: ({ reference }) => `${reference} exists already and its tag is immutable.`,
    fix: 'Run this again: the image that is there is used.',
  },
  {
    kind: 'expired',
    code: 'registry-login',
    line: /authorization token has expired|no basic auth credentials|authentication required|\b401\b.*unauthorized/i,
    what: ({ repository }) => `ECR refused the login during the push to ${repository}, also after a new one.`,
    fix: 'Check that nothing else on the runner answers for the registry (proxy, credential helper).',
  },
  {
    kind: 'fatal',
    code: 'repository-missing',
    line: /name unknown|repository with name .* does not exist|RepositoryNotFound/i,
    what: ({ repository, reference }) =>
      `There is no ECR repository ${repository} at ${reference.slice(0, reference.indexOf('/'))}.`,
    fix: `Create it (aws ecr create-repository --repository-name NAME --image-tag-mutability IMMUTABLE), or set create: true.`,
  },
  {
    kind: 'fatal',
    code: 'push-kms',
    line: /K[Mm][Ss]\w*Exception|\bKMS\b|\bkms:[A-Z]/,
    what: ({ repository, line }) => `ECR could not use the KMS key of ${repository}: ${line}`,
    fix: 'Enable the key, and let its key policy admit ECR and the role.',
  },
  {
    kind: 'fatal',
    code: 'push-limit',
    line: /limit ?exceeded|exceeded (a|the) .*(limit|quota|allowed number)|would have exceeded/i,
    what: ({ repository, line }) => `ECR's limit for ${repository} is reached: ${line}`,
    fix: 'Delete images that no version uses (a lifecycle policy does), or ask AWS for a higher quota.',
  },
  {
    kind: 'fatal',
    code: 'push-denied',
    line: /\bdenied\b|not authorized to perform/i,
    what: ({ repository, line }) => `ECR refused the push to ${repository}: ${line}`,
    fix: 'Add the ECR actions of the policy in docs/permissions.md of model-release to the role.',
  },
  {
    // A refused HEAD request has no body that could say why: an expired login shows like this too.
    kind: 'expired',
    code: 'push-denied',
    line: /unexpected (?:HTTP )?status.*\b403\b|parsing HTTP 403 response/i,
    what: ({ repository, line }) => `ECR refused the push to ${repository}, also after a new login: ${line}`,
    fix: 'Add the ECR actions of the policy in docs/permissions.md of model-release to the role.',
  },
  {
    kind: 'fatal',
    code: 'disk-full',
    line: /no space left on device/i,
    what: ({ reference }) => `The disk filled up while pushing ${reference}.`,
    fix: 'Free space before this step (docker system prune -af).',
  },
  {
    kind: 'transient',
    code: 'push-failed',
    line: new RegExp(
      [
        'LayersNotFound|LayerPartTooSmall|InvalidLayer|UploadNotFound|blob upload (unknown|invalid)|unknown blob|blob unknown|layers? .*not found',
        'unexpected (HTTP )?status.*\\b5\\d\\d\\b|parsing HTTP 5\\d\\d response|\\b5\\d\\d\\b .*(error|unavailable|gateway|time-?out)|too ?many ?requests|\\b429\\b|throttl|rate exceeded',
        'EOF|connection (reset|refused)|broken pipe|i/o timeout|TLS handshake|no such host|temporary failure|deadline exceeded|timeout awaiting|closed network|connection lost|stream error',
      ].join('|'),
      'i',
    ),
    what: ({ reference, line }) => `The push of ${reference} was interrupted again and again: ${line}`,
    fix: AGAIN,
  },
];

export function explainPush(
  image: { readonly reference: string; readonly repository: string },
  { timedOut, tail }: FailedPush,
): PushProblem {
  const last = tail.findLast((line) => line.trim() !== '')?.trim() ?? 'docker said nothing';
  if (timedOut) {
    const what = `The push of ${image.reference} took longer than it may and was ended: ${last}`;
    return { kind: 'fatal', code: 'push-timed-out', what, fix: AGAIN, line: last };
  }
  const said = tail.filter((line) => !PROGRESS.test(line));
  for (const rule of RULES) {
    const found = said.findLast((line) => rule.line.test(line.slice(0, LONGEST_LINE)))?.trim();
    if (found === undefined) continue;
    const { kind, code, fix } = rule;
    return { kind, code, fix, what: rule.what({ ...image, line: found }), line: found };
  }
  const what = `docker push of ${image.reference} failed: ${last}`;
  return { kind: 'fatal', code: 'push-failed', what, fix: AGAIN, line: last };
}

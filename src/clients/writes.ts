/**
 * What changes something outside this process, and who may do it.
 *
 * A call is a read only if it stands in the list here. Everything else needs a permit: a step of the plan that announced it and that
 * is being carried out now. A dry run carries out none, so nothing of it can be written, whatever the code around it tries.
 */
import { AwsError, UserError } from '../errors.ts';

/** What a step of a plan may announce: AWS's operations under IAM's prefixes, and what is done with docker and on GitHub. */
export type Write =
  | 'ecr:CreateRepository'
  | 'ecr:SetRepositoryPolicy'
  | 'lambda:CreateFunction'
  | 'lambda:UpdateFunctionCode'
  | 'lambda:UpdateFunctionConfiguration'
  | 'lambda:PublishVersion'
  | 'lambda:CreateAlias'
  | 'lambda:UpdateAlias'
  | 'lambda:AddPermission'
  | 'apigateway:UpdateIntegration'
  | 'apigateway:CreateDeployment'
  | 'apigateway:UpdateStage'
  | 'cloudformation:CreateChangeSet'
  | 'cloudformation:DeleteChangeSet'
  | 'cloudformation:ExecuteChangeSet'
  | 'docker:build'
  | 'docker:login'
  | 'docker:run'
  | 'docker:push'
  | 'tests'
  | 'github:attestation'
  | 'github:comment'
  | 'github:deployment'
  | 'github:pull-request'
  | 'github:environment';

/** Checks, before a write, that an open step of the plan announced it. */
export interface Permits {
  /** @throws UserError `not-announced` when no step that is being carried out has announced this write. */
  check(write: string): void;
  /** Sends a write after that check, and keeps what became of it. */
  send<T>(write: string, send: () => Promise<T>): Promise<T>;
  /** The answer to a write was lost, and a read shows that it took effect. */
  confirm(write: Write): void;
}

/** What became of a step's writes: `unknown` where an answer is missing or was lost. */
export interface Written {
  /** The step's words. */
  readonly does: string;
  readonly effect: 'done' | 'unknown';
}

/** What reaches callers, or decides what may: the alias, its pin and its permission, and the API. */
const SERVES = /^(lambda:(CreateAlias|UpdateAlias|AddPermission)|apigateway:)/;

/** Operations of AWS that change nothing. */
const READS: ReadonlySet<string> = new Set([
  'ecr:BatchGetImage',
  'ecr:DescribeImageScanFindings',
  'ecr:DescribeImages',
  'ecr:DescribeRepositories',
  'ecr:GetAuthorizationToken',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetLifecyclePolicy',
  'ecr:GetRegistryScanningConfiguration',
  'ecr:GetRepositoryPolicy',
  'lambda:GetAccountSettings',
  'lambda:GetAlias',
  'lambda:GetFunction',
  'lambda:GetFunctionConcurrency',
  'lambda:GetPolicy',
  'lambda:GetProvisionedConcurrencyConfig',
  'lambda:ListVersionsByFunction',
  'apigateway:GetDeployments',
  'apigateway:GetIntegrations',
  'apigateway:GetResources',
  'apigateway:GetRoutes',
  'apigateway:GetStage',
  'cloudformation:DescribeChangeSet',
  'cloudformation:DescribeStackEvents',
  'cloudformation:DescribeStacks',
  'cloudformation:GetTemplate',
  'iam:GetRole',
  'iam:ListOpenIDConnectProviders',
  's3:GetObject',
  's3:ListObjectsV2',
  'sts:GetCallerIdentity',
]);

/** It runs the model and changes nothing of the function. It needs no permit, and a dry run sends none. */
const INVOKE = 'lambda:Invoke';

export function needsPermit(operation: string): boolean {
  return !READS.has(operation) && operation !== INVOKE;
}

/** A step with what it may write. */
interface Announced {
  readonly does: string;
  readonly writes: readonly string[];
}

interface Sent {
  readonly does: string;
  readonly write: string;
  effect: Written['effect'] | 'none';
}

/** The steps that are being carried out now, and what the writes of all steps came to. */
export class OpenSteps implements Permits {
  readonly #open = new Set<Announced>();
  readonly #sent: Sent[] = [];

  check(write: string): void {
    this.#announcing(write);
  }

  #announcing(write: string): Announced {
    for (const step of this.#open) if (step.writes.includes(write)) return step;
    throw notAnnounced(write);
  }

  async send<T>(write: string, send: () => Promise<T>): Promise<T> {
    const sent: Sent = { does: this.#announcing(write).does, write, effect: 'unknown' };
    this.#sent.push(sent);
    try {
      const reply = await send();
      sent.effect = 'done';
      return reply;
    } catch (error) {
      // Our own refusals come before anything is sent.
      if (error instanceof AwsError) sent.effect = error.effect;
      else if (error instanceof UserError) sent.effect = 'none';
      throw error;
    }
  }

  confirm(write: Write): void {
    for (const sent of this.#sent)
      if (sent.write === write && sent.effect === 'unknown') sent.effect = 'done';
  }

  /** What of what serves callers was written: each step once. */
  written(): readonly Written[] {
    const effects = new Map<string, Written['effect']>();
    for (const { does, write, effect } of this.#sent) {
      if (!SERVES.test(write) || effect === 'none' || effects.get(does) === 'done') continue;
      effects.set(does, effect);
    }
    return [...effects].map(([does, effect]) => ({ does, effect }));
  }

  /** Lets `act` write what the step announced, for as long as it runs. */
  async during<T>(step: Announced, act: () => Promise<T>): Promise<T> {
    // The same step may be carried out twice at once: each has a permit of its own.
    const permit = { ...step };
    this.#open.add(permit);
    try {
      return await act();
    } finally {
      this.#open.delete(permit);
    }
  }
}

/** For tools that may not write at all. */
export const noPermits: Permits = {
  check: (write) => {
    throw notAnnounced(write);
  },
  send: (write) => Promise.reject(notAnnounced(write)),
  confirm: () => undefined,
};

function notAnnounced(write: string): UserError {
  return new UserError('not-announced', {
    what: `${write} was about to be sent, and no step of the plan announced it; it was not sent.`,
    fix: 'This is a defect of model-release: please report it.',
  });
}

interface HttpMessage {
  readonly method: string;
  readonly path: string;
  readonly hostname?: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface RequestHandler {
  handle(request: HttpMessage, options?: unknown): Promise<unknown>;
}

/**
 * An SDK request handler through which nothing can be changed. ECR sends every operation as a POST that names
 * it in a header; Lambda and API Gateway read with GET.
 * @param invokes whether Lambda's Invoke passes, too: it runs the model, and its caller waits for the answer.
 */
export function readOnlyHandler<T extends object>(handler: T, invokes = false): T {
  const inner = handler as unknown as RequestHandler;
  const handle: RequestHandler['handle'] = (request, options) => {
    if (!isRead(request) && !(invokes && isInvoke(request)))
      return Promise.reject(
        notInDryRun(`${request.method} ${request.headers['x-amz-target'] ?? request.path}`),
      );
    return inner.handle(request, options);
  };
  return new Proxy(handler, {
    get: (target, name) => (name === 'handle' ? handle : Reflect.get(target, name, target)),
  });
}

function isRead({ method, headers }: HttpMessage): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  const [, operation] = /^AmazonEC2ContainerRegistry_V\d+\.(\w+)$/.exec(headers['x-amz-target'] ?? '') ?? [];
  return method === 'POST' && operation !== undefined && READS.has(`ecr:${operation}`);
}

/** Its caller waits for the answer: what runs unseen may write unseen. */
function isInvoke({ method, path, headers }: HttpMessage): boolean {
  const kind = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-amz-invocation-type')?.[1];
  return (
    method === 'POST' &&
    /^\/2015-03-31\/functions\/[^/]+\/invocations$/.test(path) &&
    (kind === undefined || kind === 'RequestResponse')
  );
}

/** What a dry run tried to send. */
export function notInDryRun(request: string): UserError {
  return new UserError('dry-run-write', {
    what: `A dry run tried to send ${request}; it was not sent.`,
    fix: 'This is a defect of model-release: please report it.',
  });
}

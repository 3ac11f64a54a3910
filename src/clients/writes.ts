/**
 * What changes something outside this process, and who may do it.
 *
 * A call is a read only if it stands in the list here. Everything else needs a permit: a step of the plan that announced it and that
 * is being carried out now. A dry run carries out none, so nothing of it can be written, whatever the code around it tries.
 */
import { UserError } from '../errors.ts';

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
  | 'docker:build'
  | 'docker:login'
  | 'docker:push'
  | 'tests'
  | 'github:deployment'
  | 'github:pull-request';

/** Checks, before a write, that an open step of the plan announced it. */
export interface Permits {
  /** @throws UserError `not-announced` when no step that is being carried out has announced this write. */
  check(write: string): void;
}

/** Operations of AWS that change nothing. */
const READS: ReadonlySet<string> = new Set([
  'ecr:BatchGetImage',
  'ecr:DescribeImages',
  'ecr:DescribeRepositories',
  'ecr:GetAuthorizationToken',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetLifecyclePolicy',
  'ecr:GetRepositoryPolicy',
  'lambda:GetAlias',
  'lambda:GetFunction',
  'lambda:GetPolicy',
  'lambda:GetProvisionedConcurrencyConfig',
  'lambda:ListVersionsByFunction',
  'apigateway:GetDeployments',
  'apigateway:GetIntegrations',
  'apigateway:GetResources',
  'apigateway:GetRoutes',
  'apigateway:GetStage',
]);

/** It runs the model and changes nothing of the function. It needs no permit, and a dry run sends none. */
const INVOKE = 'lambda:Invoke';

export function needsPermit(operation: string): boolean {
  return !READS.has(operation) && operation !== INVOKE;
}

/** The steps that are being carried out now. */
export class OpenSteps implements Permits {
  readonly #open = new Set<{ readonly writes: readonly string[] }>();

  check(write: string): void {
    for (const { writes } of this.#open) if (writes.includes(write)) return;
    throw notAnnounced(write);
  }

  /** Lets `act` write what the step announced, for as long as it runs. */
  async during<T>(writes: readonly string[], act: () => Promise<T>): Promise<T> {
    // The same step may be carried out twice at once: each has a permit of its own.
    const permit = { writes };
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
 */
export function readOnlyHandler<T extends object>(handler: T): T {
  const inner = handler as unknown as RequestHandler;
  const handle: RequestHandler['handle'] = (request, options) => {
    if (!isRead(request))
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

/** What a dry run tried to send. */
export function notInDryRun(request: string): UserError {
  return new UserError('dry-run-write', {
    what: `A dry run tried to send ${request}; it was not sent.`,
    fix: 'This is a defect of model-release: please report it.',
  });
}

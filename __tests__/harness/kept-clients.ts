import type { ApiAddress, ApiGateway } from '../../src/clients/api-gateway.ts';
import { apiGatewayClient } from '../../src/clients/tools.ts';
import type { ClientDependencies } from '../../src/clients/aws-config.ts';
import { ecrClient, type Ecr } from '../../src/clients/ecr.ts';
import { lambdaClient, type Lambda } from '../../src/clients/lambda.ts';
import { readOnlyHandler } from '../../src/clients/writes.ts';

/** What a real SDK request handler is asked, as far as the clients ask it. */
interface Handler {
  handle(request: unknown, options?: unknown): Promise<unknown>;
}

/**
 * The real SDK clients, built once and lent to one run after another: building them costs more than a whole rollback does.
 * Whatever differs between runs (network, clock, jitter, stop signal) is looked up at each call.
 */
export class KeptClients {
  readonly lambda: Lambda;
  readonly ecr: Ecr;
  readonly #apis = new Map<string, ApiGateway>();
  readonly #dependencies: ClientDependencies;
  #borrower: ClientDependencies | undefined;
  #warm = false;

  constructor() {
    const borrower = () => {
      if (this.#borrower === undefined) throw new Error('nobody has borrowed these clients');
      return this.#borrower;
    };
    const handler = {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: (request: unknown, options?: unknown) => {
        const { requestHandler = {}, readOnly } = borrower().aws;
        const transport = (readOnly === true ? readOnlyHandler(requestHandler) : requestHandler) as Handler;
        return transport.handle(request, options);
      },
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
      destroy: () => undefined,
    };
    this.#dependencies = {
      get clock() {
        return borrower().clock;
      },
      get signal() {
        return borrower().signal;
      },
      random: () => borrower().random(),
      log: { info: (line) => borrower().log.info(line) },
      permits: {
        check: (write) => borrower().permits.check(write),
        send: (write, send) => borrower().permits.send(write, send),
        confirm: (write) => borrower().permits.confirm(write),
      },
      get aws() {
        return { ...borrower().aws, requestHandler: handler };
      },
    };
    this.lambda = lambdaClient(this.#dependencies);
    this.ecr = ecrClient(this.#dependencies);
  }

  /**
   * Loads and builds everything now. A client's first call takes more turns of the event loop than its later ones, which would
   * let the order of parallel calls depend on who used these clients before.
   */
  async warmUp(borrower: ClientDependencies, address: ApiAddress | undefined): Promise<void> {
    const nowhere = {
      handle: () => Promise.reject(Object.assign(new Error('warming up'), { code: 'ECONNREFUSED' })),
    };
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const { lambda, ecr } = this;
    this.lend({ ...borrower, clock, aws: { ...borrower.aws, requestHandler: nowhere } });
    if (!this.#warm) {
      await Promise.allSettled([
        lambda.getAlias('a', 'b'),
        lambda.invoke('a', 'b', { payload: '', mark: 'sample' }),
        ecr.batchGetImage('a', []),
      ]);
      this.#warm = true;
    }
    if (address !== undefined && !this.#apis.has(nameOf(address)))
      await this.#api(address)
        .getStage()
        .catch(() => undefined);
  }

  /** From now on they work for this run. All borrowers must share region and credentials. */
  lend(borrower: ClientDependencies): {
    lambda: Lambda;
    ecr: Ecr;
    apiGateway: (address: ApiAddress) => ApiGateway;
  } {
    this.#borrower = borrower;
    return { lambda: this.lambda, ecr: this.ecr, apiGateway: (address) => this.#api(address) };
  }

  #api(address: ApiAddress): ApiGateway {
    const name = nameOf(address);
    const known = this.#apis.get(name) ?? apiGatewayClient(this.#dependencies, address);
    this.#apis.set(name, known);
    return known;
  }
}

function nameOf({ kind, apiId, stage }: ApiAddress): string {
  return `${kind} ${apiId} ${stage}`;
}

/** Credentials come from files, environment, STS or the machine: a failure there is no answer of the service that was to be called. */

/** As much of an SDK client as this needs; the provider keeps credentials until they expire. */
interface SdkClient {
  readonly config: { readonly credentials: () => Promise<unknown> };
}

interface ProviderError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** `client` with credentials at hand. @throws an Error named `CredentialsProviderError`, except for what another attempt may mend. */
export function withCredentials<C extends SdkClient>(client: () => Promise<C>): () => Promise<C> {
  return async () => {
    const made = await client();
    try {
      await made.config.credentials();
    } catch (error) {
      throw passes(error as ProviderError) ? error : new CredentialsProviderError(error as ProviderError);
    }
    return made;
  };
}

/** The name by which the SDK says it, too. */
class CredentialsProviderError extends Error {
  override readonly name = 'CredentialsProviderError';

  constructor({ name = 'Error', message = '', $metadata }: ProviderError) {
    super($metadata === undefined ? message : `STS: ${name}: ${message}`);
  }
}

/** STS is busy, or the network is not there yet. */
function passes({ code, $metadata }: ProviderError): boolean {
  const status = $metadata?.httpStatusCode ?? 0;
  return status === 429 || status >= 500 || (code !== undefined && NETWORK.test(code));
}

const NETWORK =
  /^(EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EPIPE|ETIMEDOUT|TimeoutError)$/;

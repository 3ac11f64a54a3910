/** An error of the OCI distribution API: `{"errors": [{"code", "message"}]}`, in ECR's words where ECR has its own. */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: { message: string; headers?: Record<string, string> }) {
    super(detail.message);
    this.name = 'RegistryError';
    this.status = status;
    this.code = code;
    this.headers = detail.headers ?? {};
  }
}

export function unauthorized(host: string): RegistryError {
  const challenge = `Basic realm="http://${host}/",service="ecr.amazonaws.com"`;
  return new RegistryError(401, 'UNAUTHORIZED', {
    message: 'Not Authorized',
    headers: { 'www-authenticate': challenge },
  });
}

export function denied(message: string): RegistryError {
  return new RegistryError(403, 'DENIED', { message });
}

export function unknownRepository(name: string, registryId: string): RegistryError {
  return new RegistryError(404, 'NAME_UNKNOWN', {
    message: `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
  });
}

export function unknownManifest(): RegistryError {
  return new RegistryError(404, 'MANIFEST_UNKNOWN', { message: 'Requested image not found' });
}

export function invalidManifest(message: string): RegistryError {
  return new RegistryError(400, 'MANIFEST_INVALID', { message });
}

export function unknownBlob(): RegistryError {
  return new RegistryError(404, 'BLOB_UNKNOWN', { message: 'blob unknown to registry' });
}

export function unknownUpload(): RegistryError {
  return new RegistryError(404, 'BLOB_UPLOAD_UNKNOWN', { message: 'blob upload unknown to registry' });
}

export function wrongDigest(): RegistryError {
  return new RegistryError(400, 'DIGEST_INVALID', {
    message: 'provided digest did not match uploaded content',
  });
}

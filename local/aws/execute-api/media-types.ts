/** HTTP APIs hand on these as text, and everything else in base64: forms and bodies without a type too. */
const TEXT = /^(text\/|application\/(.*\+)?(json|xml|javascript)$)/;

/** Whether an HTTP API passes a body of this type to the function as text. */
export function isTextForHttpApi(contentType: string | undefined): boolean {
  return TEXT.test(bare(contentType));
}

/**
 * Whether a REST API treats a body as bytes: by the Content-Type of a request, by the first type of Accept for an
 * answer. `*\/*` in the list stands for everything, with or without a header.
 */
export function isBinary(
  binaryMediaTypes: readonly string[] | undefined,
  header: string | undefined,
): boolean {
  const types = binaryMediaTypes ?? [];
  return types.includes('*/*') || types.includes(bare(header));
}

/** The first media type of a header, without parameters. */
function bare(header: string | undefined): string {
  return (header ?? '').split(/[,;]/, 1)[0]?.trim().toLowerCase() ?? '';
}

/** The repository's name inside an image URI: `iris` of `<registry>/iris@sha256:…`; undefined when there is none. */
export function parseRepository(imageUri: string | undefined): string | undefined {
  return /^[^/]+\/([^@:]+)[@:]/.exec(imageUri ?? '')?.[1];
}

/** A type of the SDK as it travels: times are numbers or text, streams and client-side metadata are gone. */
export type Wire<T> = T extends Date
  ? number | string
  : T extends Uint8Array
    ? string
    : T extends readonly (infer Item)[]
      ? Wire<Item>[]
      : T extends object
        ? { [Key in keyof T as Key extends '$metadata' ? never : Key]: Wire<T[Key]> }
        : T;

/** A list as wide as a page of the service allows, and the marker that continues it. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next?: string;
}

/** Cuts a page out of a list; the marker is the index to go on from. */
export function page<Item>(items: readonly Item[], limit: number, marker: string | undefined): Page<Item> {
  const start = marker === undefined ? 0 : Number(marker);
  const end = start + limit;
  return { items: items.slice(start, end), ...(end < items.length ? { next: String(end) } : {}) };
}

export function epochSeconds(ms: number): number {
  return ms / 1000;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

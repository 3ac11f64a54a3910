/** How the gate's sentences write counts, shares, sizes and money. */

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** 0 to 1 as a percentage: `1.2 %`, `0.05 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(share < 0.1 ? 2 : 1))} %`;
}

/** `12 ms`, `0.84 ms`, `1,240 ms`. */
export function milliseconds(ms: number): string {
  return `${count(ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms))} ms`;
}

/** Of bytes, as ECR's console has them. */
export function megabytes(bytes: number): string {
  return `${count(Number((bytes / 1e6).toFixed(1)))} MB`;
}

export function dollars(value: number): string {
  return `$${Number(value.toPrecision(3))}`;
}

/** A list as a clause names it: `a, b and c`. */
export function listed(items: readonly string[], most = 3): string {
  const named = items.slice(0, most);
  const rest = items.length - named.length;
  const all = rest > 0 ? [...named, `${count(rest)} more`] : named;
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`;
}

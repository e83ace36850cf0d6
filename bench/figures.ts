// Arithmetic of the benches' figures.

/** The smallest of `values` that at least the share `q` (0 to 1) of them do not exceed; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const rank = Math.max(1, Math.ceil(q * values.length));
  return values.toSorted((a, b) => a - b)[rank - 1] ?? Number.NaN;
}

/** `value` with at most so many decimals. */
export function rounded(value: number, decimals = 2): number {
  return Math.round(value * 10 ** decimals) / 10 ** decimals;
}

/** How often each name occurs. */
export function tally(names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

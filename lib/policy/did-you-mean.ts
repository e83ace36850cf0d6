// Finds the name that a mistyped one was meant to be.

/** `Did you mean "web-developers"?`, or the names there are, or that there are none. */
export function didYouMean(word: string, names: readonly string[], what: string): string {
  const [best] = names
    .map((name) => ({ name, distance: distanceBetween(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  if (best !== undefined) return `Did you mean "${best.name}"?`;
  if (names.length === 0) return `There are no ${what}.`;
  const shown = names.slice(0, 20).join(", ");
  return `The ${what}: ${shown}${names.length > 20 ? ", …" : ""}.`;
}

/** Insertions, deletions, replacements and swaps of neighbours from `a` to `b`. */
function distanceBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (line: number, column: number) => rows[line]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let line = 1; line <= a.length; line++) {
    const row = [line];
    rows.push(row);
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(line - 1, column - 1) + (a[line - 1] === b[column - 1] ? 0 : 1);
      const swapped = a[line - 1] === b[column - 2] && a[line - 2] === b[column - 1];
      const swap = swapped ? at(line - 2, column - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replaced, at(line - 1, column) + 1, at(line, column - 1) + 1, swap));
    }
  }
  return at(a.length, b.length);
}

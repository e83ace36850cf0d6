// The difference of two texts, line by line, as `diff -U2` would show it.

export interface DiffLine {
  readonly kind: "same" | "added" | "removed" | "skipped";
  readonly text: string;
}

/** Changed lines with `around` unchanged ones on either side; what lies between is skipped. */
export function lineDiff(before: string, after: string, around = 2): readonly DiffLine[] {
  const lines = allLines(before.split("\n"), after.split("\n"));
  const isShown = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - around), index + around + 1)
      .some(({ kind }) => kind !== "same"),
  );
  return lines.flatMap((line, index): DiffLine[] => {
    if (isShown[index]) return [line];
    const begins = index === 0 || isShown[index - 1];
    return begins ? [{ kind: "skipped", text: "…" }] : [];
  });
}

/** By the longest common subsequence: fine for texts of some hundred lines. */
function allLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const common = commonLengths(before, after);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [removed, added] = [before[i], after[j]];
    if (removed !== undefined && removed === added) {
      lines.push({ kind: "same", text: removed });
      i += 1;
      j += 1;
    } else if (added === undefined || goesFirst(common, removed, i, j)) {
      lines.push({ kind: "removed", text: removed ?? "" });
      i += 1;
    } else {
      lines.push({ kind: "added", text: added });
      j += 1;
    }
  }
  return lines;
}

/** Whether leaving `removed` out loses nothing that the texts have in common. */
function goesFirst(
  common: readonly number[][],
  removed: string | undefined,
  i: number,
  j: number,
): boolean {
  return removed !== undefined && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0);
}

/** `[i][j]`: how many lines the rests of both, from `i` and `j` on, have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = lengths[i] as number[];
      row[j] =
        before[i] === after[j]
          ? 1 + (lengths[i + 1]?.[j + 1] ?? 0)
          : Math.max(lengths[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

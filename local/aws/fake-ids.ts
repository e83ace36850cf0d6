// Ids in AWS's format that nobody can take for real ones: `AIDALOCAL000000000001`.

/** Makes the next id with a prefix such as `AIDA`, counted up and padded to `length` characters. */
export type FakeIds = (prefix: string, length: number) => string;

/** Ids that count on from `last`; `last()` says how far they have come. */
export function createFakeIds(last = 0): FakeIds & { last(): number } {
  let count = last;
  const next: FakeIds = (prefix, length) => {
    count += 1;
    return `${prefix}LOCAL${String(count).padStart(length - prefix.length - 5, "0")}`;
  };
  return Object.assign(next, { last: () => count });
}

// Ids in AWS's format that nobody can take for real ones: `AIDALOCAL000000000001`.

/** Makes the next id with a prefix such as `AIDA`, counted up and padded to `length` characters. */
export type FakeIds = (prefix: string, length: number) => string;

export function createFakeIds(): FakeIds {
  let count = 0;
  return (prefix, length) => {
    count += 1;
    return `${prefix}LOCAL${String(count).padStart(length - prefix.length - 5, "0")}`;
  };
}

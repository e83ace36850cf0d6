// Work on many things at once, but only a few at a time, so that AWS does not throttle the rest.

/** Runs `work` on every item, at most `limit` at once. @throws what the first failing `work` throws. */
export async function aFewAtATime<Item>(
  limit: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

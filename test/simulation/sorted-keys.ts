// Keys in order, a million of them too: what a sparse index of the simulated DynamoDB is made of.

/** A row's place in an index: by number, and among equals by key. */
export interface Place {
  readonly range: number;
  readonly pk: string;
}

export interface SortedKeys {
  readonly size: number;
  add(place: Place): void;
  remove(place: Place): void;
  /** In order, from the first that comes after `after`, or from the very first. */
  from(after: Place | undefined): Iterable<Place>;
  /** In the opposite order, from the last that comes before `before`, or from the very last. */
  downFrom(before: Place | undefined): Iterable<Place>;
}

// A chunk that grows beyond this is cut in two: adding moves half as many keys at the most.
const MOST = 1_024;

/** No keys yet. Adding and removing cost a binary search and a short move, however many there are. */
export function createSortedKeys(): SortedKeys {
  const chunks: Place[][] = [];
  let size = 0;

  /** The first chunk that ends at or after `place`; the last where none does. */
  const chunkFor = (place: Place): number => {
    const at = firstWhere(chunks.length, (index) => compare(last(chunks[index]), place) >= 0);
    return Math.min(at, chunks.length - 1);
  };
  const placeIn = (chunk: readonly Place[], place: Place): number =>
    firstWhere(chunk.length, (index) => compare(chunk[index], place) >= 0);

  return {
    get size() {
      return size;
    },

    add(place) {
      size += 1;
      if (chunks.length === 0) {
        chunks.push([place]);
        return;
      }
      const index = chunkFor(place);
      const chunk = chunks[index] as Place[];
      chunk.splice(placeIn(chunk, place), 0, place);
      if (chunk.length > MOST) chunks.splice(index + 1, 0, chunk.splice(MOST / 2));
    },

    remove(place) {
      const index = chunkFor(place);
      const chunk = chunks[index] ?? [];
      const at = placeIn(chunk, place);
      if (compare(chunk[at], place) !== 0) throw new Error(`${place.pk} is not in the index`);
      size -= 1;
      chunk.splice(at, 1);
      if (chunk.length === 0) chunks.splice(index, 1);
    },

    *from(after) {
      const begin = after === undefined ? 0 : Math.max(0, chunkFor(after));
      for (let index = begin; index < chunks.length; index++) {
        const chunk = chunks[index] as Place[];
        const isFirst = index === begin && after !== undefined;
        let at = isFirst ? firstWhere(chunk.length, (each) => compare(chunk[each], after) > 0) : 0;
        for (; at < chunk.length; at++) yield chunk[at] as Place;
      }
    },

    *downFrom(before) {
      const begin = before === undefined ? chunks.length - 1 : chunkFor(before);
      for (let index = begin; index >= 0; index--) {
        const chunk = chunks[index] as Place[];
        const isFirst = index === begin && before !== undefined;
        let at = isFirst ? placeIn(chunk, before) : chunk.length;
        while (at > 0) yield chunk[--at] as Place;
      }
    },
  };
}

function compare(one: Place | undefined, other: Place | undefined): number {
  if (one === undefined || other === undefined) return one === other ? 0 : 1;
  if (one.range !== other.range) return one.range - other.range;
  return one.pk < other.pk ? -1 : one.pk > other.pk ? 1 : 0;
}

function last(chunk: readonly Place[] | undefined): Place | undefined {
  return chunk?.at(-1);
}

/** The least index up to `length` for which `holds`, which holds for all after it too. */
function firstWhere(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

// Virtual time: events in the order of their time, by chance where that is equal; nothing ever really waits.

import { nextTick } from "node:process";
import type { Random } from "./random.ts";

export interface Loop {
  /** Epoch milliseconds of the simulated world. */
  now(): number;
  /** Does `event` at `at`, or now where that is past. */
  at(at: number, event: () => void): void;
  sleep(ms: number): Promise<void>;
  /** Plays events until `isOver`, or until there are none. Every promise settles in between. */
  play(isOver: () => boolean): Promise<void>;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A loop that begins at `startAt`. */
export function createLoop(random: Random, startAt: number): Loop {
  const heap: Event[] = [];
  let now = startAt;
  const at = (time: number, run: () => void) => {
    push(heap, { at: Math.max(time, now), order: random.next(), run });
  };
  return {
    now: () => now,
    at,
    sleep: (ms) => new Promise((resolve) => at(now + ms, resolve)),
    play: (isOver) =>
      new Promise((resolve, reject) => {
        const step = () => {
          try {
            const event = isOver() ? undefined : pop(heap);
            if (event === undefined) return resolve();
            now = event.at;
            event.run();
          } catch (error) {
            return reject(error);
          }
          queueMicrotask(settle);
        };
        // Node begins the next tick when no microtask is left: every promise has settled as far as it can.
        const settle = () => nextTick(step);
        step();
      }),
  };
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function push(heap: Event[], event: Event): void {
  let place = heap.length;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above] as Event;
    if (!isBefore(event, parent)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const isRightFirst = right < heap.length && isBefore(heap[right] as Event, heap[left] as Event);
    const below = isRightFirst ? right : left;
    if (!isBefore(heap[below] as Event, last)) break;
    heap[place] = heap[below] as Event;
    place = below;
  }
  heap[place] = last;
  return first;
}

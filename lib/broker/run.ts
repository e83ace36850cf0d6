// One run of a scheduled function: how long it has, and how much it does at once.

import type { Ports } from "./ports.ts";

export interface Run {
  /** When the platform ends this run (epoch ms); nothing new is started shortly before. */
  readonly deadlineAt: number;
  /** The longest that one piece of work has taken in this run so far. */
  slowestMs?: number;
}

/** Grants that a page of a sweep holds, and that provision carries out together. */
export const BATCH = 200;
/** Grants that revoke gathers before it acts, so that a place is written once for all that end there. */
export const GATHERED = 10_000;
/** Assignments of one place that are taken in one go: a piece of work that a run surely finishes. */
export const SLICE = 300;
/** Requests that a run has under way at once, and places that it works on at once. */
export const WIDTH = 16;
/** Calls to the table under way at once: no more than its client has connections. */
export const CALLS = 48;
/** After a write whose answer was lost, an assignment is looked at again no sooner than this. */
export const SETTLE_MS = 15_000;
/** Where another worker holds the lease, most likely for a second or two, it is tried again so soon. */
export const BUSY_PAUSE_MS = 1_000;

// What a run may still need for the work it has begun, and more where work was slow so far.
const RESERVE_MS = 8_000;
const RESERVED_PIECES = 2;
// Writes on their way when the platform ends a run land within this time: five seconds until they would
// have counted as lost, and the settle time after that, which a run that has ended cannot write down.
const LEASE_MARGIN_MS = 5_000 + SETTLE_MS;

/** False when a run should start nothing new: it might not finish it. Once false, for good. */
export function hasTime({ clock }: Pick<Ports, "clock">, run: Run): boolean {
  return clock.now() < stayUntil(run);
}

/** Until when a run waits for what falls due. */
export function stayUntil({ deadlineAt, slowestMs = 0 }: Run): number {
  return deadlineAt - Math.max(RESERVE_MS, RESERVED_PIECES * slowestMs);
}

/** Does a piece of work, and remembers for `hasTime` how long it took. */
export async function timed<T>(
  { clock }: Pick<Ports, "clock">,
  run: Run,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = clock.now();
  try {
    return await work();
  } finally {
    run.slowestMs = Math.max(run.slowestMs ?? 0, clock.now() - startedAt);
  }
}

/**
 * Until when the leases of this run hold: beyond the end of the run itself, so that no two workers
 * ever hold one, not even when the platform has stopped the first in the middle of a write.
 */
export function leaseUntil(run: Run): number {
  return run.deadlineAt + LEASE_MARGIN_MS;
}

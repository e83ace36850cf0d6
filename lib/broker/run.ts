// One run of a scheduled function: how long it has, and how much it does at once.

import type { Ports } from "./ports.ts";

export interface Run {
  /** When the platform ends this run (epoch ms); nothing new is started shortly before. */
  readonly deadlineAt: number;
}

/** Grants that a run reads and works on together. */
export const BATCH = 200;
/** Requests that a run has under way at once. */
export const WIDTH = 16;
/** After a write whose answer was lost, an assignment is looked at again no sooner than this. */
export const SETTLE_MS = 15_000;
/** Where another worker holds the lease, most likely for a second or two, it is tried again so soon. */
export const BUSY_PAUSE_MS = 1_000;

// What a run may still need for the batch it has begun.
const RESERVE_MS = 8_000;
// Writes on their way when the platform ends a run land within this time: five seconds until they would
// have counted as lost, and the settle time after that, which a run that has ended cannot write down.
const LEASE_MARGIN_MS = 5_000 + SETTLE_MS;

/** False when a run should start nothing new. */
export function hasTime({ clock }: Pick<Ports, "clock">, run: Run): boolean {
  return clock.now() < stayUntil(run);
}

/** Until when a run waits for what falls due. */
export function stayUntil(run: Run): number {
  return run.deadlineAt - RESERVE_MS;
}

/**
 * Until when the leases of this run hold: beyond the end of the run itself, so that no two workers
 * ever hold one, not even when the platform has stopped the first in the middle of a write.
 */
export function leaseUntil(run: Run): number {
  return run.deadlineAt + LEASE_MARGIN_MS;
}

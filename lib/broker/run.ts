// One run of a scheduled function: how long it has, and how much it does at once.

import type { Ports } from "./ports.ts";

export interface Run {
  /** When the platform ends this run (epoch ms); nothing new is started shortly before. */
  readonly deadlineAt: number;
  /** How long a piece of work at a place took at most in this run. */
  took?: Map<string, number>;
  /** True once something was left to the next run for lack of time. */
  left?: boolean;
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

// What a run may still need for the work it has begun, and more where work takes longer.
const RESERVE_MS = 8_000;
const RESERVED_PIECES = 2;
// Writes on their way when the platform ends a run land within this time: five seconds until they would
// have counted as lost, and the settle time after that, which a run that has ended cannot write down.
const LEASE_MARGIN_MS = 5_000 + SETTLE_MS;

/** False when a run should start nothing new. */
export function hasTime({ clock }: Pick<Ports, "clock">, run: Run): boolean {
  return clock.now() < stayUntil(run);
}

/** Until when a run waits for what falls due: until even the quickest piece of work might take too long. */
export function stayUntil({ deadlineAt, took }: Run): number {
  const quickestMs = took === undefined || took.size === 0 ? 0 : Math.min(...took.values());
  return deadlineAt - reserveFor(quickestMs);
}

/**
 * Does a piece of work at `place`, unless it might not be finished in this run: going by the place itself,
 * so that a slow one costs no other its turn. Undefined: it is left to the next run.
 */
export async function inTime<T>(
  ports: Pick<Ports, "clock">,
  run: Run,
  place: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const { clock } = ports;
  run.took ??= new Map();
  const startedAt = clock.now();
  const tookMs = run.took.get(place) ?? 0;
  if (!hasTime(ports, run) || startedAt >= run.deadlineAt - reserveFor(tookMs)) {
    run.left = true;
    return undefined;
  }
  try {
    return await work();
  } finally {
    run.took.set(place, Math.max(tookMs, clock.now() - startedAt));
  }
}

function reserveFor(pieceMs: number): number {
  return Math.max(RESERVE_MS, RESERVED_PIECES * pieceMs);
}

/**
 * Until when the leases of this run hold: beyond the end of the run itself, so that no two workers
 * ever hold one, not even when the platform has stopped the first in the middle of a write.
 */
export function leaseUntil(run: Run): number {
  return run.deadlineAt + LEASE_MARGIN_MS;
}

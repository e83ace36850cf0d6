// A sweep: one pass of a scheduled function over what is due, staying for what falls due before the next.

import { dueOf, type Grant, type Queue } from "../grant/grant.ts";
import type { GrantId } from "../grant/ids.ts";
import type { DuePage, DueRow, Stored } from "../store/store.ts";
import type { Ports } from "./ports.ts";
import { BATCH, hasTime, type Run, stayUntil } from "./run.ts";

/** What a sweep looks through, page by page, oldest first. */
export type Source = (until: number, after: string | undefined) => Promise<DuePage>;

export interface Sweep {
  readonly sources: readonly Source[];
  /** When this sweep has something to do with a grant; undefined where it has not. */
  readonly dueAt: (grant: Grant) => number | undefined;
  /** Handles a batch and answers with what has changed. Must not throw for one bad grant. */
  readonly work: (batch: readonly Stored[]) => Promise<readonly Stored[]>;
}

export interface SweepReport {
  readonly handled: number;
  readonly unreadable: number;
}

type NeededPorts = Pick<Ports, "clock" | "store" | "log">;

// Waits are cut into slices, so that a clock that jumps is noticed.
const SLICE_MS = 250;

/** Everything that a queue has due. */
export function queueSource({ store }: Pick<Ports, "store">, queue: Queue): Source {
  return (until, after) => store.due(queue, until, BATCH, after);
}

/** Some grants by their ids, as a kick names them. */
export function kickedSource(
  { store, log }: Pick<Ports, "store" | "log">,
  ids: readonly GrantId[],
): Source {
  return async () => {
    const rows = await Promise.all(
      ids.map(async (id): Promise<readonly DueRow[]> => {
        try {
          const stored = await store.load(id);
          return stored === undefined ? [] : [stored];
        } catch (error) {
          log.error("kicked grant not read; the next sweep looks again", { grant: id, error });
          return [];
        }
      }),
    );
    return { rows: rows.flat() };
  };
}

/**
 * Handles what is due, then waits for what falls due while this run may still work, so that access
 * ends within about a second of its time. Ends as soon as nothing is to be waited for.
 */
export async function sweep(ports: NeededPorts, run: Run, plan: Sweep): Promise<SweepReport> {
  const met: Met = { handled: new Map(), unreadable: new Set() };
  for (;;) {
    const wakeAt = await pass(ports, run, plan, met);
    if (wakeAt <= stayUntil(run)) await waitUntil(ports, wakeAt);
    if (wakeAt > stayUntil(run) || !hasTime(ports, run)) {
      return { handled: met.handled.size, unreadable: met.unreadable.size };
    }
  }
}

/** What a sweep has met so far. */
interface Met {
  /** The due index lags behind the table: a version that was handled is not handled again. */
  readonly handled: Map<GrantId, number>;
  readonly unreadable: Set<string>;
}

/** Looks through all sources, at a page of each at least, and says when to look again. */
async function pass(ports: NeededPorts, run: Run, plan: Sweep, met: Met): Promise<number> {
  let wakeAt = Number.POSITIVE_INFINITY;
  for (const source of plan.sources) {
    let after: string | undefined;
    do {
      const page = await source(stayUntil(run), after);
      tellUnreadable(ports, page, met.unreadable);
      const rows = page.rows
        .filter(isReadable)
        .filter(({ grant, version }) => version > (met.handled.get(grant.id) ?? -1));
      const now = ports.clock.now();
      wakeAt = Math.min(wakeAt, await handle(plan, met, rows, now));
      // Pages are in the order of the index, whose time may come before this sweep's. Only where they
      // have got to what is ahead is all that is behind it ahead as well.
      const reachedAt = indexedAt(rows.at(-1)) ?? now;
      after = reachedAt <= now ? page.next : undefined;
      if (reachedAt > now && page.next !== undefined) wakeAt = Math.min(wakeAt, reachedAt);
    } while (after !== undefined && hasTime(ports, run));
  }
  return wakeAt;
}

/** Has the work done on those of `rows` that are due, and says when the next of all these is. */
async function handle(
  plan: Sweep,
  { handled }: Met,
  rows: readonly Stored[],
  now: number,
): Promise<number> {
  const due = rows.filter(({ grant }) => isBy(plan.dueAt(grant), now));
  for (const { grant, version } of due) handled.set(grant.id, version);
  const changed = due.length > 0 ? await plan.work(due) : [];
  const coming = [...rows.filter((row) => !due.includes(row)), ...changed];
  return Math.min(...coming.map(({ grant }) => plan.dueAt(grant) ?? Number.POSITIVE_INFINITY));
}

function indexedAt(row: Stored | undefined): number | undefined {
  return row && dueOf(row.grant)?.dueAt;
}

function isReadable(row: DueRow): row is Stored {
  return "grant" in row;
}

function isBy(dueAt: number | undefined, now: number): boolean {
  return dueAt !== undefined && dueAt <= now;
}

function tellUnreadable({ log }: NeededPorts, page: DuePage, told: Set<string>): void {
  for (const row of page.rows) {
    if (isReadable(row) || told.has(row.unreadable)) continue;
    told.add(row.unreadable);
    log.error("row cannot be read and stays as it is", { row: row.unreadable, why: row.why });
  }
}

async function waitUntil({ clock }: NeededPorts, at: number): Promise<void> {
  for (let now = clock.now(); now < at; now = clock.now()) {
    await clock.sleep(Math.min(at - now, SLICE_MS));
  }
}

// A sweep: one pass of a scheduled function over what is due, staying for what falls due before the next.

import { dueOf, type Grant, type Queue } from "../grant/grant.ts";
import type { GrantId } from "../grant/ids.ts";
import { LONGEST_PAUSE_MS } from "../grant/steps.ts";
import type { DuePage, DueRow, Stored } from "../store/store.ts";
import type { Ports, Worker } from "./ports.ts";
import { BATCH, hasTime, type Run, stayUntil } from "./run.ts";

/** What a sweep looks through, page by page, oldest first. */
export type Source = (until: number, after: string | undefined) => Promise<DuePage>;

export interface Sweep {
  /** Whose sweep this is. A kick's names only some grants, so that it proves nothing about the others. */
  readonly of: Worker | "kick";
  /** Looked through in this order. */
  readonly sources: readonly Source[];
  /** When this sweep has something to do with a grant; undefined where it has not. */
  readonly dueAt: (grant: Grant) => number | undefined;
  /** When access that this sweep is to end was to be gone. */
  readonly overAt?: (grant: Grant) => number | undefined;
  /** How many grants are gathered before the work begins. */
  readonly atOnce: number;
  /** Whether what falls due while work is under way is begun beside it. */
  readonly overlaps: boolean;
  /** Handles a batch and answers with what has changed. Must not throw for one bad grant. */
  readonly work: (batch: readonly Stored[]) => Promise<readonly Stored[]>;
}

export interface SweepReport {
  readonly handled: number;
  readonly unreadable: number;
  /** False where more was due than the run had time for: the next goes on, oldest first. */
  readonly complete: boolean;
}

type NeededPorts = Pick<Ports, "clock" | "store" | "log" | "metrics">;

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
  const met: Met = {
    handled: new Map(),
    unreadable: new Set(),
    seen: new Map(),
    wakeAt: Number.POSITIVE_INFINITY,
    works: new Set(),
    atWork: new Set(),
    isTold: false,
  };
  try {
    do {
      await look(ports, run, plan, met);
      if (!plan.overlaps) await Promise.all(met.works);
    } while (await isDueAgain(ports, run, plan, met));
  } finally {
    await Promise.allSettled(met.works);
  }
  if (!met.isTold) await tell(ports, run, plan, met);
  return {
    handled: met.handled.size,
    unreadable: met.unreadable.size,
    complete: run.left !== true,
  };
}

/** What a sweep has met so far. */
interface Met {
  /** The due index lags behind the table: a version that was handled is not handled again. */
  readonly handled: Map<GrantId, number>;
  readonly unreadable: Set<string>;
  /** Grants of the last look, as they are by now. */
  readonly seen: Map<GrantId, Grant>;
  /** When to look again. */
  wakeAt: number;
  /** Work under way. */
  readonly works: Set<Promise<void>>;
  /** The grants that it is about. */
  readonly atWork: Set<GrantId>;
  /** Whether figures have been told since the last work began. */
  isTold: boolean;
  /** Set with the first figures. */
  hasBeaten?: true;
}

/** Looks through all sources, at a page of each at least, and begins the work on what is due. */
async function look(ports: NeededPorts, run: Run, plan: Sweep, met: Met): Promise<void> {
  met.wakeAt = Number.POSITIVE_INFINITY;
  met.seen.clear();
  const gathered: Stored[] = [];
  // So far ahead that what waits between two tries is seen too.
  const until = Math.max(stayUntil(run), ports.clock.now() + LONGEST_PAUSE_MS);
  for (const source of plan.sources) {
    let after: string | undefined;
    do {
      const page = await source(until, after);
      tellUnreadable(ports, page, met.unreadable);
      const rows = page.rows.filter(isReadable);
      const now = ports.clock.now();
      for (const row of rows) {
        const dueAt = see(plan, met, row);
        const { id } = row.grant;
        if (met.atWork.has(id) || row.version <= (met.handled.get(id) ?? -1)) continue;
        if (dueAt > now) met.wakeAt = Math.min(met.wakeAt, dueAt);
        else gathered.push(row);
      }
      if (gathered.length >= plan.atOnce) await begin(ports, run, plan, met, gathered.splice(0));
      // Pages are in the order of the index, whose time may come before this sweep's. Only where they
      // have got to what is ahead is all that is behind it ahead as well.
      const reachedAt = indexedAt(rows.at(-1)) ?? now;
      after = reachedAt <= now ? page.next : undefined;
      if (reachedAt > now && page.next !== undefined) met.wakeAt = Math.min(met.wakeAt, reachedAt);
      if (after !== undefined && !hasTime(ports, run)) run.left = true;
    } while (after !== undefined && run.left !== true);
  }
  void begin(ports, run, plan, met, gathered);
}

/** When `row` is due to this sweep. */
function see(plan: Sweep, { seen }: Met, { grant }: Stored): number {
  seen.set(grant.id, grant);
  return plan.dueAt(grant) ?? Number.POSITIVE_INFINITY;
}

/** Begins the work on `batch`; resolves when it is done. */
function begin(
  ports: NeededPorts,
  run: Run,
  plan: Sweep,
  met: Met,
  batch: readonly Stored[],
): Promise<void> {
  if (batch.length === 0) return Promise.resolve();
  if (!hasTime(ports, run)) {
    run.left = true;
    return Promise.resolve();
  }
  met.isTold = false;
  for (const { grant, version } of batch) {
    met.handled.set(grant.id, version);
    met.atWork.add(grant.id);
  }
  const work = plan.work(batch).then((changed) => {
    for (const { grant } of batch) met.atWork.delete(grant.id);
    for (const stored of changed) met.wakeAt = Math.min(met.wakeAt, see(plan, met, stored));
  });
  const counted = work.finally(() => met.works.delete(counted));
  met.works.add(counted);
  // Whoever waits for the works meets a failure; nobody may be waiting yet.
  counted.catch(() => undefined);
  return counted;
}

/**
 * Waits until there is something to look for again, or until there is nothing more to wait for (false).
 * What falls due while work is under way is not kept waiting by the slowest of its places.
 */
async function isDueAgain(ports: NeededPorts, run: Run, plan: Sweep, met: Met): Promise<boolean> {
  const { clock } = ports;
  for (;;) {
    const isIdle = met.works.size === 0;
    if (isIdle && !met.isTold) await tell(ports, run, plan, met);
    const now = clock.now();
    const isNear = met.wakeAt <= stayUntil(run);
    if (met.wakeAt <= now) return hasTime(ports, run);
    if (isIdle && !isNear) return false;
    const waits = [...met.works];
    if (isNear) waits.push(clock.sleep(Math.min(met.wakeAt - now, SLICE_MS)));
    await Promise.race(waits);
  }
}

/** Tells, of a schedule's sweep, how things stand; the heartbeat once, when all that was due was seen. */
async function tell(ports: NeededPorts, run: Run, plan: Sweep, met: Met): Promise<void> {
  met.isTold = true;
  if (plan.of !== "kick") {
    if (!met.hasBeaten && run.left !== true) await beat(ports, plan.of);
    met.hasBeaten = true;
    const now = ports.clock.now();
    const overdue = [...met.seen.values()].filter((grant) => isBy(plan.overAt?.(grant), now));
    tellFigures(ports, plan, overdue, met.unreadable.size);
  }
  ports.metrics.publish();
}

/** Says that everything due was seen: without it the alarms go off. */
export async function beat(
  { store, clock, log, metrics }: NeededPorts,
  worker: Worker,
): Promise<void> {
  metrics.note("heartbeat", 1);
  try {
    await store.noteFullPass(worker, clock.now());
  } catch (error) {
    log.warn("full pass not noted", { error });
  }
}

/** NB. Also zeros are published, so that an alarm can tell "nothing wrong" from "nobody looks". */
function tellFigures(
  { clock, log, metrics }: NeededPorts,
  plan: Sweep,
  overdue: readonly Grant[],
  unreadable: number,
): void {
  metrics.note("poisonedRows", unreadable);
  metrics.note("conflicts", 0);
  const { overAt } = plan;
  if (overAt === undefined) return;
  const overSeconds = (grant: Grant) => (clock.now() - (overAt(grant) ?? clock.now())) / 1_000;
  const seconds = overdue.map(overSeconds);
  const oldest = seconds.reduce((most, each) => Math.max(most, each), 0);
  metrics.note("overdue", overdue.length);
  metrics.note("oldestOverdueSeconds", oldest);
  if (overdue.length === 0) return;
  log.warn("access is overdue", {
    count: overdue.length,
    oldestSeconds: oldest,
    grants: overdue.slice(0, MOST_NAMED).map(({ id }) => id),
  });
}

/** Grants that one line of the log names. */
const MOST_NAMED = 20;

function indexedAt(row: Stored | undefined): number | undefined {
  return row && dueOf(row.grant)?.dueAt;
}

function isReadable(row: DueRow): row is Stored {
  return "grant" in row;
}

function isBy(at: number | undefined, now: number): boolean {
  return at !== undefined && at <= now;
}

function tellUnreadable({ log }: NeededPorts, page: DuePage, told: Set<string>): void {
  for (const row of page.rows) {
    if (isReadable(row) || told.has(row.unreadable)) continue;
    told.add(row.unreadable);
    log.error("row cannot be read and stays as it is", { row: row.unreadable, why: row.why });
  }
}

// The other pair of eyes: compares the table with what the places show, writes nothing, and hands over what it found.

import pMap from "p-map";
import type { GrantId } from "../grant/ids.ts";
import {
  type AssignmentKey,
  type PlaceKey,
  placeKey,
  type TargetSpec,
} from "../grant/target-spec.ts";
import { type AssignmentRecord, StoreError } from "../store/store.ts";
import type { Inventories, Inventory } from "../targets/target.ts";
import {
  type Alive,
  isAlive,
  isUnseen,
  type Listing,
  listingOf,
  missing,
  oldestOverdueMs,
  overdue,
  type Places,
  stopped,
  strays,
} from "./discrepancies.ts";
import {
  type Finding,
  findingKey,
  type Report,
  reportOf,
  type Unreadable,
  type Unseen,
} from "./findings.ts";
import { isForgotten } from "./forgotten.ts";
import type { Ports, Worker } from "./ports.ts";
import { BATCH, type Run, stayUntil, WIDTH } from "./run.ts";

/** More than the due index and IAM lag behind, so that one lag is not seen twice. */
const PAUSE_MS = 20_000;
// Waits are cut into slices, so that a clock that jumps is noticed.
const SLICE_MS = 250;

const SWEEPS: readonly Worker[] = ["provision", "revoke", "announce"];

export interface WatchPorts extends Pick<Ports, "policy" | "clock" | "store" | "metrics" | "log"> {
  readonly inventories: Inventories;
  /** Has the admins told. Never throws: what is not told now is found again by the next run. */
  readonly handOver: (report: Report) => Promise<void>;
  /** Has grants put back into the outbox. Never throws, and what was not done is found again. */
  readonly takeUp: (forgotten: readonly GrantId[]) => Promise<void>;
}

/**
 * Looks at the table and at every place, publishes what it measured, and hands over what it found. What
 * it reads may be old, and grants begin and end meanwhile: only what two looks agree on is a finding.
 * @throws where the table cannot be read.
 */
export async function watch(ports: WatchPorts, run: Run): Promise<Report> {
  const { clock, metrics, log } = ports;
  const { latest, agreed } = await lookTwice(ports, run);
  const count = (...kinds: readonly Finding["kind"][]) =>
    agreed.filter(({ kind }) => kinds.includes(kind)).length;

  metrics.note("oldestOverdueSeconds", latest.oldestOverdueMs / 1_000);
  metrics.note("liveGrants", latest.grants);
  metrics.note("drift", count("left-over", "missing"));
  metrics.note("unlent", count("unlent"));
  metrics.note("stoppedSweeps", count("stopped"));
  metrics.note("poisonedRows", count("unreadable"));
  // NB. Of a place that nobody could look at nothing is known: that is no clean bill.
  if (!latest.findings.some(({ kind }) => kind === "unseen")) metrics.note("heartbeat", 1);
  metrics.publish();

  const report = reportOf(agreed, clock.now());
  log.info("watch has looked", { grants: latest.grants, findings: agreed.length });
  await ports.handOver(report);
  if (latest.forgotten.length > 0) await ports.takeUp(latest.forgotten.slice(0, BATCH));
  return report;
}

/** What one look saw. */
interface Look {
  readonly findings: readonly Finding[];
  /** How many grants are alive. */
  readonly grants: number;
  readonly forgotten: readonly GrantId[];
  readonly oldestOverdueMs: number;
}

async function lookTwice(
  ports: WatchPorts,
  run: Run,
): Promise<{ latest: Look; agreed: readonly Finding[] }> {
  const { clock } = ports;
  const lookMs = (stayUntil(run) - PAUSE_MS - clock.now()) / 2;
  const first = await look(ports, clock.now() + lookMs);
  if (first.findings.length === 0) return { latest: first, agreed: [] };

  await wait(ports, PAUSE_MS);
  const latest = await look(ports, clock.now() + lookMs);
  const before = new Set(first.findings.map(findingKey));
  const both = latest.findings.filter((finding) => before.has(findingKey(finding)));
  const settled = await pMap(both, (finding) => settle(ports, finding, latest), {
    concurrency: WIDTH,
  });
  return { latest, agreed: settled.filter((finding) => finding !== undefined) };
}

/** One look; the places that it has not come to by `until` (epoch ms) it leaves unseen. */
async function look(ports: WatchPorts, until: number): Promise<Look> {
  const { clock, store, policy } = ports;
  const { grants, unreadable, forgotten } = await waitingGrants(ports);
  const passes = await store.fullPasses();
  const specs = [
    ...grants.flatMap(({ targets }) => targets),
    // The last to name a place says how it is reached: access.yml knows that better than an old grant.
    ...Object.values(policy.entitlements).flatMap(({ targets }) => targets),
  ];
  const places = await listAll(ports, specs, until);
  const now = clock.now();
  const findings = [
    ...overdue(grants, now),
    ...strays(places, grants),
    ...missing(places, grants, now),
    ...stopped(SWEEPS, passes, now),
    ...unreadable,
    ...[...places.values()].filter(isUnseen),
  ];
  const distinct = new Map(findings.map((finding) => [findingKey(finding), finding]));
  return {
    findings: [...distinct.values()],
    grants: grants.length,
    forgotten,
    oldestOverdueMs: oldestOverdueMs(grants, now),
  };
}

/**
 * Every grant that has begun and is not closed, and which of them, or of the requests that nobody has decided, are
 * forgotten: the queues that they wait in, to their ends.
 */
async function waitingGrants({ store, clock }: WatchPorts): Promise<{
  grants: readonly Alive[];
  unreadable: readonly Unreadable[];
  forgotten: readonly GrantId[];
}> {
  const grants = new Map<string, Alive>();
  const unreadable = new Map<string, Unreadable>();
  const forgotten = new Set<GrantId>();
  // In the order in which grants move on, so that none slips through between two.
  for (const queue of ["lapse", "begun", "revoke"] as const) {
    let after: string | undefined;
    do {
      const page = await store.due(queue, Number.MAX_SAFE_INTEGER, BATCH, after);
      for (const row of page.rows) {
        if ("unreadable" in row) {
          const { unreadable: name, why } = row;
          unreadable.set(name, { kind: "unreadable", row: name, why });
          continue;
        }
        const { grant } = row;
        if (isAlive(grant)) grants.set(grant.id, grant);
        if (isForgotten(row, clock.now())) forgotten.add(grant.id);
      }
      after = page.next;
    } while (after !== undefined);
  }
  return {
    grants: [...grants.values()],
    unreadable: [...unreadable.values()],
    forgotten: [...forgotten],
  };
}

/** What stands at each place that one of `specs` names, each asked once. Never throws. */
async function listAll(
  ports: WatchPorts,
  specs: readonly TargetSpec[],
  until: number,
): Promise<Places> {
  const places = new Map(specs.map((spec) => [placeKey(spec), spec]));
  const listings = await pMap(
    places,
    async ([place, spec]) => [place, await list(ports, place, spec, until)] as const,
    { concurrency: WIDTH },
  );
  return new Map(listings);
}

async function list(
  { inventories, clock, log }: WatchPorts,
  place: PlaceKey,
  spec: TargetSpec,
  until: number,
): Promise<Listing | Unseen> {
  const unseen = (problem: string): Unseen => ({ kind: "unseen", place, problem });
  if (clock.now() >= until) return unseen("watch had no time left for it");
  try {
    // The specs that a room is handed are of its kind, which the compiler cannot follow from here.
    const found = await (inventories[spec.kind] as Inventory<TargetSpec>).list(spec);
    return "seen" in found ? unseen(found.message) : listingOf(found);
  } catch (error) {
    log.warn("place not looked at", { place, error });
    return unseen(error instanceof Error ? error.message : String(error));
  }
}

/**
 * What the assignment's row makes of something that no grant gives. Undefined: it may belong to a grant
 * whose row cannot be read, which is a finding of its own.
 */
async function settle(
  ports: WatchPorts,
  finding: Finding,
  { findings }: Look,
): Promise<Finding | undefined> {
  if (finding.kind !== "left-over" && finding.kind !== "unlent") return finding;
  const record = await knownOf(ports, finding.assignment);
  const unreadable = findings.filter(({ kind }) => kind === "unreadable") as Unreadable[];
  const isClaimed = record?.claims.some((id) => unreadable.some(({ row }) => row.endsWith(id)));
  if (isClaimed) return undefined;
  return record?.origin === "ours" ? { ...finding, kind: "left-over" } : finding;
}

/** NB. A row that cannot be read keeps nobody from being told. */
async function knownOf(
  { store, log }: WatchPorts,
  key: AssignmentKey,
): Promise<AssignmentRecord | undefined> {
  try {
    return await store.assignment(key);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === "unavailable") throw error;
    log.error("row cannot be read and stays as it is", { row: key, error });
    return undefined;
  }
}

async function wait({ clock }: WatchPorts, ms: number): Promise<void> {
  const until = clock.now() + ms;
  for (let now = clock.now(); now < until; now = clock.now()) {
    await clock.sleep(Math.min(until - now, SLICE_MS));
  }
}

// Ends what is due: lapses requests, takes access away, and closes a grant once its absence is read back.

import pMap from "p-map";
import { endDueAt, type Grant, overAt, type RevokingGrant } from "../grant/grant.ts";
import type { GrantId } from "../grant/ids.ts";
import { close, lapse, noteDrift, postpone, revoke } from "../grant/steps.ts";
import { type AssignmentKey, placeKey, type TargetSpec } from "../grant/target-spec.ts";
import type { AssignmentChange, Stored } from "../store/store.ts";
import type { TakeOutcome } from "../targets/target.ts";
import { assignmentFor, assignmentsOf, type Held, hold, release } from "./assignments.ts";
import { type Answers, askPlaces, byPlace } from "./places.ts";
import type { Ports } from "./ports.ts";
import {
  BATCH,
  BUSY_PAUSE_MS,
  CALLS,
  hasTime,
  inTime,
  type Run,
  SETTLE_MS,
  SLICE,
  WIDTH,
} from "./run.ts";
import { advance, isolated, stepBy } from "./step.ts";

type NeededPorts = Pick<
  Ports,
  "policy" | "clock" | "ids" | "store" | "targets" | "kick" | "log" | "metrics"
>;

/**
 * Ends those of `due` whose time has come; the others are left alone, and so is what the run has no time
 * for, which stays due and is first in the next. Access goes before requests that lapse. May be repeated
 * at any time.
 */
export async function endDue(
  ports: NeededPorts,
  run: Run,
  due: readonly Stored[],
): Promise<readonly Stored[]> {
  const now = ports.clock.now();
  const ripe = due.filter(({ grant }) => (endDueAt(grant) ?? Number.POSITIVE_INFINITY) <= now);
  const ended = await withdraw(ports, run, ripe.filter(isEnding));
  const lapsed = await lapseAll(ports, run, ripe.filter(isPending));
  const changed = new Map([...ended, ...lapsed].map((stored) => [stored.grant.id, stored]));
  // More than a page is better left to the outbox, which forgets nobody.
  const toTell = [...changed.keys()].slice(0, BATCH);
  if (toTell.length > 0) await ports.kick("announce", toTell);
  return [...changed.values()];
}

type EndingGrant = Extract<Grant, { readonly status: "approved" | "active" | "revoking" }>;

function isEnding(stored: Stored): stored is Stored<EndingGrant> {
  const { status } = stored.grant;
  return status === "approved" || status === "active" || status === "revoking";
}

function isPending(stored: Stored): stored is Stored<Extract<Grant, { status: "pending" }>> {
  return stored.grant.status === "pending";
}

async function lapseAll(
  ports: NeededPorts,
  run: Run,
  requests: readonly Stored<Extract<Grant, { status: "pending" }>>[],
): Promise<readonly Stored[]> {
  const lapsed = await pMap(
    requests,
    async (stored) => {
      if (!hasTime(ports, run)) {
        run.left = true;
        return undefined;
      }
      const step = stepBy(ports, "latchkey", "revoke");
      return isolated(ports, stored.grant.id, () =>
        advance(ports, stored, lapse(stored.grant, step)),
      );
    },
    { concurrency: WIDTH },
  );
  return lapsed.filter((stored) => stored !== undefined);
}

/** What became of one assignment that a grant rested on. */
type Withdrawal =
  | { readonly gone: true; readonly drift?: string }
  | { readonly gone: false; readonly problem: string; readonly pauseMs?: number };

/**
 * Takes away the access of grants whose time is over, place by place, those first that wait longest, and
 * concludes each grant with the last of its places, so that a slow place keeps no other grant waiting.
 * Answers with each grant as it is left.
 */
async function withdraw(
  ports: NeededPorts,
  run: Run,
  ending: readonly Stored<EndingGrant>[],
): Promise<readonly Stored[]> {
  const left = new Map<GrantId, Stored>();
  const known = new Map<AssignmentKey, Withdrawal>();
  const opening = new Map<GrantId, Promise<Stored<RevokingGrant> | undefined>>();
  const open = (stored: Stored<EndingGrant>) => {
    const { id } = stored.grant;
    const begun = opening.get(id) ?? isolated(ports, id, () => openEnd(ports, stored));
    opening.set(id, begun);
    return begun;
  };
  const concludeAll = async (revoking: readonly Stored<RevokingGrant>[], width: number) => {
    const concluded = await pMap(
      revoking,
      (stored) => isolated(ports, stored.grant.id, () => conclude(ports, stored, known)),
      { concurrency: width },
    );
    for (const stored of concluded) if (stored) left.set(stored.grant.id, stored);
  };

  const places = byPlace(ending.flatMap(restingOf));
  const width = Math.max(2, Math.floor(CALLS / Math.max(1, Math.min(places.length, WIDTH))));
  const withdrawSlice = async (slice: readonly Resting<EndingGrant>[]) => {
    const opened = await openAll(slice, open, width);
    for (const { stored } of opened) {
      if (!left.has(stored.grant.id)) left.set(stored.grant.id, stored);
    }
    const became = await withdrawFrom(ports, run, opened, width);
    for (const [key, withdrawal] of became) known.set(key, withdrawal);
    const complete = [...new Set(opened.map(({ stored }) => stored))].filter(({ grant }) =>
      [...restsOn(grant).keys()].every((key) => known.has(key)),
    );
    await concludeAll(complete, width);
  };
  await pMap(
    places,
    async (place) => {
      const [{ spec }] = place as [Resting<EndingGrant>];
      for (const slice of slicesOf(place)) {
        await inTime(ports, run, placeKey(spec), () => withdrawSlice(slice));
      }
    },
    { concurrency: WIDTH },
  );
  const nowhere = ending.filter(({ grant }) => restsOn(grant).size === 0);
  const opened = await pMap(nowhere, open, { concurrency: WIDTH });
  await concludeAll(
    opened.filter((stored) => stored !== undefined),
    WIDTH,
  );
  return [...left.values()];
}

/** Brings a grant to the state from which its access is taken. Undefined: somebody else changed it. */
async function openEnd(
  ports: NeededPorts,
  stored: Stored<EndingGrant>,
): Promise<Stored<RevokingGrant> | undefined> {
  const { grant } = stored;
  if (grant.status === "revoking") return { ...stored, grant };
  const opened = revoke(grant, { kind: "expired" }, stepBy(ports, "latchkey", "revoke"));
  const advanced = await advance(ports, stored, opened);
  return isRevoking(advanced) ? advanced : undefined;
}

function isRevoking(stored: Stored | undefined): stored is Stored<RevokingGrant> {
  return stored?.grant.status === "revoking";
}

/** The assignments that the grant rests on, as it was begun. */
function restsOn(grant: EndingGrant): ReadonlyMap<AssignmentKey, TargetSpec> {
  return grant.window === undefined ? new Map() : assignmentsOf(grant, grant.window.principalId);
}

interface Resting<G extends EndingGrant = RevokingGrant> {
  readonly key: AssignmentKey;
  readonly spec: TargetSpec;
  readonly stored: Stored<G>;
}

function restingOf(stored: Stored<EndingGrant>): readonly Resting<EndingGrant>[] {
  return [...restsOn(stored.grant)].map(([key, spec]) => ({ key, spec, stored }));
}

/** Those whose grants could be opened, with the grants as they are then. */
async function openAll(
  slice: readonly Resting<EndingGrant>[],
  open: (stored: Stored<EndingGrant>) => Promise<Stored<RevokingGrant> | undefined>,
  width: number,
): Promise<readonly Resting[]> {
  const opened = await pMap(
    slice,
    async ({ key, spec, stored }) => ({ key, spec, stored: await open(stored) }),
    { concurrency: width },
  );
  return opened.flatMap(({ stored, ...rest }) =>
    stored === undefined ? [] : [{ ...rest, stored }],
  );
}

/** Pieces of at most `SLICE` assignments; all grants of one assignment are in the same. */
function slicesOf<G extends EndingGrant>(
  place: readonly Resting<G>[],
): readonly (readonly Resting<G>[])[] {
  const assignments = [...Map.groupBy(place, ({ key }) => key).values()];
  const count = Math.ceil(assignments.length / SLICE);
  return Array.from({ length: count }, (_, n) =>
    assignments.slice(n * SLICE, (n + 1) * SLICE).flat(),
  );
}

/** One place: leases, one change for all of its assignments, leases released. Never throws. */
async function withdrawFrom(
  ports: NeededPorts,
  run: Run,
  resting: readonly Resting[],
  width: number,
): Promise<ReadonlyMap<AssignmentKey, Withdrawal>> {
  const done = new Map<AssignmentKey, Withdrawal>();
  const assignments = [...Map.groupBy(resting, ({ key }) => key).values()];
  const held = await pMap(
    assignments,
    async (grants) => {
      const [{ key, spec, stored }] = grants as [Resting, ...Resting[]];
      const leaving = new Set<GrantId>(grants.map((each) => each.stored.grant.id));
      try {
        const taken = await hold(ports, run, key, spec, { leaving });
        if (taken !== undefined) return [{ held: taken, grant: stored.grant, leaving }];
        done.set(key, { gone: false, problem: "another worker is at it", pauseMs: BUSY_PAUSE_MS });
      } catch (error) {
        ports.log.error("assignment not held", { assignment: key, error });
        done.set(key, { gone: false, problem: `the table did not answer: ${String(error)}` });
      }
      return [];
    },
    { concurrency: width },
  );
  const ours = held.flat();
  const askedAt = ports.clock.now();
  const answers = await take(ports, ours);
  await pMap(
    ours,
    async (each) => {
      const { key } = each.held.record;
      done.set(key, await releaseTaken(ports, each, outcomeFor(each, answers), askedAt));
    },
    { concurrency: width },
  );
  return done;
}

/** An assignment under its lease, with the grants that leave it; `grant` is one of them. */
interface HeldForTake {
  readonly held: Held;
  readonly grant: RevokingGrant;
  readonly leaving: ReadonlySet<GrantId>;
}

// Without the mark nothing was ever written: it is set before the first write. Standing access stays.
function isOurs({ held }: HeldForTake): boolean {
  return held.record.origin === "ours";
}

/** Takes away what the broker put there, all of it at one place. Never throws. */
async function take(
  ports: NeededPorts,
  held: readonly HeldForTake[],
): Promise<Answers<TakeOutcome>> {
  const wanted = held
    .filter(isOurs)
    .map(({ grant, held: each }) => assignmentFor(grant, grant.window.principalId, each));
  return askPlaces(ports, wanted, (room, place) => room.take(place));
}

/** What the broker did not put there counts as gone. */
function outcomeFor(each: HeldForTake, answers: Answers<TakeOutcome>): TakeOutcome {
  if (!isOurs(each)) return { status: "gone", writeLost: false };
  const silence = { unanswered: "the target did not answer for it" };
  const answer = answers.get(each.held.record.key) ?? silence;
  return "unanswered" in answer
    ? { status: "unclear", problem: answer.unanswered, writeLost: true }
    : answer;
}

/**
 * Writes down what became of the assignment, and releases its lease. `askedAt`: what was read is no older.
 * Never throws.
 */
async function releaseTaken(
  ports: NeededPorts,
  each: HeldForTake,
  outcome: TakeOutcome,
  askedAt: number,
): Promise<Withdrawal> {
  const { held, leaving } = each;
  const ours = isOurs(each);
  const now = ports.clock.now();
  const settlesAt = outcome.writeLost ? now + SETTLE_MS : (held.record.unsettledUntil ?? 0);
  // NB. By when the place was asked: a worker that paused since may have read what was before a late write.
  const settled = settlesAt <= askedAt;
  const gone = outcome.status === "gone" && settled;
  const change: AssignmentChange = {
    ...(gone ? { dropClaims: [...leaving] } : {}),
    ...(gone && held.others.length === 0 && !held.isOpenToOthers ? { origin: null } : {}),
    unsettledUntil: settled ? null : settlesAt,
    ...(ours && held.others.length === 0 ? { takenAt: now } : {}),
  };
  try {
    if (!(await release(ports, held, change))) {
      return { gone: false, problem: "the lease had run out", pauseMs: BUSY_PAUSE_MS };
    }
  } catch (error) {
    return { gone: false, problem: `the table did not answer: ${String(error)}` };
  }
  if (outcome.status === "unclear") return { gone: false, problem: outcome.problem };
  if (!settled) {
    const problem = "gone, but a write may still land: looking again";
    return { gone: false, problem, pauseMs: Math.max(0, settlesAt - now) };
  }
  return { gone: true, ...(outcome.drift === undefined ? {} : { drift: outcome.drift }) };
}

/** Closes a grant whose every assignment is gone; otherwise it is tried again, for ever. */
async function conclude(
  ports: NeededPorts,
  stored: Stored<RevokingGrant>,
  withdrawals: ReadonlyMap<AssignmentKey, Withdrawal>,
): Promise<Stored | undefined> {
  const { grant } = stored;
  const step = stepBy(ports, "latchkey", "revoke");
  const results = [...restsOn(grant).keys()].map(
    (key) => withdrawals.get(key) ?? { gone: false as const, problem: "not looked at" },
  );
  const left = results.filter((result) => !result.gone);
  if (left.length > 0) {
    const problem = [...new Set(left.map((result) => result.problem))].join("; ");
    const pauses = left.map(({ pauseMs }) => pauseMs);
    const pauseMs = pauses.every((pause) => pause !== undefined) ? Math.max(...pauses) : undefined;
    ports.log.warn("access not gone yet", {
      grant: grant.id,
      attempts: grant.waiting.attempts + 1,
    });
    return advance(ports, stored, postpone(grant, problem, step, pauseMs));
  }
  const drift = results.flatMap((result) => (result.gone && result.drift ? [result.drift] : []));
  return closeNow(ports, stored, drift, step);
}

// Other workers that met the same grant may have postponed it meanwhile, each once.
const ROUNDS = 4;

/** Closes the grant; that another worker has postponed it meanwhile takes nothing from what was read back. */
async function closeNow(
  ports: NeededPorts,
  stored: Stored<RevokingGrant>,
  drift: readonly string[],
  step: ReturnType<typeof stepBy>,
): Promise<Stored | undefined> {
  let latest: Stored | undefined = stored;
  for (let round = 1; round <= ROUNDS && isRevoking(latest); round++) {
    const noted: RevokingGrant = drift.reduce(
      (grant, what) => noteDrift(grant, what, step),
      latest.grant,
    );
    const closed = await advance(ports, latest, close(noted, step));
    if (closed !== undefined) {
      const lateMs = step.at - (overAt(stored.grant) ?? step.at);
      ports.metrics.note("endedLatenessSeconds", lateMs / 1_000);
      return closed;
    }
    latest = await ports.store.load(stored.grant.id);
  }
  return undefined;
}

// Carries approved grants out: checks that the approval still holds, writes the intent, then the access, and reads it back.

import pMap from "p-map";
import { type ApprovedGrant, type Grant, provisionDueAt } from "../grant/grant.ts";
import { activate, type BegunGrant, begin, hasBegun, postpone, revoke } from "../grant/steps.ts";
import { stillHolds } from "../policy/still-holds.ts";
import type { Stored } from "../store/store.ts";
import type { GiveOutcome, Sighting } from "../targets/target.ts";
import { assignmentFor, assignmentsOf, type Held, hold, release } from "./assignments.ts";
import { identify } from "./identify.ts";
import { type Answers, askPlaces, type Unanswered } from "./places.ts";
import type { Ports } from "./ports.ts";
import { BUSY_PAUSE_MS, hasTime, inTime, type Run, SETTLE_MS, WIDTH } from "./run.ts";
import { advance, isolated, stepBy } from "./step.ts";

/** How long an approval waits for what does not answer, before the grant fails. */
const PATIENCE_MS = 5 * 60_000;
const PATIENT_TRIES = 4;

type NeededPorts = Pick<
  Ports,
  "policy" | "clock" | "ids" | "store" | "targets" | "principals" | "kick" | "log" | "metrics"
>;

/** A grant on its way through one pass, with the leases that this run holds for it. */
interface Work {
  readonly stored: Stored<ApprovedGrant>;
  readonly principalId: string;
  readonly held: readonly Held[];
}

interface BegunWork extends Work {
  readonly stored: Stored<BegunGrant>;
}

/**
 * Carries out those of `due` whose time has come, and answers with what has changed. Access of one
 * place is written together. May be repeated at any time: what a crash left is finished, or handed
 * to revoke. What the run has no time for is left to the next.
 */
export async function provisionDue(
  ports: NeededPorts,
  run: Run,
  due: readonly Stored[],
): Promise<readonly Stored[]> {
  return (await inTime(ports, run, "a batch", () => carryOut(ports, run, due))) ?? [];
}

async function carryOut(
  ports: NeededPorts,
  run: Run,
  due: readonly Stored[],
): Promise<readonly Stored[]> {
  const changed: Stored[] = [];
  const collect = (stored: Stored | undefined) => {
    if (stored !== undefined) changed.push(stored);
  };
  const works = await eachOf(ports, due.filter(isApproved), (stored) =>
    prepare(ports, run, stored, collect),
  );
  const lookedAt = ports.clock.now();
  const sightings = await lookEverywhere(ports, works);
  const begun = await eachOf(ports, works, (work) =>
    start(ports, run, work, { sightings, lookedAt }, collect),
  );
  const outcomes = await giveEverywhere(ports, begun);
  await eachOf(ports, begun, async (work) => {
    collect(await finish(ports, work, outcomes));
    return undefined;
  });
  await kickFor(ports, changed);
  return changed;
}

function isApproved(stored: Stored): stored is Stored<ApprovedGrant> {
  return stored.grant.status === "approved";
}

/** `work` for each, several at once; what fails is logged, left to the next sweep, and left out. */
async function eachOf<T extends Stored<ApprovedGrant> | Work, R>(
  ports: NeededPorts,
  items: readonly T[],
  work: (item: T) => Promise<R | undefined>,
): Promise<readonly R[]> {
  const idOf = (item: Stored<ApprovedGrant> | Work) =>
    "stored" in item ? item.stored.grant.id : item.grant.id;
  const results = await pMap(items, (item) => isolated(ports, idOf(item), () => work(item)), {
    concurrency: WIDTH,
  });
  return results.flatMap((result) => (result === undefined ? [] : [result]));
}

/** Checks that the grant may still be carried out, and takes its leases. */
async function prepare(
  ports: NeededPorts,
  run: Run,
  stored: Stored<ApprovedGrant>,
  collect: (stored: Stored | undefined) => void,
): Promise<Work | undefined> {
  const { grant } = stored;
  const step = stepBy(ports, "latchkey", "provision");
  const dueAt = provisionDueAt(grant);
  if (dueAt === undefined || step.at < dueAt || !hasTime(ports, run)) return undefined;
  if (hasBegun(grant) && grant.window.expiresAt <= step.at) {
    collect(await advance(ports, stored, revoke(grant, { kind: "expired" }, step)));
    return undefined;
  }
  const verdict = stillHolds(ports.policy, grant, step.at);
  if (!verdict.allowed) {
    const code = verdict.reasons[0]?.code ?? "approval-void";
    const message = verdict.reasons.map((reason) => reason.message).join("; ");
    collect(await advance(ports, stored, failed(grant, code, message, step)));
    return undefined;
  }
  const who = await identify(ports, grant);
  if (!("principalId" in who)) {
    const next =
      "problem" in who
        ? later(grant, who.problem, step)
        : failed(grant, who.code, who.message, step);
    collect(await advance(ports, stored, next));
    return undefined;
  }
  const held = await holdAll(ports, run, grant, who.principalId);
  if (held !== undefined) return { stored, principalId: who.principalId, held };
  const busy = "another worker is at the same assignment";
  collect(await advance(ports, stored, later(grant, busy, step, BUSY_PAUSE_MS)));
  return undefined;
}

/** All of a grant's leases, or none. */
async function holdAll(
  ports: NeededPorts,
  run: Run,
  grant: ApprovedGrant,
  principalId: string,
): Promise<readonly Held[] | undefined> {
  const held: Held[] = [];
  const leaving = new Set([grant.id]);
  for (const [key, spec] of assignmentsOf(grant, principalId)) {
    const one = await orRelease(ports, held, () =>
      hold(ports, run, key, spec, { leaving, claim: grant.id }),
    );
    if (one === undefined) {
      await pMap(held, (each) => release(ports, each));
      return undefined;
    }
    held.push(one);
  }
  return held;
}

/** Releases the leases where `work` fails, so that nobody waits for them to run out. */
async function orRelease<T>(
  ports: NeededPorts,
  held: readonly Held[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await Promise.allSettled(held.map((each) => release(ports, each)));
    throw error;
  }
}

/** What stands at every place that the works are about to write to: one read per place. */
async function lookEverywhere(
  ports: NeededPorts,
  works: readonly Work[],
): Promise<Answers<Sighting>> {
  const wanted = works.flatMap(({ stored, principalId, held }) =>
    held.map((each) => assignmentFor(stored.grant, principalId, each)),
  );
  return askPlaces(ports, wanted, (room, place) => room.look(place));
}

/** Writes the access at every place and reads it back. */
async function giveEverywhere(
  ports: NeededPorts,
  works: readonly BegunWork[],
): Promise<Answers<GiveOutcome>> {
  const wanted = works.flatMap(({ stored, principalId, held }) =>
    held
      .filter((each) => each.record.origin !== "standing")
      .map((each) => ({
        ...assignmentFor(stored.grant, principalId, each),
        endsAt: stored.grant.window.expiresAt,
      })),
  );
  return askPlaces(ports, wanted, (room, place) => room.give(place));
}

/** Writes the intent: first the window, then, per assignment, that what comes is ours. */
async function start(
  ports: NeededPorts,
  run: Run,
  work: Work,
  { sightings, lookedAt }: { readonly sightings: Answers<Sighting>; readonly lookedAt: number },
  collect: (stored: Stored | undefined) => void,
): Promise<BegunWork | undefined> {
  const { stored, principalId, held } = work;
  const { grant } = stored;
  const step = stepBy(ports, "latchkey", "provision");
  const seen = held.map(
    ({ record }) => sightings.get(record.key) ?? { unanswered: "not looked at" },
  );
  for (const sighting of seen) {
    if ("unanswered" in sighting) {
      collect(await quit(ports, work, later(grant, sighting.unanswered, step)));
      return undefined;
    }
    if (sighting.seen === "refused") {
      collect(await quit(ports, work, failed(grant, sighting.code, sighting.message, step)));
      return undefined;
    }
  }
  const leavingUntil = Math.max(...held.map((each, n) => whileLeaving(each, seen[n], lookedAt)));
  if (leavingUntil > lookedAt) {
    const problem = "what was taken from here a moment ago may still be on its way out";
    const next = later(grant, problem, step, Math.max(0, leavingUntil - step.at));
    collect(await quit(ports, work, next));
    return undefined;
  }
  if (!hasTime(ports, run)) {
    await pMap(held, (each) => release(ports, each));
    return undefined;
  }
  return orRelease(ports, held, async () => {
    // NB. Stored anew also where it had begun: what was read may be old, and the grant closed since.
    // From here on it cannot be closed before the leases are released.
    const intent = hasBegun(grant) ? grant : begin(grant, principalId, step);
    const begun = await advance(ports, stored, intent);
    if (begun === undefined) {
      await pMap(held, (each) => release(ports, each));
      return undefined;
    }
    const marked = await pMap(held, (each, index) => mark(ports, each, seen[index]));
    return { stored: begun, principalId, held: marked };
  });
}

/**
 * Until when nothing can be said of an assignment that was taken away a moment ago: a removal whose answer
 * was lost may land on what is given now, and a read may show what is gone, which would pass for standing.
 */
function whileLeaving(
  { record }: Held,
  sighting: Sighting | Unanswered | undefined,
  lookedAt: number,
): number {
  const { takenAt, unsettledUntil = 0, origin } = record;
  if (takenAt === undefined || lookedAt >= takenAt + SETTLE_MS) return lookedAt;
  const isShown = sighting !== undefined && "seen" in sighting && sighting.seen === "present";
  return isShown && origin !== "ours" ? takenAt + SETTLE_MS : unsettledUntil;
}

/** NB. Before the first write: without the mark, revoke takes the access for someone else's. */
async function mark(
  { store }: NeededPorts,
  held: Held,
  sighting: Sighting | Unanswered | undefined,
): Promise<Held> {
  const { record } = held;
  const there = sighting !== undefined && "seen" in sighting && sighting.seen === "present";
  const origin = there && record.origin !== "ours" ? "standing" : "ours";
  if (record.origin === origin) return held;
  if (!(await store.mark(record.key, held.owner, origin))) {
    throw new Error(`the lease of ${record.key} had run out before its first write`);
  }
  return { ...held, record: { ...record, origin } };
}

/** Releases the leases and writes down what has come of it. */
async function finish(
  ports: NeededPorts,
  work: BegunWork,
  outcomes: Answers<GiveOutcome>,
): Promise<Stored | undefined> {
  const { grant } = work.stored;
  const step = stepBy(ports, "latchkey", "provision");
  const results = work.held.map(({ record }): GiveOutcome => {
    if (record.origin === "standing") return { status: "held" };
    const answer = outcomes.get(record.key) ?? { unanswered: "the target did not answer for it" };
    return "unanswered" in answer
      ? { status: "unclear", problem: answer.unanswered, writeLost: true }
      : answer;
  });
  const kept = await pMap(work.held, (each, index) => {
    const result = results[index];
    const lost = result?.writeLost === true;
    return release(ports, each, lost ? { unsettledUntil: step.at + SETTLE_MS } : {});
  });
  // NB. What was done under a lease that ran out counts as not known.
  const next = kept.every(Boolean)
    ? concluded(grant, results, step)
    : later(grant, "a lease had run out", step);
  return advance(ports, work.stored, next);
}

function concluded(
  grant: BegunGrant,
  results: readonly GiveOutcome[],
  step: ReturnType<typeof stepBy>,
): Grant {
  for (const result of results) {
    if (result.status === "refused") {
      return failed(grant, result.refusal.code, result.refusal.message, step);
    }
  }
  for (const result of results) {
    if (result.status === "unclear") return later(grant, result.problem, step);
  }
  return activate(grant, step);
}

/** Leaves a grant that cannot go on now: the new state stored, and leases released. */
async function quit(ports: NeededPorts, work: Work, next: Grant): Promise<Stored | undefined> {
  // NB. The row first: a worker that comes late must not drop the claim of a grant that another has made
  // active meanwhile.
  const told = await orRelease(ports, work.held, () => advance(ports, work.stored, next));
  const dropClaims = told?.grant.status === "ended" ? [next.id] : [];
  await pMap(work.held, (each) => release(ports, each, { dropClaims }));
  return told;
}

function failed(
  grant: ApprovedGrant,
  code: string,
  message: string,
  step: ReturnType<typeof stepBy>,
): Grant {
  return revoke(grant, { kind: "failed", code, message }, step);
}

/** Tries again after a pause, until patience is over: an approval is no promise for next week. */
function later(
  grant: ApprovedGrant,
  problem: string,
  step: ReturnType<typeof stepBy>,
  pauseMs?: number,
): Grant {
  const patient =
    step.at < grant.approvedAt + PATIENCE_MS || grant.waiting.attempts < PATIENT_TRIES;
  return patient
    ? postpone(grant, problem, step, pauseMs)
    : failed(grant, "not-carried-out", problem, step);
}

async function kickFor({ kick }: NeededPorts, changed: readonly Stored[]): Promise<void> {
  const toAnnounce = changed.filter(({ grant }) => grant.status !== "approved" || hasBegun(grant));
  const revoking = changed.filter(({ grant }) => grant.status === "revoking");
  const ids = (of: readonly Stored[]) => [...new Set(of.map(({ grant }) => grant.id))];
  await Promise.all([
    toAnnounce.length > 0 ? kick("announce", ids(toAnnounce)) : undefined,
    revoking.length > 0 ? kick("revoke", ids(revoking)) : undefined,
  ]);
}

// Ends what is due: lapses requests, takes access away, and closes a grant once its absence is read back.

import pMap from "p-map";
import { endDueAt, type RevokingGrant } from "../grant/grant.ts";
import type { GrantId } from "../grant/ids.ts";
import { close, lapse, noteDrift, postpone, revoke } from "../grant/steps.ts";
import type { AssignmentKey, TargetSpec } from "../grant/target-spec.ts";
import type { AssignmentChange, Stored } from "../store/store.ts";
import type { TakeOutcome } from "../targets/target.ts";
import { assignmentFor, assignmentsOf, type Held, hold, release } from "./assignments.ts";
import { type Answers, askPlaces, byPlace } from "./places.ts";
import type { Ports } from "./ports.ts";
import { BUSY_PAUSE_MS, hasTime, type Run, SETTLE_MS, WIDTH } from "./run.ts";
import { advance, isolated, stepBy } from "./step.ts";

type NeededPorts = Pick<Ports, "policy" | "clock" | "ids" | "store" | "targets" | "kick" | "log">;

/** Ends those of `due` whose time has come; the others are left alone. May be repeated at any time. */
export async function endDue(
  ports: NeededPorts,
  run: Run,
  due: readonly Stored[],
): Promise<readonly Stored[]> {
  const opened = await pMap(
    due,
    (stored) => isolated(ports, stored.grant.id, () => lapseOrRevoke(ports, stored)),
    { concurrency: WIDTH },
  );
  const revoking = opened.flatMap((stored) => (isRevoking(stored) ? [stored] : []));
  const ended = await withdraw(ports, run, revoking);
  const changed = new Map(
    [...opened, ...ended].flatMap((stored) => (stored ? [[stored.grant.id, stored]] : [])),
  );
  if (changed.size > 0) await ports.kick("announce", [...changed.keys()]);
  return [...changed.values()];
}

/** Brings a grant whose time has come to the state from which its access is taken. */
async function lapseOrRevoke(ports: NeededPorts, stored: Stored): Promise<Stored | undefined> {
  const { grant } = stored;
  const step = stepBy(ports, "latchkey", "revoke");
  const dueAt = endDueAt(grant);
  if (dueAt === undefined || step.at < dueAt) return undefined;
  switch (grant.status) {
    case "pending":
      return advance(ports, stored, lapse(grant, step));
    case "approved":
    case "active":
      return advance(ports, stored, revoke(grant, { kind: "expired" }, step));
    default:
      return stored;
  }
}

function isRevoking(stored: Stored | undefined): stored is Stored<RevokingGrant> {
  return stored?.grant.status === "revoking";
}

/** What became of one assignment that a grant rested on. */
type Withdrawal =
  | { readonly gone: true; readonly drift?: string }
  | { readonly gone: false; readonly problem: string; readonly pauseMs?: number };

/**
 * Takes away the access of grants that are revoking, place by place, and concludes each grant with the
 * last of its places, so that a slow place keeps no other grant waiting. What the run has no time left
 * for stays due, and is first in the next.
 */
async function withdraw(
  ports: NeededPorts,
  run: Run,
  revoking: readonly Stored<RevokingGrant>[],
): Promise<readonly (Stored | undefined)[]> {
  const resting = revoking.flatMap((stored) =>
    [...restsOn(stored.grant)].map(([key, spec]) => ({ key, spec, stored })),
  );
  const known = new Map<AssignmentKey, Withdrawal>();
  const concludeAll = (grants: Iterable<Stored<RevokingGrant>>) =>
    pMap(grants, (stored) =>
      isolated(ports, stored.grant.id, () => conclude(ports, stored, known)),
    );
  const concluded = await pMap(
    byPlace(resting),
    async (place) => {
      if (!hasTime(ports, run)) return [];
      for (const [key, became] of await withdrawFrom(ports, run, place)) known.set(key, became);
      const grants = new Set(place.map(({ stored }) => stored));
      const complete = [...grants].filter(({ grant }) =>
        [...restsOn(grant).keys()].every((key) => known.has(key)),
      );
      return concludeAll(complete);
    },
    { concurrency: WIDTH },
  );
  const nowhere = revoking.filter(({ grant }) => restsOn(grant).size === 0);
  return [...concluded.flat(), ...(await concludeAll(nowhere))];
}

/** The assignments that the grant rests on, as it was begun. */
function restsOn(grant: RevokingGrant): ReadonlyMap<AssignmentKey, TargetSpec> {
  return assignmentsOf(grant, grant.window.principalId);
}

interface Resting {
  readonly key: AssignmentKey;
  readonly spec: TargetSpec;
  readonly stored: Stored<RevokingGrant>;
}

/** One place: leases, one change for all of its assignments, leases released. Never throws. */
async function withdrawFrom(
  ports: NeededPorts,
  run: Run,
  resting: readonly Resting[],
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
    { concurrency: WIDTH },
  );
  const ours = held.flat();
  const answers = await take(ports, ours);
  await pMap(
    ours,
    async (each) => {
      const { key } = each.held.record;
      done.set(key, await releaseTaken(ports, each, outcomeFor(each, answers)));
    },
    { concurrency: WIDTH },
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

/** Writes down what became of the assignment, and releases its lease. Never throws. */
async function releaseTaken(
  ports: NeededPorts,
  { held, leaving }: HeldForTake,
  outcome: TakeOutcome,
): Promise<Withdrawal> {
  const now = ports.clock.now();
  const settlesAt = outcome.writeLost ? now + SETTLE_MS : (held.record.unsettledUntil ?? 0);
  const settled = settlesAt <= now;
  const gone = outcome.status === "gone" && settled;
  const change: AssignmentChange = {
    ...(gone ? { dropClaims: [...leaving] } : {}),
    ...(gone && held.others.length === 0 ? { origin: null } : {}),
    unsettledUntil: settled ? null : settlesAt,
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
    return { gone: false, problem, pauseMs: settlesAt - now };
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
    if (closed !== undefined) return closed;
    latest = await ports.store.load(stored.grant.id);
  }
  return undefined;
}

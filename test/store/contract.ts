// What every store must do; each implementation runs all of it.

import { beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { dueOf, type Grant, type Queue } from "../../lib/grant/grant.ts";
import {
  type GrantId,
  parseGrantId,
  parseIamUserArn,
  parseSlackUserId,
  type SlackUserId,
} from "../../lib/grant/ids.ts";
import { cancel, lapse, noteDrift, postpone } from "../../lib/grant/steps.ts";
import type {
  AssignmentChange,
  DueRow,
  Origin,
  Shown,
  Store,
  Stored,
  Subject,
} from "../../lib/store/store.ts";
import {
  activeGrant,
  approvedGrant,
  grantsInEveryState,
  pendingGrant,
  stepAt,
} from "./sample-grants.ts";

/** Runs the contract against the stores that `makeStore` makes, each of them empty. */
export function storeContract(name: string, makeStore: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await makeStore();
    });

    describe("grants", () => grantsContract(() => store));
    describe("what is due", () => dueContract(() => store));
    describe("assignments", () => assignmentsContract(() => store));
    describe("pins and requests seen", () => pinsContract(() => store));
    describe("full passes", () => passesContract(() => store));
    describe("findings told", () => toldContract(() => store));
    describe("what somebody has asked for", () => grantsOfContract(() => store));
    describe("the outbox", () => outboxContract(() => store));
    describe("what is kept of an announcement halfway", () => keepContract(() => store));
    describe("a grant that has left the outbox", () => putBackContract(() => store));
    describe("App Homes", () => homesContract(() => store));
    describe("App Homes, as somebody's announcer", () => heldHomesContract(() => store));
    describe("pauses", () => pausesContract(() => store));
  });
}

/** Runs what holds where no request is repeated: what a save answers about the outbox is a hint. */
export function hintsContract(name: string, makeStore: () => Promise<Store>): void {
  describe(name, () => {
    it("knows what another announcer never let go from what it did", async () => {
      const store = await makeStore();
      const { grant, version } = await created(store, pendingGrant({ at: 20 }));
      const first = await store.holdAnnouncement(grant.id, { owner: "a", now: 20, until: 50 });
      expect(first).not.toHaveProperty("isTakenOver");
      const next = await store.holdAnnouncement(grant.id, { owner: "b", now: 50, until: 80 });
      expect(next).toHaveProperty("isTakenOver", true);
      const partly = { version, shown: nothingShown, retryAt: 90 };
      await store.saveAnnouncement(grant.id, "b", partly);
      const last = await store.holdAnnouncement(grant.id, { owner: "c", now: 90, until: 99 });
      expect(last).not.toHaveProperty("isTakenOver");
    });

    it("says whether what was told has changed meanwhile, whenever it is to be told again", async () => {
      const store = await makeStore();
      for (const retry of [{}, { retryAt: 4_000 }]) {
        const read = await created(store, pendingGrant({ at: 20 }));
        const { id } = read.grant;
        const told = { version: read.version, shown: nothingShown, ...retry };
        await store.holdAnnouncement(id, { owner: "a", now: 20, until: 50 });
        await store.save(cancel(pendingLike(read), stepAt(25)), read);
        expect(await store.saveAnnouncement(id, "a", told)).toBe("more");
        await store.holdAnnouncement(id, { owner: "b", now: 30, until: 60 });
        const now = { ...told, version: read.version + 1 };
        expect(await store.saveAnnouncement(id, "b", now)).toBe("done");
      }
    });

    it("says whether a home was touched meanwhile", async () => {
      const store = await makeStore();
      await store.homeOpened(ada, 20);
      const held = await holdHome(store, ada, { owner: "a", now: 20, until: 50 });
      await store.touchHomes([ada], { since: 0, at: 25 });
      expect(await store.saveHome(ada, "a", { held, retryAt: 4_000 })).toBe("more");
      const again = await holdHome(store, ada, { owner: "b", now: 30, until: 60 });
      expect(await store.saveHome(ada, "b", { held: again })).toBe("done");
    });
  });
}

const QUEUES = Object.keys({
  provision: true,
  begun: true,
  revoke: true,
  lapse: true,
} satisfies Record<Queue, true>) as Queue[];

const twenty = Array.from({ length: 20 }, (_, index) => index);

const [ada, bob, cat] = ["U0ADA", "U0BOB", "U0CAT"].map(parseSlackUserId) as [
  SlackUserId,
  SlackUserId,
  SlackUserId,
];
const nothingShown: Shown = { version: 0, messages: {} };
const FOR_EVER = Number.MAX_SAFE_INTEGER;

async function holdHome(store: Store, user: SlackUserId, hold: Parameters<Store["holdHome"]>[1]) {
  const held = await store.holdHome(user, hold);
  if (held === undefined) throw new Error(`the home of ${user} is not to be had`);
  return held;
}

const grantSubject = (grant: GrantId): Subject => ({ grant });

async function load(store: Store, id: GrantId): Promise<Stored> {
  const stored = await store.load(id);
  if (stored === undefined) throw new Error(`there is no grant ${id}`);
  return stored;
}

async function created<G extends Grant>(store: Store, grant: G): Promise<Stored> {
  expect(await store.create(grant)).toBe("created");
  return load(store, grant.id);
}

function grantsContract(store: () => Store): void {
  it("gives back a grant of every state as it was stored", async () => {
    for (const grant of grantsInEveryState()) {
      expect((await created(store(), grant)).grant).toEqual(grant);
    }
  });

  it("gives back whatever people typed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.string(), async (reason, title) => {
        const grant = { ...pendingGrant(), reason, entitlement: { id: "web", title } };
        expect((await created(store(), grant)).grant).toEqual(grant);
      }),
      { numRuns: 30 },
    );
  });

  it("knows nothing of a grant that was never stored", async () => {
    expect(await store().load(parseGrantId("LK-ZZZZZZZZZZ"))).toBeUndefined();
  });

  it("leaves a grant alone whose id is asked for again", async () => {
    const grant = pendingGrant();
    const first = await created(store(), grant);
    expect(await store().create({ ...grant, reason: "another" })).toBe("exists");
    expect(await load(store(), grant.id)).toEqual(first);
  });

  it("creates one of twenty grants of one id", async () => {
    const grant = pendingGrant();
    const outcomes = await Promise.all(
      twenty.map((n) => store().create({ ...grant, reason: `try ${n}` })),
    );
    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
    const reason = `try ${outcomes.indexOf("created")}`;
    expect((await load(store(), grant.id)).grant).toEqual({ ...grant, reason });
  });

  it("replaces the version that was read, and counts on", async () => {
    const read = await created(store(), pendingGrant());
    const next = lapse(pendingLike(read), stepAt(9_000));
    expect(await store().save(next, read)).toBe("saved");
    expect(await load(store(), next.id)).toEqual({ grant: next, version: read.version + 1 });
  });

  it("calls a save stale once somebody else was first, and writes nothing", async () => {
    const read = await created(store(), pendingGrant());
    const theirs = cancel(pendingLike(read), stepAt(1_500));
    expect(await store().save(theirs, read)).toBe("saved");
    expect(await store().save(lapse(pendingLike(read), stepAt(9_000)), read)).toBe("stale");
    expect((await load(store(), theirs.id)).grant).toEqual(theirs);
  });

  it("does not make a grant out of a save", async () => {
    const grant = pendingGrant();
    expect(await store().save(grant, { grant, version: 1 })).toBe("stale");
    expect(await store().load(grant.id)).toBeUndefined();
  });

  it("lets one of twenty saves of one version through", async () => {
    const read = await created(store(), pendingGrant());
    const saves = twenty.map((n) => noteDrift(read.grant, `seen by ${n}`, stepAt(2_000 + n)));
    const outcomes = await Promise.all(saves.map((next) => store().save(next, read)));
    expect(outcomes.filter((outcome) => outcome === "saved")).toHaveLength(1);
    const winner = saves[outcomes.indexOf("saved")];
    expect(await load(store(), read.grant.id)).toEqual({
      grant: winner,
      version: read.version + 1,
    });
  });

  it("keeps one line of versions whatever order saves come in", async () => {
    // Each try saves from one of the versions read so far; only the newest may be replaced.
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 5 }), { maxLength: 12 }), async (picks) => {
        const read = [await created(store(), pendingGrant())];
        for (const [turn, pick] of picks.entries()) {
          const from = read[Math.max(0, read.length - 1 - pick)] as Stored;
          const next = noteDrift(from.grant, `turn ${turn}`, stepAt(2_000 + turn));
          const isNewest = from === read.at(-1);
          expect(await store().save(next, from)).toBe(isNewest ? "saved" : "stale");
          if (isNewest) read.push({ grant: next, version: from.version + 1 });
          expect(await load(store(), next.id)).toEqual(read.at(-1));
        }
      }),
      { numRuns: 20 },
    );
  });
}

function pendingLike({ grant }: Stored) {
  if (grant.status !== "pending") throw new TypeError("it is pending");
  return grant;
}

function idOf(row: DueRow): GrantId {
  if ("unreadable" in row) throw new Error(`${row.unreadable} is ${row.why}`);
  return row.grant.id;
}

function dueContract(store: () => Store): void {
  /** Every row of every page, `limit` at a time. */
  async function allDue(queue: Queue, until: number, limit: number) {
    const ids: GrantId[] = [];
    let after: string | undefined;
    do {
      const page = await store().due(queue, until, limit, after);
      expect(page.rows.length).toBeLessThanOrEqual(limit);
      ids.push(...page.rows.map(idOf));
      after = page.next;
    } while (after !== undefined);
    return ids;
  }

  it("names what is due by then, oldest first, with its version", async () => {
    const late = await created(store(), pendingGrant({ lapsesAt: 30 }));
    const soon = await created(store(), pendingGrant({ lapsesAt: 9 }));
    await created(store(), pendingGrant({ lapsesAt: 31 }));
    expect((await store().due("lapse", 30, 10)).rows).toEqual([soon, late]);
  });

  it("keeps the queues apart", async () => {
    const approved = await created(store(), approvedGrant(50));
    const pending = await created(store(), pendingGrant({ lapsesAt: 50 }));
    expect((await store().due("provision", 50, 10)).rows).toEqual([approved]);
    expect((await store().due("lapse", 50, 10)).rows).toEqual([pending]);
  });

  it("follows a grant to its next time and its next queue", async () => {
    const grant = approvedGrant(50);
    const first = await created(store(), grant);
    const later = postpone(grant, "throttled", stepAt(50), 100);
    expect(await store().save(later, first)).toBe("saved");
    expect((await store().due("provision", 149, 10)).rows).toEqual([]);
    expect((await store().due("provision", 150, 10)).rows).toEqual([{ grant: later, version: 2 }]);
    const active = { ...activeGrant(60), id: grant.id };
    expect(await store().save(active, { grant: later, version: 2 })).toBe("saved");
    expect(await allDue("provision", Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    expect(await allDue("revoke", active.window.expiresAt, 10)).toEqual([grant.id]);
  });

  it("holds nothing that waits for nobody", async () => {
    const grants = grantsInEveryState();
    for (const grant of grants) await created(store(), grant);
    for (const queue of QUEUES) {
      const waiting = grants.filter((grant) => dueOf(grant)?.queue === queue).map(({ id }) => id);
      const found = await allDue(queue, Number.MAX_SAFE_INTEGER, 100);
      expect(waiting).not.toEqual([]);
      expect(found.sort()).toEqual(waiting.sort());
    }
  });

  it("shows every row once, page by page, also where many are due at one time", async () => {
    const ids: GrantId[] = [];
    for (const n of Array.from({ length: 13 }, (_, index) => index)) {
      const { grant } = await created(store(), pendingGrant({ lapsesAt: 100 + (n % 3) }));
      ids.push(grant.id);
    }
    for (const limit of [1, 3, 13, 100]) {
      const found = await allDue("lapse", 200, limit);
      expect(found).toHaveLength(ids.length);
      expect([...found].sort()).toEqual([...ids].sort());
    }
  });

  it("lists in order of time whatever was stored when", async () => {
    const times = fc.array(fc.integer({ min: 0, max: 2 ** 42 }), { minLength: 1, maxLength: 8 });
    const bound = fc.integer({ min: 0, max: 2 ** 42 });
    const stored: { id: GrantId; lapsesAt: number }[] = [];
    await fc.assert(
      fc.asyncProperty(times, bound, async (lapses, until) => {
        for (const lapsesAt of lapses) {
          const { grant } = await created(store(), pendingGrant({ lapsesAt }));
          stored.push({ id: grant.id, lapsesAt });
        }
        const expected = stored.filter(({ lapsesAt }) => lapsesAt <= until);
        const found = await allDue("lapse", until, 7);
        const timeOf = new Map(stored.map(({ id, lapsesAt }) => [id, lapsesAt]));
        expect(found.map((id) => timeOf.get(id))).toEqual(
          expected.map(({ lapsesAt }) => lapsesAt).sort((a, b) => a - b),
        );
        expect(new Set(found)).toEqual(new Set(expected.map(({ id }) => id)));
      }),
      { numRuns: 10 },
    );
  });
}

function assignmentsContract(store: () => Store): void {
  const key = "iam-group arn:aws:iam::111122223333:group/jit/ro arn:aws:iam::111122223333:user/u";
  const [first, second] = [parseGrantId("LK-0000000001"), parseGrantId("LK-0000000002")];

  it("shows an assignment without taking hold of it", async () => {
    expect(await store().assignment(key)).toBeUndefined();
    const lease = { owner: "one", now: 0, until: 1_000, claim: first };
    const leased = await store().lease(key, lease);
    expect(await store().assignment(key)).toEqual(leased);
    expect(await store().mark(key, "one", "ours")).toBe(true);
    expect(await store().assignment(key)).toEqual({ ...leased, origin: "ours" });
  });

  it("tells the first to come that nothing is known of an assignment", async () => {
    expect(await store().lease(key, { owner: "a", now: 0, until: 10, claim: first })).toEqual({
      key,
      claims: [first],
    });
  });

  it("is leased without a claim too", async () => {
    expect(await store().lease(key, { owner: "a", now: 0, until: 10 })).toEqual({
      key,
      claims: [],
    });
  });

  it("refuses a second owner, and takes no claim from it, until the lease has run out", async () => {
    await store().lease(key, { owner: "a", now: 0, until: 10, claim: first });
    const theirs = { owner: "b", until: 30, claim: second };
    expect(await store().lease(key, { ...theirs, now: 9 })).toBeUndefined();
    expect(await store().lease(key, { owner: "a", now: 9, until: 10 })).toEqual({
      key,
      claims: [first],
    });
    expect(await store().lease(key, { ...theirs, now: 10 })).toEqual({
      key,
      claims: [first, second],
    });
  });

  it("lets its owner prolong a lease", async () => {
    await store().lease(key, { owner: "a", now: 0, until: 10 });
    expect(await store().lease(key, { owner: "a", now: 5, until: 20 })).toBeDefined();
    expect(await store().lease(key, { owner: "b", now: 15, until: 40 })).toBeUndefined();
  });

  it("gives one of twenty owners the lease", async () => {
    const answers = await Promise.all(
      twenty.map((n) => store().lease(key, { owner: `worker ${n}`, now: 0, until: 10 })),
    );
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
  });

  it("gives one of twenty owners a lease that has run out", async () => {
    await store().lease(key, { owner: "stuck", now: 0, until: 10 });
    const answers = await Promise.all(
      twenty.map((n) => store().lease(key, { owner: `worker ${n}`, now: 10, until: 20 })),
    );
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
  });

  it("keeps leases of different assignments apart", async () => {
    await store().lease(key, { owner: "a", now: 0, until: 10 });
    expect(await store().lease(`${key}2`, { owner: "b", now: 0, until: 10 })).toBeDefined();
  });

  it("remembers what was marked and what a release changed", async () => {
    await store().lease(key, { owner: "a", now: 0, until: 10, claim: first });
    expect(await store().mark(key, "a", "ours")).toBe(true);
    expect(await store().release(key, "a", { unsettledUntil: 70, takenAt: 5 })).toBe(true);
    expect(await store().lease(key, { owner: "b", now: 1, until: 10, claim: second })).toEqual({
      key,
      claims: [first, second],
      origin: "ours",
      unsettledUntil: 70,
      takenAt: 5,
    });
    const change = { dropClaims: [first, second], origin: null, unsettledUntil: null };
    expect(await store().release(key, "b", change)).toBe(true);
    expect(await store().lease(key, { owner: "c", now: 2, until: 10 })).toEqual({
      key,
      claims: [],
      takenAt: 5,
    });
  });

  it("neither marks nor releases for somebody whose lease it is not", async () => {
    expect(await store().mark(key, "b", "ours")).toBe(false);
    expect(await store().release(key, "b", { origin: "ours" })).toBe(false);
    await store().lease(key, { owner: "a", now: 0, until: 10, claim: first });
    expect(await store().mark(key, "b", "standing")).toBe(false);
    expect(await store().release(key, "b", { dropClaims: [first], origin: "ours" })).toBe(false);
    expect(await store().lease(key, { owner: "a", now: 1, until: 10 })).toEqual({
      key,
      claims: [first],
    });
    expect(await store().release(key, "a", {})).toBe(true);
    expect(await store().mark(key, "a", "ours")).toBe(false);
    expect(await store().release(key, "a", { origin: "ours" })).toBe(false);
  });

  it("does as the model does, whoever comes in whatever order", async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(assignmentMove, { minLength: 5, maxLength: 25 }), async (moves) => {
        runs += 1;
        const model = assignmentModel();
        let now = 0;
        for (const move of moves) {
          now += move.pause;
          const expected = model(move, now);
          expect(await played(store(), `${key} ${runs}`, move, now)).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });
}

type AssignmentMove = { readonly owner: string; readonly pause: number } & (
  | { readonly verb: "lease"; readonly holdMs: number; readonly claim: GrantId | undefined }
  | { readonly verb: "mark"; readonly origin: Origin }
  | { readonly verb: "release"; readonly change: AssignmentChange }
);

const claim = fc.constantFrom("LK-0000000001", "LK-0000000002").map(parseGrantId);
const origin = fc.constantFrom<Origin>("ours", "standing");
const who = { owner: fc.constantFrom("a", "b", "c"), pause: fc.nat({ max: 6 }) };

const assignmentMove: fc.Arbitrary<AssignmentMove> = fc.oneof(
  fc.record({
    ...who,
    verb: fc.constant("lease" as const),
    holdMs: fc.nat({ max: 12 }),
    claim: fc.option(claim, { nil: undefined }),
  }),
  fc.record({ ...who, verb: fc.constant("mark" as const), origin }),
  fc.record({
    ...who,
    verb: fc.constant("release" as const),
    change: fc.record(
      {
        dropClaims: fc.uniqueArray(claim),
        origin: fc.option(origin, { nil: null }),
        unsettledUntil: fc.option(fc.nat(), { nil: null }),
        takenAt: fc.nat(),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<AssignmentChange>,
  }),
);

function played(store: Store, key: string, move: AssignmentMove, now: number): Promise<unknown> {
  const { owner } = move;
  switch (move.verb) {
    case "lease": {
      const lease = { owner, now, until: now + move.holdMs };
      return store
        .lease(key, move.claim === undefined ? lease : { ...lease, claim: move.claim })
        .then((record) => record && { ...record, key: "" });
    }
    case "mark":
      return store.mark(key, owner, move.origin);
    case "release":
      return store.release(key, owner, move.change);
    default:
      throw new TypeError(`unknown move ${JSON.stringify(move satisfies never)}`);
  }
}

/** Says what each move must answer: the rules, told with immutable values. */
function assignmentModel(): (move: AssignmentMove, now: number) => unknown {
  let holder: { owner: string; until: number } | undefined;
  let known: {
    claims: GrantId[];
    origin?: Origin | null;
    unsettledUntil?: number | null;
    takenAt?: number;
  } = {
    claims: [],
  };
  return (move, now) => {
    const mine = holder?.owner === move.owner;
    if (move.verb === "lease") {
      if (holder !== undefined && !mine && now < holder.until) return undefined;
      holder = { owner: move.owner, until: now + move.holdMs };
      const claims = new Set([...known.claims, ...(move.claim === undefined ? [] : [move.claim])]);
      known = { ...known, claims: [...claims].sort() };
      const told = Object.entries(known).filter(([, value]) => value !== null);
      return { key: "", ...Object.fromEntries(told) };
    }
    if (!mine) return false;
    if (move.verb === "mark") {
      known = { ...known, origin: move.origin };
      return true;
    }
    holder = undefined;
    const { dropClaims = [], ...changes } = move.change;
    const claims = known.claims.filter((each) => !dropClaims.includes(each));
    known = { ...known, ...changes, claims };
    return true;
  };
}

function pinsContract(store: () => Store): void {
  const arn = parseIamUserArn("arn:aws:iam::111122223333:user/iam-bttrm-web-user-1");

  it("pins the id that comes first and answers with it for ever", async () => {
    expect(await store().pinPrincipal(arn, "AIDAFIRST", 1)).toBe("AIDAFIRST");
    expect(await store().pinPrincipal(arn, "AIDASECOND", 2)).toBe("AIDAFIRST");
    expect(await store().pinPrincipal(arn, "AIDAFIRST", 3)).toBe("AIDAFIRST");
  });

  it("tells twenty who pin at once the same id", async () => {
    const answers = await Promise.all(twenty.map((n) => store().pinPrincipal(arn, `AIDA${n}`, n)));
    expect(new Set(answers).size).toBe(1);
  });

  it("pins each user apart", async () => {
    const other = parseIamUserArn("arn:aws:iam::111122223333:user/iam-bttrm-web-user-2");
    await store().pinPrincipal(arn, "AIDAFIRST", 1);
    expect(await store().pinPrincipal(other, "AIDASECOND", 1)).toBe("AIDASECOND");
  });

  it("sees a request for the first time once", async () => {
    expect(await store().firstSeen("v0=aa", 10_000)).toBe(true);
    expect(await store().firstSeen("v0=aa", 20_000)).toBe(false);
    expect(await store().firstSeen("v0=bb", 10_000)).toBe(true);
  });

  it("lets one of twenty copies of a request pass", async () => {
    const answers = await Promise.all(twenty.map(() => store().firstSeen("v0=aa", 10_000)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });
}

function passesContract(store: () => Store): void {
  it("remembers the last full pass of each sweep", async () => {
    expect(await store().fullPasses()).toEqual({});
    await store().noteFullPass("revoke", 1_000);
    await store().noteFullPass("provision", 2_000);
    await store().noteFullPass("revoke", 61_000);
    expect(await store().fullPasses()).toEqual({ provision: 2_000, revoke: 61_000 });
  });
}

function toldContract(store: () => Store): void {
  const to = [parseSlackUserId("U0CAT")];
  const stopped = { key: "stopped revoke", to };
  const stray = { key: "left-over ada", place: "iam-group arn", to };

  it("are none before anyone was told of any", async () => {
    expect(await store().toldFindings()).toEqual({ told: [], version: 0 });
  });

  it("are remembered as they were saved, version by version", async () => {
    expect(await store().saveToldFindings([stopped, stray], { version: 0 })).toBe("saved");
    const first = await store().toldFindings();
    expect(first.told).toEqual([stopped, stray]);
    expect(await store().saveToldFindings([], first)).toBe("saved");
    const second = await store().toldFindings();
    expect(second.told).toEqual([]);
    expect(second.version).toBeGreaterThan(first.version);
  });

  it("are saved by one of twenty that read the same version", async () => {
    for (const from of [{ version: 0 }, undefined]) {
      const read = from ?? (await store().toldFindings());
      const outcomes = await Promise.all(
        twenty.map((n) => store().saveToldFindings([{ key: `told by ${n}`, to }], read)),
      );
      expect(outcomes.filter((outcome) => outcome === "saved")).toHaveLength(1);
      const key = `told by ${outcomes.indexOf("saved")}`;
      expect((await store().toldFindings()).told).toEqual([{ key, to }]);
    }
  });
}

function grantsOfContract(store: () => Store): void {
  const asked = (at: number, requester = ada) =>
    created(store(), { ...pendingGrant({ at }), requester });

  it("is listed newest first, from a time on, and no more than so many", async () => {
    const [oldest, newest, middle] = [await asked(20), await asked(40), await asked(30)];
    expect(await store().grantsOf(ada, 0, 10)).toEqual([newest, middle, oldest]);
    expect(await store().grantsOf(ada, 30, 10)).toEqual([newest, middle]);
    expect(await store().grantsOf(ada, 31, 10)).toEqual([newest]);
    expect(await store().grantsOf(ada, 0, 2)).toEqual([newest, middle]);
    expect(await store().grantsOf(ada, 41, 10)).toEqual([]);
  });

  it("is theirs and nobody else's", async () => {
    const [own, other] = [await asked(20), await asked(20, bob)];
    expect(await store().grantsOf(ada, 0, 10)).toEqual([own]);
    expect(await store().grantsOf(bob, 0, 10)).toEqual([other]);
    expect(await store().grantsOf(cat, 0, 10)).toEqual([]);
  });

  it("is as it is now, in its place by when it was asked for", async () => {
    const [first, second] = [await asked(20), await asked(30)];
    const next = cancel(pendingLike(first), stepAt(70));
    expect(await store().save(next, first)).toBe("saved");
    expect(await store().grantsOf(ada, 0, 10)).toEqual([second, { grant: next, version: 2 }]);
  });

  it("is all there, however much it is", async () => {
    const times = Array.from({ length: 230 }, (_, index) => index);
    await Promise.all(times.map((at) => store().create(pendingGrant({ at }))));
    const found = await store().grantsOf(ada, 10, 215);
    expect(found.map(({ grant }) => grant.requestedAt)).toEqual(times.slice(15).reverse());
  });

  it("does as a list of all would, whatever was asked for when", async () => {
    const all: { id: GrantId; requester: SlackUserId; at: number }[] = [];
    const request = fc.record({ requester: fc.constantFrom(ada, bob), at: fc.nat({ max: 40 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { maxLength: 6 }),
        fc.nat({ max: 45 }),
        fc.integer({ min: 1, max: 30 }),
        async (requests, since, limit) => {
          for (const { requester, at } of requests) {
            all.push({ id: (await asked(at, requester)).grant.id, requester, at });
          }
          for (const requester of [ada, bob]) {
            const theirs = all.filter((each) => each.requester === requester && each.at >= since);
            const found = await store().grantsOf(requester, since, limit);
            const times = theirs.map(({ at }) => at).sort((one, other) => other - one);
            expect(found.map(({ grant }) => grant.requestedAt)).toEqual(times.slice(0, limit));
            const ids = new Set(found.map(({ grant }) => grant.id));
            expect(ids.size).toBe(found.length);
            expect(theirs.map(({ id }) => id)).toEqual(expect.arrayContaining([...ids]));
          }
        },
      ),
      { numRuns: 15 },
    );
  });
}

function outboxContract(store: () => Store): void {
  const card = { card: { channel: "C0ACCESS", ts: "1700000000.000100" } };

  it("holds a new grant from when it was requested, oldest first", async () => {
    const late = await created(store(), pendingGrant({ at: 30 }));
    const soon = await created(store(), pendingGrant({ at: 20 }));
    await created(store(), pendingGrant({ at: 31 }));
    expect(await store().toAnnounce(30, 10)).toEqual(
      [soon.grant.id, late.grant.id].map(grantSubject),
    );
    expect(await store().toAnnounce(30, 1)).toEqual([grantSubject(soon.grant.id)]);
  });

  it("gives the grant and what Slack shows of it to one announcer at a time", async () => {
    const stored = await created(store(), pendingGrant({ at: 20 }));
    const { id } = stored.grant;
    const hold = { now: 20, until: 50 };
    expect(await store().holdAnnouncement(id, { ...hold, owner: "a" })).toMatchObject({
      stored,
      shown: nothingShown,
    });
    expect(await store().holdAnnouncement(id, { ...hold, owner: "b" })).toBeUndefined();
  });

  it("does not know who held it before, where an announcer's own answer was lost", async () => {
    const { grant } = await created(store(), pendingGrant({ at: 20 }));
    const hold = { owner: "a", now: 20, until: 50 };
    await store().holdAnnouncement(grant.id, hold);
    expect(await store().holdAnnouncement(grant.id, hold)).toMatchObject({ isTakenOver: true });
  });

  it("gives one of twenty announcers the grant", async () => {
    const { grant } = await created(store(), pendingGrant({ at: 20 }));
    const answers = await Promise.all(
      twenty.map((n) =>
        store().holdAnnouncement(grant.id, { owner: `announcer ${n}`, now: 20, until: 50 }),
      ),
    );
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
  });

  it("shows others a grant again when its announcer has stopped halfway", async () => {
    const { grant } = await created(store(), pendingGrant({ at: 20 }));
    await store().holdAnnouncement(grant.id, { owner: "a", now: 20, until: 50 });
    expect(await store().toAnnounce(49, 10)).toEqual([]);
    expect(await store().toAnnounce(50, 10)).toEqual([grantSubject(grant.id)]);
  });

  it("has nothing more to say of a grant that Slack shows as it is", async () => {
    const { grant, version } = await created(store(), pendingGrant({ at: 20 }));
    await store().holdAnnouncement(grant.id, { owner: "a", now: 20, until: 50 });
    await store().saveAnnouncement(grant.id, "a", {
      version,
      shown: { version, messages: card },
    });
    expect(await store().toAnnounce(FOR_EVER, 10)).toEqual([]);
    const again = { owner: "b", now: 60, until: 90 };
    expect(await store().holdAnnouncement(grant.id, again)).toBeUndefined();
  });

  it("has something to say again after the next change, and still knows the messages", async () => {
    const read = await created(store(), pendingGrant({ at: 20 }));
    const { id } = read.grant;
    await store().holdAnnouncement(id, { owner: "a", now: 20, until: 50 });
    const shown = { version: read.version, messages: card };
    await store().saveAnnouncement(id, "a", { version: read.version, shown });
    const next = cancel(pendingLike(read), stepAt(70));
    expect(await store().save(next, read)).toBe("saved");
    expect(await store().toAnnounce(70, 10)).toEqual([grantSubject(id)]);
    expect(await store().holdAnnouncement(id, { owner: "b", now: 70, until: 90 })).toMatchObject({
      stored: { grant: next, version: read.version + 1 },
      shown,
    });
  });

  it("keeps what changed while the announcer was at it, and lets the next one at once", async () => {
    const read = await created(store(), pendingGrant({ at: 20 }));
    const { id } = read.grant;
    await store().holdAnnouncement(id, { owner: "a", now: 20, until: 50 });
    expect(await store().save(cancel(pendingLike(read), stepAt(25)), read)).toBe("saved");
    const shown = { version: read.version, messages: card };
    await store().saveAnnouncement(id, "a", { version: read.version, shown });
    expect(await store().toAnnounce(25, 10)).toEqual([grantSubject(id)]);
    const next = await store().holdAnnouncement(id, { owner: "b", now: 26, until: 90 });
    expect(next?.shown).toEqual(shown);
  });

  it("comes back when there is something to try again", async () => {
    const { grant, version } = await created(store(), pendingGrant({ at: 20 }));
    await store().holdAnnouncement(grant.id, { owner: "a", now: 20, until: 50 });
    const shown = { version, messages: card };
    await store().saveAnnouncement(grant.id, "a", { version, shown, retryAt: 400 });
    expect(await store().toAnnounce(399, 10)).toEqual([]);
    expect(await store().toAnnounce(400, 10)).toEqual([grantSubject(grant.id)]);
    const again = await store().holdAnnouncement(grant.id, { owner: "b", now: 60, until: 90 });
    expect(again?.shown).toEqual(shown);
  });

  it("is due at once where it changed while it was told, whenever it is to be told again", async () => {
    const read = await created(store(), pendingGrant({ at: 20 }));
    const { id } = read.grant;
    await store().holdAnnouncement(id, { owner: "a", now: 20, until: 50 });
    expect(await store().save(cancel(pendingLike(read), stepAt(25)), read)).toBe("saved");
    const shown = { version: read.version, messages: card };
    await store().saveAnnouncement(id, "a", { version: read.version, shown, retryAt: 4_000 });
    expect(await store().toAnnounce(25, 10)).toEqual([grantSubject(id)]);
  });

  it("comes back though nothing has changed, where only part of it was told", async () => {
    const { grant, version } = await created(store(), pendingGrant({ at: 20 }));
    await store().holdAnnouncement(grant.id, { owner: "a", now: 20, until: 50 });
    const partly = { version, shown: nothingShown, retryAt: 30 };
    await store().saveAnnouncement(grant.id, "a", partly);
    expect(await store().toAnnounce(29, 10)).toEqual([]);
    expect(await store().toAnnounce(30, 10)).toEqual([grantSubject(grant.id)]);
  });

  it("hears nothing from an announcer whose place was taken", async () => {
    const { grant, version } = await created(store(), pendingGrant({ at: 20 }));
    const { id } = grant;
    await store().holdAnnouncement(id, { owner: "a", now: 20, until: 50 });
    await store().holdAnnouncement(id, { owner: "b", now: 50, until: 80 });
    await store().saveAnnouncement(id, "a", {
      version,
      shown: { version, messages: card },
    });
    expect(await store().holdAnnouncement(id, { owner: "c", now: 79, until: 99 })).toBeUndefined();
    const third = await store().holdAnnouncement(id, { owner: "c", now: 80, until: 99 });
    expect(third?.shown).toEqual(nothingShown);
  });

  it("never makes a save stale", async () => {
    const read = await created(store(), pendingGrant({ at: 20 }));
    const { id } = read.grant;
    await store().holdAnnouncement(id, { owner: "a", now: 20, until: 50 });
    const shown = { version: read.version, messages: card };
    await store().saveAnnouncement(id, "a", { version: read.version, shown, retryAt: 90 });
    expect(await store().save(lapse(pendingLike(read), stepAt(9_000)), read)).toBe("saved");
  });

  it("has nothing to announce of a grant that was never stored", async () => {
    const id = parseGrantId("LK-ZZZZZZZZZZ");
    const hold = { owner: "a", now: 0, until: 10 };
    expect(await store().holdAnnouncement(id, hold)).toBeUndefined();
    await store().saveAnnouncement(id, "a", { version: 1, shown: nothingShown });
    expect(await store().load(id)).toBeUndefined();
  });
}

function putBackContract(store: () => Store): void {
  const card = { card: { channel: "C0ACCESS", ts: "1700000000.000100" } };

  /** Announced, so that nothing more is to be said of it. */
  async function announced() {
    const stored = await created(store(), pendingGrant({ at: 20 }));
    const { id } = stored.grant;
    await store().holdAnnouncement(id, { owner: "a", now: 20, until: 50 });
    const shown = { version: stored.version, messages: card };
    await store().saveAnnouncement(id, "a", { version: stored.version, shown });
    return stored;
  }
  const dueRows = async () => (await store().due("lapse", Number.MAX_SAFE_INTEGER, 10)).rows;

  it("shows as such among what is due, and any other does not", async () => {
    const away = await announced();
    const other = await created(store(), pendingGrant({ at: 30 }));
    const rows = await dueRows();
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(expect.arrayContaining([{ ...away, isOutOfOutbox: true }, other]));
  });

  it("can be put back, and is told of as it stands, with what Slack shows", async () => {
    const stored = await announced();
    expect(await store().putBack(stored, 60)).toBe(true);
    expect(await dueRows()).toEqual([stored]);
    expect(await store().toAnnounce(59, 10)).toEqual([]);
    expect(await store().toAnnounce(60, 10)).toEqual([{ grant: stored.grant.id }]);
    const held = await store().holdAnnouncement(stored.grant.id, {
      owner: "b",
      now: 60,
      until: 90,
    });
    expect(held).toMatchObject({ stored, shown: { version: stored.version, messages: card } });
  });

  it("is put back once, and not where it has changed meanwhile", async () => {
    const stored = await announced();
    expect(await store().putBack({ ...stored, version: 0 }, 60)).toBe(false);
    expect(await store().putBack(stored, 60)).toBe(true);
    expect(await store().putBack(stored, 70)).toBe(false);
    expect(await store().toAnnounce(60, 10)).toHaveLength(1);
  });

  it("never makes a save stale by that", async () => {
    const read = await announced();
    await store().putBack(read, 60);
    expect(await store().save(lapse(pendingLike(read), stepAt(9_000)), read)).toBe("saved");
  });
}

function keepContract(store: () => Store): void {
  const some: Shown = {
    version: 1,
    messages: {
      card: { channel: "C0ACCESS", ts: "1700000000.000100", shows: "c0ffee" },
      active: { channel: "D0ADA", ts: "1700000000.000200" },
    },
    told: 3,
    unsettledUntil: 90,
    failures: 2,
    untoldSince: 12,
    checkedAt: 15,
  };

  async function held(owner: string) {
    const stored = await created(store(), pendingGrant({ at: 20 }));
    await store().holdAnnouncement(stored.grant.id, { owner, now: 20, until: 50 });
    return stored;
  }

  it("is there for who comes next, should this announcer stop", async () => {
    const { id } = (await held("a")).grant;
    expect(await store().keepAnnouncement(id, "a", some)).toBe(true);
    const next = await store().holdAnnouncement(id, { owner: "b", now: 50, until: 80 });
    expect(next?.shown).toEqual(some);
  });

  it("does not go back to what an earlier one of the same hold stored, should that land late", async () => {
    const { id } = (await held("a")).grant;
    const later = { ...some, told: 4 };
    expect(await store().keepAnnouncement(id, "a", some, 1)).toBe(true);
    expect(await store().keepAnnouncement(id, "a", later, 2)).toBe(true);
    expect(await store().keepAnnouncement(id, "a", some, 1)).toBe(false);
    expect(await store().keepAnnouncement(id, "a", later, 2)).toBe(true);
    const next = await store().holdAnnouncement(id, { owner: "b", now: 50, until: 80 });
    expect(next?.shown).toEqual(later);
    expect(await store().keepAnnouncement(id, "b", some, 1)).toBe(true);
  });

  it("is not undone by first tries that land late, when the hold is over", async () => {
    const { grant, version } = await held("a");
    const { id } = grant;
    const later = { ...some, told: 4 };
    expect(await store().keepAnnouncement(id, "a", some, 1)).toBe(true);
    expect(await store().keepAnnouncement(id, "a", later, 2)).toBe(true);
    await store().saveAnnouncement(id, "a", { version, shown: later, retryAt: 30 });
    await store().holdAnnouncement(id, { owner: "a", now: 20, until: 50 });
    expect(await store().keepAnnouncement(id, "a", some, 1)).toBe(false);
    const next = await store().holdAnnouncement(id, { owner: "b", now: 50, until: 80 });
    expect(next).toMatchObject({ shown: later, isTakenOver: true });
  });

  it("leaves the hold, the outbox and the grant as they are", async () => {
    const stored = await held("a");
    const { id } = stored.grant;
    await store().keepAnnouncement(id, "a", some);
    expect(await store().holdAnnouncement(id, { owner: "b", now: 49, until: 80 })).toBeUndefined();
    expect(await store().toAnnounce(49, 10)).toEqual([]);
    expect(await store().toAnnounce(50, 10)).toEqual([grantSubject(id)]);
    expect(await load(store(), id)).toEqual(stored);
    const later = { ...some, told: 4 };
    expect(await store().keepAnnouncement(id, "a", later)).toBe(true);
    await store().saveAnnouncement(id, "a", { version: stored.version, shown: later });
    expect(await store().toAnnounce(FOR_EVER, 10)).toEqual([]);
  });

  it("never makes a save stale", async () => {
    const read = await held("a");
    await store().keepAnnouncement(read.grant.id, "a", some);
    expect(await store().save(lapse(pendingLike(read), stepAt(9_000)), read)).toBe("saved");
  });

  it("is refused where the hold has gone to someone else, or was given back", async () => {
    const { grant, version } = await held("a");
    const { id } = grant;
    await store().holdAnnouncement(id, { owner: "b", now: 50, until: 80 });
    expect(await store().keepAnnouncement(id, "a", some)).toBe(false);
    await store().saveAnnouncement(id, "b", { version, shown: nothingShown, retryAt: 60 });
    expect(await store().keepAnnouncement(id, "b", some)).toBe(false);
    const next = await store().holdAnnouncement(id, { owner: "c", now: 60, until: 90 });
    expect(next?.shown).toEqual(nothingShown);
  });

  it("is refused for a grant that was never stored", async () => {
    const id = parseGrantId("LK-ZZZZZZZZZZ");
    expect(await store().keepAnnouncement(id, "a", some)).toBe(false);
    expect(await store().load(id)).toBeUndefined();
  });
}

function homesContract(store: () => Store): void {
  it("are in the outbox from when somebody looks, among the grants, oldest first", async () => {
    const { grant } = await created(store(), pendingGrant({ at: 25 }));
    await store().homeOpened(bob, 30);
    await store().homeOpened(ada, 20);
    expect(await store().toAnnounce(29, 10)).toEqual([{ home: ada }, { grant: grant.id }]);
    expect(await store().toAnnounce(30, 10)).toEqual([
      { home: ada },
      { grant: grant.id },
      { home: bob },
    ]);
    expect(await store().toAnnounce(30, 1)).toEqual([{ home: ada }]);
  });

  it("are there once for each person, as of their last look", async () => {
    await store().homeOpened(ada, 20);
    await store().homeOpened(ada, 30);
    expect(await store().toAnnounce(29, 10)).toEqual([]);
    expect(await store().toAnnounce(30, 10)).toEqual([{ home: ada }]);
  });

  it("are touched where somebody has looked lately, each once, and named", async () => {
    await store().homeOpened(ada, 20);
    await store().homeOpened(bob, 10);
    await publish(ada, bob);
    const users = [cat, ada, bob, ada];
    expect(await store().touchHomes(users, { since: 20, at: 70 })).toEqual([ada]);
    expect(await store().toAnnounce(69, 10)).toEqual([]);
    expect(await store().toAnnounce(70, 10)).toEqual([{ home: ada }]);
    const all = await store().touchHomes(users, { since: 10, at: 80 });
    expect([...all].sort()).toEqual([ada, bob]);
    expect(await store().touchHomes([], { since: 10, at: 90 })).toEqual([]);
  });

  it("are not made by a touch, and a touch is no look", async () => {
    expect(await store().touchHomes([cat], { since: 0, at: 70 })).toEqual([]);
    expect(await store().toAnnounce(FOR_EVER, 10)).toEqual([]);
    await store().homeOpened(ada, 20);
    await store().touchHomes([ada], { since: 20, at: 70 });
    expect(await store().touchHomes([ada], { since: 21, at: 80 })).toEqual([]);
  });

  it("are touched all, however many people are named", async () => {
    const users = Array.from({ length: 230 }, (_, n) => parseSlackUserId(`U0MANY${n}`));
    const looked = users.filter((_, n) => n % 3 === 0);
    await Promise.all(looked.map((user) => store().homeOpened(user, 20)));
    const touched = await store().touchHomes(users, { since: 0, at: 70 });
    expect([...touched].sort()).toEqual([...looked].sort());
    const waiting = await store().toAnnounce(70, 1_000);
    expect(new Set(waiting)).toEqual(new Set(looked.map((home) => ({ home }))));
  });

  async function publish(...users: readonly SlackUserId[]): Promise<void> {
    for (const user of users) {
      const held = await holdHome(store(), user, { owner: "a", now: 20, until: 50 });
      await store().saveHome(user, "a", { held });
    }
    expect(await store().toAnnounce(FOR_EVER, 10)).toEqual([]);
  }
}

function heldHomesContract(store: () => Store): void {
  const hold = { owner: "a", now: 20, until: 50 };

  it("are not to be had before anybody looks", async () => {
    expect(await store().holdHome(ada, hold)).toBeUndefined();
    await store().saveHome(ada, "a", { held: { version: 0 } });
    expect(await store().toAnnounce(FOR_EVER, 10)).toEqual([]);
  });

  it("are held by one announcer at a time, and by the next once it has stopped", async () => {
    await store().homeOpened(ada, 20);
    const answers = await Promise.all(
      twenty.map((n) => store().holdHome(ada, { ...hold, owner: `announcer ${n}` })),
    );
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
    expect(await store().toAnnounce(49, 10)).toEqual([]);
    expect(await store().toAnnounce(50, 10)).toEqual([{ home: ada }]);
    expect(await store().holdHome(ada, { owner: "b", now: 50, until: 80 })).toBeDefined();
  });

  it("leave the outbox once published, and tell the next what they show", async () => {
    await store().homeOpened(ada, 20);
    const held = await holdHome(store(), ada, hold);
    expect(held.shows).toBeUndefined();
    await store().saveHome(ada, "a", { held: { ...held, shows: "c0ffee" } });
    expect(await store().toAnnounce(FOR_EVER, 10)).toEqual([]);
    expect(await store().holdHome(ada, { owner: "b", now: 60, until: 90 })).toBeUndefined();
    await store().homeOpened(ada, 70);
    const next = await holdHome(store(), ada, { owner: "b", now: 70, until: 90 });
    expect(next.shows).toBe("c0ffee");
    expect(next.version).toBeGreaterThan(held.version);
    await store().saveHome(ada, "b", { held: { version: next.version }, retryAt: 100 });
    const last = await holdHome(store(), ada, { owner: "c", now: 100, until: 120 });
    expect(last.version).toBe(next.version);
    expect(last).not.toHaveProperty("shows");
  });

  it.each([
    ["looked at", (to: Store) => to.homeOpened(ada, 30)],
    ["touched", (to: Store) => to.touchHomes([ada], { since: 0, at: 30 })],
  ])(
    "keep their announcer when they are %s meanwhile, and are due at once then",
    async (_, stir) => {
      for (const retry of [{}, { retryAt: 4_000 }]) {
        await store().homeOpened(ada, 20);
        const held = await holdHome(store(), ada, hold);
        await stir(store());
        expect(await store().holdHome(ada, { owner: "b", now: 40, until: 80 })).toBeUndefined();
        await store().saveHome(ada, "a", { held: { ...held, shows: "older" }, ...retry });
        expect(await store().toAnnounce(30, 10)).toEqual([{ home: ada }]);
        const next = await holdHome(store(), ada, { owner: "c", now: 40, until: 80 });
        expect(next.shows).toBe("older");
        await store().saveHome(ada, "c", { held: next });
      }
    },
  );

  it("come back when there is something to try again", async () => {
    await store().homeOpened(ada, 20);
    const held = await holdHome(store(), ada, hold);
    await store().saveHome(ada, "a", { held, retryAt: 400 });
    expect(await store().toAnnounce(399, 10)).toEqual([]);
    expect(await store().toAnnounce(400, 10)).toEqual([{ home: ada }]);
  });

  it("hear nothing from an announcer whose place was taken", async () => {
    await store().homeOpened(ada, 20);
    const held = await holdHome(store(), ada, hold);
    await store().holdHome(ada, { owner: "b", now: 50, until: 80 });
    await store().saveHome(ada, "a", { held: { ...held, shows: "theirs" } });
    expect(await store().holdHome(ada, { owner: "c", now: 79, until: 99 })).toBeUndefined();
    const next = await store().holdHome(ada, { owner: "c", now: 80, until: 99 });
    expect(next).toEqual({ ...held, isTakenOver: true });
  });

  it("are each their own", async () => {
    await store().homeOpened(ada, 20);
    await store().homeOpened(bob, 20);
    const held = await holdHome(store(), ada, hold);
    expect(await store().holdHome(bob, { ...hold, owner: "b" })).toBeDefined();
    await store().saveHome(ada, "a", { held });
    expect(await store().toAnnounce(FOR_EVER, 10)).toEqual([{ home: bob }]);
  });
}

function pausesContract(store: () => Store): void {
  it("are none before Slack wants any", async () => {
    expect(await store().pauses()).toEqual({});
  });

  it("are as they were saved last, all of them", async () => {
    await store().savePauses({ C0ACCESS: 1_000, "views.publish": 2_000 });
    expect(await store().pauses()).toEqual({ C0ACCESS: 1_000, "views.publish": 2_000 });
    await store().savePauses({ U0ADA: 3_000 });
    expect(await store().pauses()).toEqual({ U0ADA: 3_000 });
    await store().savePauses({});
    expect(await store().pauses()).toEqual({});
  });
}

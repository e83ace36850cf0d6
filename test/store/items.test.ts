// Rows as data: their keys, what of a grant is where, and what is not taken for a grant.

import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Grant } from "../../lib/grant/grant.ts";
import { parseGrantId, parseIamUserArn, parseSlackUserId } from "../../lib/grant/ids.ts";
import { revoke } from "../../lib/grant/steps.ts";
import {
  assignmentPk,
  grantAttributes,
  grantPk,
  grantRow,
  homePk,
  openedHome,
  principalPk,
  type Row,
  readAnnouncement,
  readAssignment,
  readDueRow,
  readGrant,
  readHome,
  readPauses,
  readPinned,
  SCHEMA,
  seenPk,
  seenRow,
  subjectOf,
} from "../../lib/store/items.ts";
import { activeGrant, grantsInEveryState, pendingGrant, stepAt } from "./sample-grants.ts";

const item = (row: Row) =>
  marshall(row, {
    removeUndefinedValues: true,
    allowImpreciseNumbers: true,
    // An own key named `constructor` makes any row look like a class's.
    convertClassInstanceToMap: true,
  });

describe("keys", () => {
  it("tell the kinds of rows apart", () => {
    expect(grantPk(parseGrantId("LK-0000000001"))).toBe("GRANT#LK-0000000001");
    expect(assignmentPk("iam-group g u")).toBe("ASSIGNMENT#iam-group g u");
    const arn = "arn:aws:iam::111122223333:user/u";
    expect(principalPk(parseIamUserArn(arn))).toBe(`PRINCIPAL#${arn}`);
    expect(seenPk("v0=aa")).toMatch(/^SEEN#[\w-]{43}$/);
    expect(seenPk("v0=aa")).not.toBe(seenPk("v0=ab"));
    expect(homePk(parseSlackUserId("U0ADA"))).toBe("HOME#U0ADA");
  });

  it("say what a row of the outbox is about, where this release has a name for it", () => {
    expect(subjectOf("GRANT#LK-0000000001")).toEqual({ grant: "LK-0000000001" });
    expect(subjectOf("HOME#U0ADA")).toEqual({ home: "U0ADA" });
    for (const pk of ["TEAM#T0ACME", "ASSIGNMENT#GRANT#x", "GRANT", ""]) {
      expect(subjectOf(pk)).toBeUndefined();
    }
  });
});

describe("a grant's attributes", () => {
  it("name queue and time while it waits for the broker", () => {
    const { set, remove } = grantAttributes(pendingGrant({ lapsesAt: 70 }), 3);
    expect(set).toMatchObject({ schema: SCHEMA, version: 3, queue: "lapse", dueAt: 70 });
    expect(remove).toEqual([]);
  });

  it("take queue and time away once it waits for nobody", () => {
    for (const grant of grantsInEveryState()) {
      const { set, remove } = grantAttributes(grant, 1);
      const isOver = ["denied", "cancelled", "lapsed", "ended"].includes(grant.status);
      expect([grant.status, "queue" in set, "dueAt" in set]).toEqual([
        grant.status,
        !isOver,
        !isOver,
      ]);
      expect(remove).toEqual(isOver ? ["queue", "dueAt"] : []);
    }
  });

  it("put it into the outbox as of its last change", () => {
    for (const grant of grantsInEveryState()) {
      const outboxAt = grant.history.at(-1)?.at;
      expect(grantAttributes(grant, 1).set).toMatchObject({ outbox: "announce", outboxAt });
    }
  });

  it("list it under who asked for it, by when, whatever becomes of it", () => {
    for (const grant of grantsInEveryState()) {
      const { requester, requestedAt } = grant;
      expect(grantAttributes(grant, 1).set).toMatchObject({ requester, requestedAt });
    }
  });

  it("leave alone what has been announced", () => {
    for (const grant of grantsInEveryState()) {
      const { set, remove } = grantAttributes(grant, 1);
      for (const attribute of [...Object.keys(set), ...remove]) {
        expect(["shown", "announcer", "ttl"]).not.toContain(attribute);
      }
    }
  });
});

describe("reading a grant", () => {
  it("gives back every state as it was written", () => {
    for (const grant of grantsInEveryState()) {
      expect(readGrant(item(grantRow(grant)))).toEqual({ grant, version: 1 });
    }
  });

  it("takes a name that no rule of today allows, so that it can still be ended", () => {
    const grant = { ...activeGrant(), principal: "arn:aws:iam::111122223333:user/früher" };
    expect(readGrant(item({ ...grantRow(activeGrant()), pk: grantPk(grant.id), grant }))).toEqual({
      grant,
      version: 1,
    });
  });

  it("takes a history that tells of something this release has no name for", () => {
    const grant = activeGrant();
    const told = { at: 1, event: "renamed", by: "latchkey", from: "x", policyHash: "y" };
    const row = { ...grantRow(grant), grant: { ...grant, history: [told] } };
    expect(readDueRow(item(row))).toMatchObject({ grant: { history: [told] } });
  });

  it("takes a row that the first release wrote, which lists it under nobody", () => {
    const grant = activeGrant();
    const { requester: _, requestedAt: __, ...row } = grantRow(grant);
    expect(readGrant(item(row))).toEqual({ grant, version: 1 });
  });

  it("takes what it has no name for, anywhere in it, and gives it back", () => {
    const more = { colour: "red", since: { at: [1, "two"] } };
    for (const each of extended()) {
      const history = each.history.map((entry) => ({ ...entry, ...more }));
      const window = { ...each.window, ...more };
      const grant = { ...each, ...more, window, history } as Grant;
      const row = { ...grantRow(each), grant, ...more };
      expect(readDueRow(item(row))).toEqual({ grant, version: 1 });
    }
  });

  it("knows an end that was put off, and who is asked to put it off again", () => {
    for (const grant of extended()) {
      expect(readGrant(item(grantRow(grant)))).toEqual({ grant, version: 1 });
    }
  });

  it.each([
    ["extensions", { window: { extensions: "2" } }, "grant.window.extensions is no number"],
    ["an extension", { extension: 3 }, "grant.extension is no map"],
    ["when it was asked", { extension: { approvals: [] } }, "grant.extension.askedAt is no number"],
    ["approvals", { extension: { askedAt: 1 } }, "grant.extension.approvals is no list"],
    [
      "an approval",
      { extension: { askedAt: 1, approvals: [{ by: "U0CAT" }] } },
      "grant.extension.approvals[0].at is no number",
    ],
  ])("refuses %s of another form", (_, { window = {}, ...more }: Row, problem) => {
    const grant = activeGrant();
    const broken = { ...grant, ...more, window: { ...grant.window, ...(window as Row) } };
    const row = { ...grantRow(grant), grant: broken };
    expect(() => readGrant(item(row))).toThrow(`cannot be read: row.${problem}`);
  });

  it("knows access that the broker itself took away, and why", () => {
    const cause = { kind: "revoked", by: "latchkey", why: "the requester left" } as const;
    const grant = revoke(activeGrant(), cause, { ...stepAt(5_000), by: "latchkey" });
    expect(readGrant(item(grantRow(grant)))).toEqual({ grant, version: 1 });
    const row = { ...grantRow(grant), grant: { ...grant, cause: { ...cause, why: 7 } } };
    expect(() => readGrant(item(row))).toThrow("row.grant.cause.why is no text");
  });

  // What may be absent; everything else in a grant must be there, in every state.
  const optional = /^(reason|ticket|instructions|denial)$|(detail|account|externalId)$/;
  const optionalIn: Readonly<Record<string, RegExp>> = {
    approved: /^(window|waiting\.lastProblem)$/,
    revoking: /^waiting\.lastProblem$/,
    ended: /^window$/,
  };

  for (const grant of grantsInEveryState()) {
    const mayLack = (path: string) =>
      optional.test(path) ||
      optionalIn[grant.status]?.test(path) ||
      path.endsWith("acknowledgeClusterAdmin");

    it(`asks for all that a grant holds which is ${grant.status} (${grant.id})`, () => {
      for (const path of pathsOf(grant)) {
        const row = { ...grantRow(grant), grant: without(grant, path.split(".")) };
        const read = readDueRow(item(row));
        expect([path, "grant" in read ? "read" : read.why]).toEqual([
          path,
          mayLack(path) ? "read" : "undecodable",
        ]);
      }
    });

    it(`refuses a value of another type anywhere in it (${grant.status}, ${grant.id})`, () => {
      for (const path of pathsOf(grant)) {
        const row = { ...grantRow(grant), grant: without(grant, path.split("."), null) };
        expect([path, readDueRow(item(row))]).toEqual([
          path,
          { unreadable: grantPk(grant.id), why: "undecodable" },
        ]);
      }
    });
  }

  it("says where it is wrong, and never throws for it from a page", () => {
    const grant = activeGrant();
    const row = { ...grantRow(grant), grant: { ...grant, window: { startedAt: 1 } } };
    expect(() => readGrant(item(row))).toThrow(
      `the row ${grantPk(grant.id)} cannot be read: row.grant.window.expiresAt is no number`,
    );
    expect(readDueRow(item(row))).toEqual({
      unreadable: grantPk(grant.id),
      why: "undecodable",
    });
  });

  it("knows no state that a built-in name could stand for", () => {
    for (const status of ["constructor", "__proto__", "toString", "asleep"]) {
      const row = { ...grantRow(activeGrant()), grant: { ...activeGrant(), status } };
      expect(readDueRow(item(row))).toMatchObject({ why: "undecodable" });
    }
  });

  it("refuses a row that holds the grant of another key", () => {
    const grant = activeGrant();
    const row = { ...grantRow(grant), pk: "GRANT#LK-ZZZZZZZZZZ" };
    expect(readDueRow(item(row))).toEqual({
      unreadable: "GRANT#LK-ZZZZZZZZZZ",
      why: "undecodable",
    });
  });

  it("refuses a number that JavaScript cannot hold", () => {
    const row = { ...item(grantRow(activeGrant())), version: { N: "90071992547409930" } };
    expect(readDueRow(row)).toMatchObject({ why: "undecodable" });
  });

  it("tells a newer schema from a row that is broken", () => {
    const row = grantRow(activeGrant());
    expect(readDueRow(item({ ...row, schema: SCHEMA + 1, grant: 7 }))).toMatchObject({
      why: "newer-schema",
    });
    expect(readDueRow(item({ ...row, schema: undefined }))).toMatchObject({ why: "undecodable" });
    expect(readDueRow(item({ ...row, schema: "1" }))).toMatchObject({ why: "undecodable" });
  });

  it("answers something for any row at all", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (row) => {
        const read = readDueRow(item({ ...row, pk: "GRANT#x" }));
        expect(read).toEqual({ unreadable: "GRANT#x", why: expect.any(String) });
      }),
    );
  });
});

describe("reading what has been announced", () => {
  const card = { channel: "C0ACCESS", ts: "1.2" };
  const shown = { version: 1, messages: { card } };

  it("begins with nothing", () => {
    expect(readAnnouncement(item(grantRow(activeGrant()))).shown).toEqual({
      version: 0,
      messages: {},
    });
  });

  it("gives back what Slack shows, and refuses what it cannot have shown", () => {
    const row = grantRow(activeGrant());
    expect(readAnnouncement(item({ ...row, shown })).shown).toEqual(shown);
    const broken = { ...shown, messages: { card: "1.2" } };
    expect(() => readAnnouncement(item({ ...row, shown: broken }))).toThrow(
      "row.shown.messages.card is no map",
    );
  });

  it("gives back all that is remembered of it, and takes more than it has names for", () => {
    const full = {
      version: 4,
      messages: { card: { ...card, shows: "c0ffee" }, active: card },
      told: 3,
      unsettledUntil: 9,
      failures: 2,
      untoldSince: 8,
      checkedAt: 7,
    };
    const row = grantRow(activeGrant());
    expect(readAnnouncement(item({ ...row, shown: full })).shown).toEqual(full);
    const more = { ...full, colour: "red", messages: { card: { ...card, thread: "1.1" } } };
    expect(readAnnouncement(item({ ...row, shown: more })).shown).toEqual(more);
  });

  it.each(["told", "unsettledUntil", "failures", "untoldSince", "checkedAt"])(
    "refuses %s in words",
    (name) => {
      const row = { ...grantRow(activeGrant()), shown: { ...shown, [name]: "three" } };
      expect(() => readAnnouncement(item(row))).toThrow(`row.shown.${name} is no number`);
    },
  );

  it("refuses a digest that is none", () => {
    const broken = { version: 1, messages: { card: { ...card, shows: 7 } } };
    const row = { ...grantRow(activeGrant()), shown: broken };
    expect(() => readAnnouncement(item(row))).toThrow("row.shown.messages.card.shows is no text");
  });
});

describe("reading an assignment", () => {
  const row = { pk: "ASSIGNMENT#k", schema: 1 };
  const id = parseGrantId("LK-0000000001");

  it("holds what is known and no more", () => {
    expect(readAssignment("k", item(row))).toEqual({ key: "k", claims: [] });
    const lease = { owner: "a", until: 9 };
    const full = { ...row, lease, claims: new Set([id]), origin: "standing", unsettledUntil: 7 };
    expect(readAssignment("k", item(full))).toEqual({
      key: "k",
      claims: [id],
      origin: "standing",
      unsettledUntil: 7,
    });
  });

  it("refuses an origin it does not know: whose it is must not be guessed", () => {
    expect(() => readAssignment("k", item({ ...row, origin: "theirs" }))).toThrow(
      "the row ASSIGNMENT#k cannot be read: row.origin is none of ours, standing",
    );
    expect(() => readAssignment("k", item({ ...row, schema: 2 }))).toThrow("schema 2");
  });
});

describe("an App Home", () => {
  const user = parseSlackUserId("U0ADA");
  const row = { pk: homePk(user), schema: 1, version: 2 };

  it("is forgotten ninety days after somebody looked", () => {
    const at = Date.UTC(2026, 0, 1);
    expect(openedHome(user, at)).toEqual({
      schema: SCHEMA,
      user,
      openedAt: at,
      outbox: "announce",
      outboxAt: at,
      ttl: Date.UTC(2026, 3, 1) / 1000,
    });
  });

  it("is its version and what it shows, and no more", () => {
    const opened = { ...row, ...openedHome(user, 5), announcer: { owner: "a", until: 9 } };
    expect(readHome(item(opened))).toEqual({ version: 2 });
    const known = { shows: "c0ffee", unsettledUntil: 9 };
    expect(readHome(item({ ...opened, ...known }))).toEqual({ version: 2, ...known });
  });

  it("says how its row is broken, or newer", () => {
    expect(() => readHome(item({ ...row, version: "2" }))).toThrow("row.version is no number");
    expect(() => readHome(item({ ...row, shows: 7 }))).toThrow("row.shows is no text");
    expect(() => readHome(item({ ...row, schema: SCHEMA + 1 }))).toThrow("schema 2");
  });
});

describe("other rows", () => {
  it("forget a request seen in whole seconds, never before its time", () => {
    const pk = seenPk("v0=aa");
    expect(seenRow("v0=aa", 10_000)).toEqual({ pk, schema: SCHEMA, ttl: 10 });
    expect(seenRow("v0=aa", 10_001)).toEqual({ pk, schema: SCHEMA, ttl: 11 });
  });

  it("give back the pinned id, or say that the row is broken", () => {
    const row = { pk: "PRINCIPAL#u", schema: 1 };
    expect(readPinned(item({ ...row, uniqueId: "AIDAFIRST" }))).toBe("AIDAFIRST");
    expect(() => readPinned(item(row))).toThrow("row.uniqueId is no text");
  });

  it("give back the pauses that Slack wants, or say that the row is broken", () => {
    const row = { pk: "PAUSES", schema: 1, pauses: { C0ACCESS: 7, "views.publish": 9 } };
    expect(readPauses(item(row))).toEqual(row.pauses);
    const broken = { ...row, pauses: { C0ACCESS: "soon" } };
    expect(() => readPauses(item(broken))).toThrow("row.pauses.C0ACCESS is no number");
  });
});

/** Grants whose end was put off, and is to be once more. */
function extended() {
  const grant = activeGrant();
  const again = { ...grant, window: { ...grant.window, extensions: 2 } };
  const approval = { by: parseSlackUserId("U0CAT"), at: 6_000, via: "platform-leads" };
  return [
    again,
    { ...again, extension: { askedAt: 5_000, approvals: [] } },
    { ...grant, extension: { askedAt: 5_000, approvals: [approval] } },
  ];
}

/** The path of every field in `value`, those within lists left out but the first of each. */
function pathsOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value).slice(0, Array.isArray(value) ? 2 : undefined);
  return entries.flatMap(([name, inner]) => {
    const here = path === "" ? name : `${path}.${name}`;
    const isElement = Array.isArray(value);
    return [...(isElement ? [] : [here]), ...pathsOf(inner, here)];
  });
}

/** `value` without the field at `path`, or with `instead` in its place. */
function without(value: unknown, [name = "", ...rest]: string[], instead?: null): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  if (rest.length > 0) copy[name] = without(copy[name], rest, instead);
  else if (instead === undefined) delete copy[name];
  else copy[name] = instead;
  return copy;
}

// Rows as data: their keys, what of a grant is where, and what is not taken for a grant.

import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseGrantId, parseIamUserArn } from "../../lib/grant/ids.ts";
import {
  assignmentPk,
  grantAttributes,
  grantIdOf,
  grantPk,
  grantRow,
  principalPk,
  type Row,
  readAnnouncement,
  readAssignment,
  readDueRow,
  readGrant,
  readPinned,
  SCHEMA,
  seenPk,
  seenRow,
} from "../../lib/store/items.ts";
import { activeGrant, grantsInEveryState, pendingGrant } from "./sample-grants.ts";

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
    expect(seenPk("v0=aa")).toBe("SEEN#v0=aa");
  });

  it("give a grant's id back", () => {
    expect(grantIdOf("GRANT#LK-0000000001")).toBe("LK-0000000001");
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
  const shown = { version: 1, messages: { card: { channel: "C0ACCESS", ts: "1.2" } } };

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

describe("other rows", () => {
  it("forget a request seen in whole seconds, never before its time", () => {
    expect(seenRow("v0=aa", 10_000)).toEqual({ pk: "SEEN#v0=aa", ttl: 10 });
    expect(seenRow("v0=aa", 10_001)).toEqual({ pk: "SEEN#v0=aa", ttl: 11 });
  });

  it("give back the pinned id, or say that the row is broken", () => {
    const row = { pk: "PRINCIPAL#u", schema: 1 };
    expect(readPinned(item({ ...row, uniqueId: "AIDAFIRST" }))).toBe("AIDAFIRST");
    expect(() => readPinned(item(row))).toThrow("row.uniqueId is no text");
  });
});

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

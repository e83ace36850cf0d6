// What DynamoDB charges: the sizes of items, and the units of reads and writes with their indexes.

import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "@jest/globals";
import { itemBytes, readUnits, storedBytes, writeUnits } from "../../bench/dynamodb-units.ts";
import type { Item } from "../../lib/store/items.ts";

const row = (attributes: object): Item => marshall({ pk: "GRANT#1", ...attributes });
/** An attribute `text` that takes so many bytes, its name included. */
const filling = (bytes: number) => ({ text: "x".repeat(bytes - 4) });
const DUE = { queue: "revoke", dueAt: 1_000 };
const OUTBOX = { outbox: "announce", outboxAt: 1_000 };

describe("an item's size", () => {
  it.each([
    ["its names and texts in UTF-8", { naïve: "né" }, 6 + 3],
    ["a byte for two digits of a number, and one more", { n: 12_345 }, 1 + 4],
    ["no digits for the zeros at a number's ends", { n: 1_000 }, 1 + 2],
    ["one more for a minus", { n: -12 }, 1 + 3],
    ["one for true, false and null", { yes: true, no: null }, 3 + 1 + 2 + 1],
    ["three for a list, and one for each entry", { list: ["ab", "c"] }, 4 + 3 + 2 + 3],
    ["three for a map, and one for each entry", { map: { key: "ab" } }, 3 + 3 + 1 + 3 + 2],
    ["the texts of a set", { set: new Set(["ab", "cde"]) }, 3 + 5],
  ])("counts %s", (_, attributes, bytes) => {
    expect(itemBytes(marshall(attributes))).toBe(bytes);
  });
});

describe("a read", () => {
  it("counts every 4 KB begun, half where it need not be consistent", () => {
    expect([0, 1, 4_096, 4_097].map((bytes) => readUnits(bytes, true))).toEqual([1, 1, 1, 2]);
    expect(readUnits(4_097, false)).toBe(1);
  });
});

describe("a write", () => {
  it("counts every KB begun, of the larger of before and after", () => {
    expect(writeUnits(undefined, row({}))).toBe(1);
    expect(writeUnits(row(filling(3_000)), row({}))).toBe(3);
    expect(writeUnits(row({}), row(filling(3_000)))).toBe(3);
  });

  it("that was refused counts what it found", () => {
    const found = row(filling(3_000));
    expect(writeUnits(found, found)).toBe(3);
    expect(writeUnits(undefined, undefined)).toBe(1);
  });

  it("counts an index that gets, changes or loses an entry", () => {
    const [without, within] = [row({}), row(DUE)];
    expect(writeUnits(without, within)).toBe(1 + 1);
    expect(writeUnits(within, without)).toBe(1 + 1);
    expect(writeUnits(within, row({ ...DUE, status: "revoking" }))).toBe(1 + 1);
    expect(writeUnits(within, within)).toBe(1);
  });

  it("counts an entry that moves twice: it goes, and comes anew", () => {
    expect(writeUnits(row(DUE), row({ ...DUE, dueAt: 2_000 }))).toBe(1 + 2);
  });

  it("counts an index of whole rows by their size, one of keys by that of the keys", () => {
    const large = filling(3_000);
    expect(writeUnits(undefined, row({ ...DUE, ...large }))).toBe(3 + 3);
    expect(writeUnits(undefined, row({ ...OUTBOX, ...large }))).toBe(3 + 1);
  });

  it("leaves an index of keys alone where none of them changes", () => {
    expect(writeUnits(row(OUTBOX), row({ ...OUTBOX, status: "denied" }))).toBe(1);
  });

  it("takes a set for the same in any order", () => {
    const claims = (...texts: string[]) => row({ ...DUE, claims: new Set(texts) });
    expect(writeUnits(claims("a", "b"), claims("b", "a"))).toBe(1);
  });
});

describe("what an item takes in storage", () => {
  it("is its size and 100 bytes, and the same again for each index that has it", () => {
    const plain = row({});
    expect(storedBytes(plain)).toBe(itemBytes(plain) + 100);
    const due = row(DUE);
    expect(storedBytes(due)).toBe(2 * (itemBytes(due) + 100));
  });
});

// The simulated DynamoDB is an honest one: the store keeps its whole contract on it.

import {
  BatchGetItemCommand,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createDynamoStore } from "../../lib/store/dynamo-store.ts";
import type { Item } from "../../lib/store/items.ts";
import { DUE_INDEX, REQUESTER_INDEX } from "../../lib/store/table.ts";
import { storeContract } from "../store/contract.ts";
import { pendingGrant } from "../store/sample-grants.ts";
import { createSimulatedDynamoDB } from "./dynamodb.ts";
import { createSortedKeys, type Place } from "./sorted-keys.ts";

const storeOn = ({ client }: Pick<ReturnType<typeof createSimulatedDynamoDB>, "client">) => {
  let written = 0;
  return createDynamoStore({ client, tableName: "latchkey", newId: () => `write-${++written}` });
};

storeContract("the store on the simulated DynamoDB", async () =>
  storeOn(createSimulatedDynamoDB()),
);

storeContract("the store on the simulated DynamoDB, every request sent twice", async () => {
  const { handle } = createSimulatedDynamoDB();
  const send = async (command: unknown) => {
    try {
      handle(command);
    } catch {
      // What came of the first is not heard.
    }
    return handle(command);
  };
  return storeOn({ client: { send } as never });
});

describe("the simulated DynamoDB", () => {
  const keyed = (pk: string, more: object = {}) => ({
    TableName: "t",
    Key: marshall({ pk }),
    ...more,
  });
  const values = (of: object) => ({ ExpressionAttributeValues: marshall(of) });
  const aliasesIn = (text: string): readonly string[] => text.match(/[#:]\w+/g) ?? [];

  const orderly = {
    now: () => 0,
    lagMs: () => 0,
    endsPage: () => false,
    leavesOut: () => false,
  };
  type Handle = ReturnType<typeof createSimulatedDynamoDB>["handle"];

  /** What an index answers; `more`: of the query. */
  function asked(
    handle: Handle,
    name: "due" | "requester",
    value: string,
    comparison: "<=" | ">=",
    bound: number,
    more: Partial<QueryCommandInput> = {},
  ) {
    const { hash, range } = name === "due" ? DUE_INDEX : REQUESTER_INDEX;
    return handle(
      new QueryCommand({
        TableName: "t",
        IndexName: name,
        KeyConditionExpression: `#hash = :value AND #range ${comparison} :bound`,
        ExpressionAttributeNames: { "#hash": hash, "#range": range },
        ...values({ ":value": value, ":bound": bound }),
        ...more,
      }),
    ) as { Items: Item[]; LastEvaluatedKey?: Item };
  }

  it("counts requests, and items read and written", async () => {
    const dynamodb = createSimulatedDynamoDB();
    const store = storeOn(dynamodb);
    const grant = pendingGrant({ lapsesAt: 5 });
    await store.create(grant);
    await store.due("lapse", 5, 10);
    await store.load(grant.id);
    expect(dynamodb.counts).toEqual({
      requests: { PutItem: 1, Query: 1, GetItem: 1 },
      itemsRead: 2,
      itemsWritten: 1,
    });
  });

  it.each([
    ["(#a = :one OR #a = :two) AND #b.#c >= :two", true],
    ["#a = :one OR #a = :two AND #b.#c < :two", false],
    ["NOT #a = :one AND attribute_exists(#b.#c)", true],
    ["attribute_not_exists(#none) AND #a <> :one", true],
    ["#none <= :two", false],
    ["#a <= :text", false],
  ])("finds that %s is %s", (ConditionExpression, holds) => {
    const { handle, put } = createSimulatedDynamoDB();
    put(marshall({ pk: "p", a: 2, b: { c: 10 } }));
    const names = { "#a": "a", "#b": "b", "#c": "c", "#none": "none" };
    const used = aliasesIn(ConditionExpression);
    const all = { ":one": 1, ":two": 2, ":text": "x" };
    const ask = () =>
      handle(
        new UpdateItemCommand({
          ...keyed("p"),
          UpdateExpression: "SET #a = :two",
          ConditionExpression,
          ExpressionAttributeNames: Object.fromEntries(
            Object.entries(names).filter(([name]) => name === "#a" || used.includes(name)),
          ),
          ...values(
            Object.fromEntries(
              Object.entries(all).filter(([name]) => name === ":two" || used.includes(name)),
            ),
          ),
        }),
      );
    if (holds) expect(ask()).toEqual({});
    else expect(ask).toThrow("The conditional request failed");
  });

  it("refuses what DynamoDB refuses", () => {
    const { handle } = createSimulatedDynamoDB();
    const update = (UpdateExpression: string, of: object) => () =>
      handle(new UpdateItemCommand({ ...keyed("p"), UpdateExpression, ...values(of) }));
    expect(update("SET a = :a, a = :a", { ":a": 1 })).toThrow("overlap");
    expect(update("SET a = :a", { ":a": 1, ":b": 2 })).toThrow("unused");
    expect(update("SET a = :b", {})).toThrow("not defined");
    expect(update("PUT a = :a", { ":a": 1 })).toThrow("Invalid UpdateExpression");
  });

  it("removes a set with its last member, and keeps what was there before", () => {
    const { handle, item } = createSimulatedDynamoDB();
    const update = (UpdateExpression: string, of: object) =>
      handle(new UpdateItemCommand({ ...keyed("p"), UpdateExpression, ...values(of) }));
    update("SET kept = if_not_exists(kept, :one) ADD members :a", {
      ":one": 1,
      ":a": new Set(["x", "y"]),
    });
    update("SET kept = if_not_exists(kept, :two) DELETE members :a", {
      ":two": 2,
      ":a": new Set(["x", "y", "z"]),
    });
    expect(item("p")).toEqual(marshall({ pk: "p", kept: 1 }));
  });

  it("shows rows in an index as they were, where it lags, and as they are to a read of the table", () => {
    let now = 0;
    const { handle, put } = createSimulatedDynamoDB({
      ...orderly,
      now: () => now,
      lagMs: () => 500,
    });
    put(marshall({ pk: "p", queue: "revoke", dueAt: 1 }));
    now = 10_000;
    put(marshall({ pk: "p", queue: "revoke", dueAt: 7 }));
    put(marshall({ pk: "q", queue: "revoke", dueAt: 3 }));
    const due = () => asked(handle, "due", "revoke", "<=", 9);
    const row = (pk: string, dueAt: number) => marshall({ pk, queue: "revoke", dueAt });
    now = 10_400;
    expect(due()).toMatchObject({ Items: [row("p", 1)] });
    expect(handle(new GetItemCommand(keyed("p")))).toEqual({ Item: row("p", 7) });
    now = 10_500;
    expect(due()).toMatchObject({ Items: [row("q", 3), row("p", 7)] });
  });

  it("reads an index from its end, page by page, as it does from its beginning", () => {
    const { handle, put } = createSimulatedDynamoDB();
    const times = fc.array(fc.nat({ max: 20 }), { maxLength: 12 });
    let rows: { pk: string; at: number }[] = [];
    fc.assert(
      fc.property(
        times,
        fc.nat({ max: 22 }),
        fc.integer({ min: 1, max: 5 }),
        (more, from, Limit) => {
          for (const at of more) {
            const pk = `p${rows.length}`;
            rows = [...rows, { pk, at }];
            put(marshall({ pk, requester: "u", requestedAt: at }));
          }
          const found: number[] = [];
          const keys = new Set<string | undefined>();
          let start: Item | undefined;
          do {
            const page = asked(handle, "requester", "u", ">=", from, {
              ScanIndexForward: false,
              Limit,
              ...(start && { ExclusiveStartKey: { ...start } }),
            });
            expect(page.Items.length).toBeLessThanOrEqual(Limit);
            found.push(...page.Items.map((item) => Number(item["requestedAt"]?.N)));
            for (const item of page.Items) keys.add(item["pk"]?.S);
            start = page.LastEvaluatedKey;
          } while (start !== undefined);
          const there = rows.map(({ at }) => at).filter((at) => at >= from);
          expect(found).toEqual(there.sort((one, other) => other - one));
          expect(keys.size).toBe(found.length);
        },
      ),
    );
  });

  it("shows rows from the end of an index as they were, where it lags", () => {
    let now = 0;
    const { handle, put } = createSimulatedDynamoDB({
      ...orderly,
      now: () => now,
      lagMs: () => 500,
    });
    for (const [pk, requestedAt] of [
      ["p", 1],
      ["q", 3],
      ["r", 5],
    ] as const) {
      put(marshall({ pk, requester: "u", requestedAt }));
    }
    now = 10_000;
    put(marshall({ pk: "s", requester: "u", requestedAt: 7 }));
    put(marshall({ pk: "q", requester: "v", requestedAt: 3 }));
    const theirs = () =>
      asked(handle, "requester", "u", ">=", 2, { ScanIndexForward: false }).Items.map(
        (item) => item["pk"]?.S,
      );
    now = 10_400;
    expect(theirs()).toEqual(["r", "q"]);
    now = 10_500;
    expect(theirs()).toEqual(["s", "r"]);
  });

  describe("asked for many rows", () => {
    const batch = (handle: Handle, keys: readonly string[]) =>
      handle(
        new BatchGetItemCommand({
          RequestItems: { t: { Keys: keys.map((pk) => marshall({ pk })), ConsistentRead: true } },
        }),
      );

    it("answers with those that are there, and counts what was asked for", () => {
      const { handle, put, counts } = createSimulatedDynamoDB();
      for (const pk of ["a", "b"]) put(marshall({ pk }));
      const answer = batch(handle, ["a", "none", "b"]) as { Responses: { t: Item[] } };
      expect(answer).toMatchObject({ UnprocessedKeys: {} });
      expect(answer.Responses.t.map((item) => item["pk"]?.S).sort()).toEqual(["a", "b"]);
      expect(counts).toMatchObject({ requests: { BatchGetItem: 1 }, itemsRead: 3 });
    });

    it("leaves some out, as they were asked for, but never all", () => {
      const { handle, put } = createSimulatedDynamoDB({ ...orderly, leavesOut: () => true });
      for (const pk of ["a", "b", "c"]) put(marshall({ pk }));
      expect(batch(handle, ["a", "b", "c"])).toEqual({
        Responses: { t: [marshall({ pk: "a" })] },
        UnprocessedKeys: {
          t: { Keys: [marshall({ pk: "b" }), marshall({ pk: "c" })], ConsistentRead: true },
        },
      });
    });

    it("refuses what DynamoDB refuses", () => {
      const { handle } = createSimulatedDynamoDB();
      const many = Array.from({ length: 101 }, (_, n) => `p${n}`);
      expect(() => batch(handle, [])).toThrow("between 1 and 100");
      expect(() => batch(handle, many)).toThrow("between 1 and 100");
      expect(() => batch(handle, ["a", "b", "a"])).toThrow("duplicates");
    });
  });

  it("adds to a number, from nothing too", () => {
    const { handle, item } = createSimulatedDynamoDB();
    const add = () =>
      handle(
        new UpdateItemCommand({
          ...keyed("p"),
          UpdateExpression: "ADD n :a",
          ...values({ ":a": 2 }),
        }),
      );
    add();
    add();
    expect(item("p")).toEqual(marshall({ pk: "p", n: 4 }));
  });

  it("keeps an index in order, whatever comes and goes", () => {
    const place = fc.record({ range: fc.nat({ max: 40 }), pk: fc.constantFrom("a", "b", "c") });
    fc.assert(
      fc.property(fc.array(place, { maxLength: 200 }), place, (moves, after) => {
        const keys = createSortedKeys();
        const model = new Map<string, Place>();
        for (const move of moves) {
          const name = `${move.range} ${move.pk}`;
          if (model.delete(name)) keys.remove(move);
          else {
            model.set(name, move);
            keys.add(move);
          }
        }
        const sorted = [...model.values()].sort(
          (a, b) => a.range - b.range || (a.pk < b.pk ? -1 : 1),
        );
        const follows = ({ range, pk }: Place) =>
          range > after.range || (range === after.range && pk > after.pk);
        expect([...keys.from(undefined)]).toEqual(sorted);
        expect([...keys.from(after)]).toEqual(sorted.filter(follows));
        const precedes = ({ range, pk }: Place) =>
          range < after.range || (range === after.range && pk < after.pk);
        expect([...keys.downFrom(undefined)]).toEqual(sorted.toReversed());
        expect([...keys.downFrom(after)]).toEqual(sorted.filter(precedes).reverse());
        expect(keys.size).toBe(sorted.length);
      }),
    );
  });

  it("holds very many rows in order", () => {
    const keys = createSortedKeys();
    const many = Array.from({ length: 20_000 }, (_, index) => (index * 7_919) % 20_000);
    for (const range of many) keys.add({ range, pk: "p" });
    expect([...keys.from(undefined)].map(({ range }) => range)).toEqual([...many.keys()]);
    for (const range of many.filter((each) => each % 3 > 0)) keys.remove({ range, pk: "p" });
    expect(keys.size).toBe(many.filter((each) => each % 3 === 0).length);
    expect([...keys.from({ range: 19_990, pk: "p" })].map(({ range }) => range)).toEqual([
      19_992, 19_995, 19_998,
    ]);
    const down = Array.from(keys.downFrom({ range: 6_000, pk: "p" }), ({ range }) => range);
    expect(down).toEqual(Array.from({ length: 2_000 }, (_, n) => 5_997 - 3 * n));
  });
});

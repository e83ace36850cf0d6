// The simulated DynamoDB is an honest one: the store keeps its whole contract on it.

import { GetItemCommand, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createDynamoStore } from "../../lib/store/dynamo-store.ts";
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
    const disorder = { now: () => now, lagMs: () => 500, endsPage: () => false };
    const { handle, put } = createSimulatedDynamoDB(disorder);
    put(marshall({ pk: "p", queue: "revoke", dueAt: 1 }));
    now = 10_000;
    put(marshall({ pk: "p", queue: "revoke", dueAt: 7 }));
    put(marshall({ pk: "q", queue: "revoke", dueAt: 3 }));
    const due = () =>
      handle(
        new QueryCommand({
          TableName: "t",
          IndexName: "due",
          KeyConditionExpression: "#hash = :value AND #range <= :until",
          ExpressionAttributeNames: { "#hash": "queue", "#range": "dueAt" },
          ...values({ ":value": "revoke", ":until": 9 }),
        }),
      );
    const row = (pk: string, dueAt: number) => marshall({ pk, queue: "revoke", dueAt });
    now = 10_400;
    expect(due()).toMatchObject({ Items: [row("p", 1)] });
    expect(handle(new GetItemCommand(keyed("p")))).toEqual({ Item: row("p", 7) });
    now = 10_500;
    expect(due()).toMatchObject({ Items: [row("q", 3), row("p", 7)] });
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
  });
});

// The store on DynamoDB keeps the contract, also when requests are sent twice and answers are lost.

import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemInput,
  type UpdateItemInput,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { dueOf } from "../../lib/grant/grant.ts";
import { parseSlackUserId } from "../../lib/grant/ids.ts";
import { lapse } from "../../lib/grant/steps.ts";
import { createDynamoStore } from "../../lib/store/dynamo-store.ts";
import { grantPk, grantRow, homePk, seenPk } from "../../lib/store/items.ts";
import type { DueRow, Store } from "../../lib/store/store.ts";
import {
  createTable,
  dynamodbClient,
  type LocalDynamodb,
  startDynamodb,
} from "../../local/dynamodb.ts";
import { hintsContract, storeContract } from "./contract.ts";
import { activeGrant, pendingGrant, stepAt } from "./sample-grants.ts";

let dynamo: LocalDynamodb;
let client: DynamoDBClient;
/** A client whose every request arrives twice, as where the SDK repeats what got no answer. */
let twiceClient: DynamoDBClient;
/** A client to whose requests no answer comes back, though they are carried out. */
let deafClient: DynamoDBClient;

beforeAll(async () => {
  dynamo = await startDynamodb(process.env["LATCHKEY_TEST_DYNAMODB"]);
  client = dynamodbClient(dynamo.url);
  twiceClient = dynamodbClient(dynamo.url);
  twiceClient.middlewareStack.add(
    (next) => async (request) => {
      await next(request).catch(() => undefined);
      return next(request);
    },
    { step: "build" },
  );
  deafClient = dynamodbClient(dynamo.url);
  deafClient.middlewareStack.add(
    (next) => async (request) => {
      await next(request);
      throw Object.assign(new Error("socket hang up"), { name: "TimeoutError" });
    },
    { step: "build" },
  );
});

afterAll(async () => {
  for (const each of [client, twiceClient, deafClient]) each.destroy();
  await dynamo.close();
});

const storeOn = (through: DynamoDBClient, tableName: string): Store =>
  createDynamoStore({ client: through, tableName, newId: randomUUID });

async function newTable(): Promise<string> {
  const tableName = `latchkey-${randomUUID()}`;
  await createTable(client, tableName);
  return tableName;
}

storeContract("the store on DynamoDB", async () => storeOn(client, await newTable()));

storeContract("the store on DynamoDB, every request sent twice", async () =>
  storeOn(twiceClient, await newTable()),
);

hintsContract("a save in the store on DynamoDB", async () => storeOn(client, await newTable()));

const ada = parseSlackUserId("U0ADA");

describe("the store on DynamoDB", () => {
  let tableName: string;
  let store: Store;
  beforeEach(async () => {
    tableName = await newTable();
    store = storeOn(client, tableName);
  });

  async function put(row: Record<string, unknown>): Promise<void> {
    await client.send(new PutItemCommand({ TableName: tableName, Item: marshall(row) }));
  }

  async function rowOf(pk: string): Promise<Record<string, unknown>> {
    const Key = marshall({ pk });
    const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key }));
    return unmarshall(Item ?? {});
  }

  describe("rows that it cannot read", () => {
    it("are named by due, in their place, and do not hide the others", async () => {
      const grant = activeGrant();
      const other = { ...activeGrant(), window: { ...grant.window, expiresAt: 40 } };
      await store.create(other);
      await put({ ...grantRow(grant), dueAt: 10, grant: { ...grant, window: "gone" } });
      await put({ ...grantRow(activeGrant()), pk: "GRANT#newer", dueAt: 20, schema: 2 });
      await put({ pk: "GRANT#bare", queue: "revoke", dueAt: 30 });
      expect(await store.due("revoke", 40, 10)).toEqual({
        rows: [
          { unreadable: grantPk(grant.id), why: "undecodable" },
          { unreadable: "GRANT#newer", why: "newer-schema" },
          { unreadable: "GRANT#bare", why: "undecodable" },
          { grant: other, version: 1 },
        ],
      });
    });

    it("do not starve the others where they fill a page", async () => {
      for (const n of [1, 2, 3]) await put({ pk: `GRANT#bad-${n}`, queue: "lapse", dueAt: n });
      const grant = pendingGrant({ lapsesAt: 4 });
      await store.create(grant);
      const first = await store.due("lapse", 4, 3);
      expect(first.rows).toHaveLength(3);
      const second = await store.due("lapse", 4, 3, first.next);
      expect(second.rows).toEqual([{ grant, version: 1 }]);
    });

    it("are refused by load, with their key", async () => {
      const { id } = pendingGrant();
      await put({ pk: grantPk(id), schema: 1, version: 1, grant: { status: "asleep" } });
      await expect(store.load(id)).rejects.toMatchObject({
        name: "StoreError",
        code: "undecodable",
        message: expect.stringContaining(grantPk(id)),
      });
      await put({ pk: grantPk(id), schema: 7, version: 1, rights: [] });
      await expect(store.load(id)).rejects.toMatchObject({ code: "newer-schema" });
    });

    it("are put off when they are held to be announced, and so do not block the outbox", async () => {
      const { id } = pendingGrant();
      await put({ pk: grantPk(id), schema: 2, version: 1, outbox: "announce", outboxAt: 5 });
      const hold = { owner: "a", now: 5, until: 60 };
      await expect(store.holdAnnouncement(id, hold)).rejects.toMatchObject({
        code: "newer-schema",
      });
      expect(await store.toAnnounce(59, 10)).toEqual([]);
      expect(await store.toAnnounce(60, 10)).toEqual([{ grant: id }]);
    });

    it("are left out of what somebody has asked for, and do not hide the others", async () => {
      const first = pendingGrant({ at: 1 });
      await store.create(first);
      await put({ ...grantRow(pendingGrant({ at: 2 })), grant: { status: "asleep" } });
      await put({ ...grantRow(pendingGrant({ at: 3 })), schema: 2 });
      expect(await store.grantsOf(ada, 0, 10)).toEqual([{ grant: first, version: 1 }]);
    });

    it("of a kind that this release has no name for do not fill the outbox", async () => {
      const { id } = pendingGrant();
      for (const n of [1, 2, 3]) {
        await put({ pk: `TEAM#${n}`, schema: 1, outbox: "announce", outboxAt: n });
      }
      await put({ pk: grantPk(id), schema: 1, outbox: "announce", outboxAt: 4 });
      await store.homeOpened(ada, 5);
      expect(await store.toAnnounce(9, 1)).toEqual([{ grant: id }]);
      expect(await store.toAnnounce(9, 2)).toEqual([{ grant: id }, { home: ada }]);
      expect(await store.toAnnounce(3, 2)).toEqual([]);
    });

    it("are put off as homes too", async () => {
      await put({ pk: homePk(ada), schema: 2, version: 1, outbox: "announce", outboxAt: 5 });
      const hold = { owner: "a", now: 5, until: 60 };
      await expect(store.holdHome(ada, hold)).rejects.toMatchObject({ code: "newer-schema" });
      expect(await store.toAnnounce(59, 10)).toEqual([]);
    });
  });

  it("lists a grant that the first release wrote once it is saved again", async () => {
    const grant = pendingGrant({ at: 20 });
    const { requester: _, requestedAt: __, ...row } = grantRow(grant);
    await put({ ...row, shown: { version: 1, messages: { card: { channel: "C", ts: "1.2" } } } });
    const stored = { grant, version: 1 };
    expect(await store.load(grant.id)).toEqual(stored);
    expect((await store.due("lapse", 9_000, 10)).rows).toEqual([stored]);
    expect(await store.grantsOf(ada, 0, 10)).toEqual([]);
    const hold = { owner: "a", now: 20, until: 50 };
    expect((await store.holdAnnouncement(grant.id, hold))?.shown.messages).toHaveProperty("card");
    const next = lapse(grant, stepAt(9_000));
    expect(await store.save(next, stored)).toBe("saved");
    expect(await store.grantsOf(ada, 0, 10)).toEqual([{ grant: next, version: 2 }]);
  });

  describe("many rows at once", () => {
    /** A store whose client answers BatchGetItem with no more than `most` rows, and what it was asked. */
    function cuttingShort(most: number) {
      const asked: { ConsistentRead?: boolean; rows: number }[] = [];
      const cutting = dynamodbClient(dynamo.url);
      cutting.middlewareStack.add(
        (next, { commandName }) =>
          async (request) => {
            if (commandName !== "BatchGetItemCommand") return next(request);
            const { RequestItems = {} } = request.input as BatchGetItemCommandInput;
            const { Keys = [], ConsistentRead = false } = RequestItems[tableName] ?? {};
            asked.push({ ConsistentRead, rows: Keys.length });
            const input = { RequestItems: { [tableName]: { Keys: Keys.slice(0, most) } } };
            const left = { Keys: Keys.slice(most), ConsistentRead };
            const output =
              most === 0 ? { Responses: {} } : await client.send(new BatchGetItemCommand(input));
            const UnprocessedKeys = left.Keys.length === 0 ? {} : { [tableName]: left };
            return { output: { ...output, $metadata: {}, UnprocessedKeys }, response: {} };
          },
        { step: "initialize" },
      );
      return { cut: storeOn(cutting, tableName), asked };
    }

    it("are read strongly consistently, and asked for again where an answer is cut short", async () => {
      const grants = [5, 4, 3, 2, 1].map((at) => pendingGrant({ at }));
      for (const grant of grants) await store.create(grant);
      const { cut, asked } = cuttingShort(2);
      expect((await cut.grantsOf(ada, 0, 10)).map(({ grant }) => grant)).toEqual(grants);
      expect(asked).toEqual([5, 3, 1].map((rows) => ({ ConsistentRead: true, rows })));
    });

    it("are unavailable where DynamoDB goes on leaving some out", async () => {
      await store.create(pendingGrant());
      await store.homeOpened(ada, 20);
      const { cut, asked } = cuttingShort(0);
      await expect(cut.grantsOf(ada, 0, 10)).rejects.toMatchObject({ code: "unavailable" });
      expect(asked.length).toBeLessThan(10);
      const times = { since: 0, at: 30 };
      await expect(cut.touchHomes([ada], times)).rejects.toMatchObject({ code: "unavailable" });
    });

    it("cost one request a hundred, and homes at which nobody looks no write", async () => {
      const requests: string[] = [];
      const watched = dynamodbClient(dynamo.url);
      watched.middlewareStack.add(
        (next, { commandName = "" }) =>
          (request) => {
            requests.push(commandName);
            return next(request);
          },
        { step: "initialize" },
      );
      const bob = parseSlackUserId("U0BOB");
      await store.homeOpened(ada, 20);
      await store.homeOpened(bob, 19);
      const others = Array.from({ length: 150 }, (_, n) => parseSlackUserId(`U0MANY${n}`));
      const times = { since: 20, at: 30 };
      const users = [...others, bob, ada];
      expect(await storeOn(watched, tableName).touchHomes(users, times)).toEqual([ada]);
      expect(await storeOn(watched, tableName).grantsOf(ada, 0, 10)).toEqual([]);
      watched.destroy();
      expect(requests).toEqual([
        "BatchGetItemCommand",
        "BatchGetItemCommand",
        "UpdateItemCommand",
        "QueryCommand",
      ]);
    });
  });

  describe("an answer that is lost", () => {
    it("is an error, though the grant may have been created", async () => {
      const grant = pendingGrant();
      await expect(storeOn(deafClient, tableName).create(grant)).rejects.toMatchObject({
        name: "StoreError",
        code: "unavailable",
        cause: { name: "TimeoutError" },
      });
      expect(await store.load(grant.id)).toEqual({ grant, version: 1 });
    });

    it("is an error, though the grant may have been saved", async () => {
      const grant = pendingGrant();
      await store.create(grant);
      const next = lapse(grant, stepAt(9_000));
      const save = storeOn(deafClient, tableName).save(next, { grant, version: 1 });
      await expect(save).rejects.toMatchObject({ code: "unavailable" });
      expect(await store.load(grant.id)).toEqual({ grant: next, version: 2 });
    });
  });

  it("reads on where DynamoDB ends a page at its one megabyte, up to the limit", async () => {
    const times = [1, 2, 3, 4, 5, 6];
    for (const lapsesAt of times) {
      const instructions = "x".repeat(300_000);
      await store.create({ ...pendingGrant({ lapsesAt }), instructions });
    }
    const timesOf = (rows: readonly DueRow[]) =>
      rows.map((row) => ("grant" in row ? dueOf(row.grant)?.dueAt : row.why));
    const first = await store.due("lapse", 10, 5);
    expect(timesOf(first.rows)).toEqual([1, 2, 3, 4, 5]);
    const second = await store.due("lapse", 10, 5, first.next);
    expect(timesOf(second.rows)).toEqual([6]);
    expect(second.next).toBeUndefined();
  });

  it("loads with a strongly consistent read", async () => {
    const asked: unknown[] = [];
    const watched = dynamodbClient(dynamo.url);
    watched.middlewareStack.add(
      (next) => (request) => {
        asked.push(request.input);
        return next(request);
      },
      { step: "initialize" },
    );
    await storeOn(watched, tableName).load(pendingGrant().id);
    watched.destroy();
    expect(asked).toEqual([expect.objectContaining({ ConsistentRead: true })]);
  });

  // DynamoDB answers a failed condition with the row, which not every emulator does.
  describe("a failed condition that comes with the row", () => {
    /** Answers every request so; `bearing` makes the row's `writeId` of the request's own. */
    function clientAnswering(bearing: (own: AttributeValue | undefined) => AttributeValue) {
      const requests: string[] = [];
      const answering = dynamodbClient(dynamo.url);
      answering.middlewareStack.add(
        (_, { commandName = "" }) =>
          async ({ input }) => {
            requests.push(commandName);
            const { Item, ExpressionAttributeValues } = input as PutItemInput & UpdateItemInput;
            const writeId = bearing(Item?.["writeId"] ?? ExpressionAttributeValues?.[":writeId"]);
            throw new ConditionalCheckFailedException({
              message: "The conditional request failed",
              $metadata: {},
              Item: { writeId },
            });
          },
        { step: "build" },
      );
      return { answering: storeOn(answering, tableName), requests };
    }

    it("is a success where the row is what this very write left, in one request", async () => {
      const { answering, requests } = clientAnswering((own) => own ?? { S: "none asked" });
      const grant = pendingGrant();
      expect(await answering.create(grant)).toBe("created");
      expect(await answering.save(grant, { grant, version: 1 })).toBe("saved");
      expect(await answering.release("a place", "a", {})).toBe(true);
      expect(await answering.firstSeen("v0=aa", 1)).toBe(true);
      expect(requests).toEqual([
        "PutItemCommand",
        "UpdateItemCommand",
        "UpdateItemCommand",
        "PutItemCommand",
      ]);
    });

    it("is what it says where somebody else wrote the row, in one request", async () => {
      const { answering, requests } = clientAnswering(() => ({ S: "theirs" }));
      const grant = pendingGrant();
      expect(await answering.create(grant)).toBe("exists");
      expect(await answering.save(grant, { grant, version: 1 })).toBe("stale");
      expect(await answering.release("a place", "a", {})).toBe(false);
      expect(await answering.firstSeen("v0=aa", 1)).toBe(false);
      expect(await answering.lease("a place", { owner: "a", now: 0, until: 1 })).toBeUndefined();
      expect(await answering.mark("a place", "a", "ours")).toBe(false);
      expect(requests).toHaveLength(6);
    });
  });

  it("says that it is unavailable where there is no table", async () => {
    const nowhere = storeOn(client, "latchkey-none");
    const { id } = pendingGrant();
    await expect(nowhere.load(id)).rejects.toMatchObject({
      code: "unavailable",
      cause: { name: "ResourceNotFoundException" },
    });
    await expect(nowhere.due("revoke", 1, 1)).rejects.toMatchObject({ code: "unavailable" });
    await expect(nowhere.firstSeen("v0=aa", 1)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("writes a grant as a map that people can read, and keeps what was announced apart", async () => {
    const grant = pendingGrant({ at: 20 });
    await store.create(grant);
    await store.holdAnnouncement(grant.id, { owner: "a", now: 20, until: 50 });
    expect(await rowOf(grantPk(grant.id))).toEqual({
      pk: grantPk(grant.id),
      schema: 1,
      status: "pending",
      version: 1,
      grant,
      requester: "U0ADA",
      requestedAt: 20,
      queue: "lapse",
      dueAt: 9_000,
      outbox: "announce",
      outboxAt: 50,
      announcer: { owner: "a", until: 50 },
      writeId: expect.any(String),
    });
    await store.save(lapse(grant, stepAt(9_000)), { grant, version: 1 });
    const row = await rowOf(grantPk(grant.id));
    expect(row).toMatchObject({
      status: "lapsed",
      version: 2,
      outboxAt: 9_000,
      announcer: { owner: "a", until: 50 },
    });
    expect(Object.keys(row)).not.toEqual(expect.arrayContaining(["queue"]));
    expect(Object.keys(row)).not.toEqual(expect.arrayContaining(["dueAt"]));
  });

  it("writes a home as a row of its own, which an opening leaves to its announcer", async () => {
    await store.homeOpened(ada, 20);
    await store.holdHome(ada, { owner: "a", now: 20, until: 50 });
    await store.homeOpened(ada, 30);
    expect(await rowOf(homePk(ada))).toEqual({
      pk: homePk(ada),
      schema: 1,
      user: ada,
      version: 2,
      openedAt: 30,
      outbox: "announce",
      outboxAt: 30,
      announcer: { owner: "a", until: 50 },
      ttl: 90 * 86_400 + 1,
    });
    const held = { version: 2, shows: "c0ffee" };
    expect(await store.saveHome(ada, "a", { held })).toBe("done");
    const row = await rowOf(homePk(ada));
    expect(row).toMatchObject({ version: 2, openedAt: 30, shows: "c0ffee" });
    for (const name of ["announcer", "outbox", "outboxAt"]) expect(row).not.toHaveProperty(name);
  });

  it("lets only requests seen and homes be forgotten, in whole seconds and not too soon", async () => {
    const grant = pendingGrant();
    await store.create(grant);
    await store.lease("a place", { owner: "a", now: 0, until: 10, claim: grant.id });
    await store.release("a place", "a", { dropClaims: [grant.id], origin: null });
    await store.firstSeen("v0=aa", 10_001);
    expect(await rowOf(seenPk("v0=aa"))).toMatchObject({ ttl: 11 });
    expect(await rowOf(grantPk(grant.id))).not.toHaveProperty("ttl");
    expect(await rowOf("ASSIGNMENT#a place")).not.toHaveProperty("ttl");
  });
});

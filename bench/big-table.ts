// A table with any number of rows: dynalite on disk, which takes millions only past its HTTP.

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchWriteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import dynaliteDb from "dynalite/db/index.js";
import type { Item } from "../lib/store/items.ts";
import { DUE_INDEX, OUTBOX_INDEX, REQUESTER_INDEX } from "../lib/store/table.ts";
import { createTable, dynamodbClient } from "../local/dynamodb.ts";

const TABLE = "latchkey-bench";

/** A DynamoDB with the broker's table in it. */
export interface BigTable {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  stop(): Promise<void>;
}

/**
 * Starts a table with `rows`: each written over HTTP, or past it, where they must be in no index.
 * @throws Error where one that is written past HTTP is in one.
 */
export async function startBigTable(
  rows: Iterable<Item>,
  way: "over HTTP" | "past HTTP",
): Promise<BigTable> {
  const path = await mkdtemp(join(tmpdir(), "latchkey-bench-"));
  let served = await serve(path);
  await createTable(served.client, TABLE);
  if (way === "over HTTP") {
    await send(served.client, rows);
  } else {
    await served.stop();
    await fill(path, rows);
    served = await serve(path);
  }
  return {
    client: served.client,
    tableName: TABLE,
    async stop() {
      await served.stop();
      await rm(path, { recursive: true });
    },
  };
}

async function serve(path: string) {
  const server = dynalite({ createTableMs: 0, path });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = dynamodbClient(`http://127.0.0.1:${port}`);
  return {
    client,
    async stop() {
      client.destroy();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function send(client: DynamoDBClient, rows: Iterable<Item>): Promise<void> {
  for (const some of piecesOf(rows, 25)) {
    const puts = some.map((row) => ({ PutRequest: { Item: { ...row } } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } }));
  }
}

async function fill(path: string, rows: Iterable<Item>): Promise<void> {
  const store = dynaliteDb.create({ path });
  const table = await answerOf<object>((done) => store.getTable(TABLE, done));
  const items = store.getItemDb(TABLE);
  for (const some of piecesOf(rows, 1_000)) {
    if (some.some(isIndexed)) throw new Error("what is written past HTTP gets into no index");
    const puts = some.map((value) => {
      return { type: "put", key: dynaliteDb.createKey(value, table), value } as const;
    });
    await answerOf<void>((done) => items.batch(puts, done));
  }
  await store.db.close();
}

function isIndexed(row: Item): boolean {
  return [DUE_INDEX, OUTBOX_INDEX, REQUESTER_INDEX].some(
    ({ hash, range }) => hash in row && range in row,
  );
}

function* piecesOf<T>(all: Iterable<T>, most: number): Iterable<readonly T[]> {
  let piece: T[] = [];
  for (const each of all) {
    piece.push(each);
    if (piece.length < most) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

function answerOf<T>(
  ask: (done: (error: Error | null | undefined, answer: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) =>
    ask((error, answer) => (error ? reject(error) : resolve(answer))),
  );
}

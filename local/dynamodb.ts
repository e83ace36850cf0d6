// DynamoDB for the embedded stack: dynalite on a free port of 127.0.0.1, and the broker's table in it.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  paginateScan,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { TABLE_DEFINITION } from "../lib/store/table.ts";

export interface LocalDynamodb {
  readonly url: string;
  /** Counts the calls that went in and may have changed something. */
  changes(): number;
  /**
   * Does `work` while the tables stand still: calls that are inside come to their end first, others wait
   * until it is over. `work` gets a way in of its own.
   */
  whileStill<T>(work: (url: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A row as DynamoDB's API writes it: `{ pk: { S: "…" } }`. */
export type Row = Readonly<Record<string, AttributeValue>>;

/** As many as one call of BatchWriteItem takes. */
const BATCH_ROWS = 25;
const READS = ["GetItem", "BatchGetItem", "Query", "Scan"];

/**
 * Starts dynalite, in memory; nothing of it outlives `close`. Or takes the DynamoDB at `givenUrl`, such
 * as DynamoDB Local, which is left running, and of which nobody knows who else writes to it.
 */
export async function startDynamodb(givenUrl?: string): Promise<LocalDynamodb> {
  if (givenUrl) {
    const whileStill = () => Promise.reject(new Error(`${givenUrl} cannot be made to stand still`));
    return { url: givenUrl, changes: () => 0, whileStill, close: async () => {} };
  }
  const inside = dynalite({ createTableMs: 0 });
  const door = createDoor();
  let changes = 0;
  const outside = createServer((request, response) => {
    const call = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    void door.pass(request, response, () => {
      if (!READS.includes(call)) changes += 1;
      inside.emit("request", request, response);
    });
  });
  const url = await listen(outside);
  const ownUrl = await listen(inside);
  return {
    url,
    changes: () => changes,
    whileStill: (work) => door.hold(() => work(ownUrl)),
    async close() {
      // NB. What is inside comes to its end first: dynalite throws where its store goes away under it.
      await door.hold(() => closed(outside));
      await closed(inside);
    },
  };
}

/** A door that can be held shut: who is inside comes to an end, and who comes meanwhile waits. */
function createDoor() {
  const inside = new Set<Promise<void>>();
  let held: Promise<unknown> | undefined;
  return {
    async pass(
      request: IncomingMessage,
      response: ServerResponse,
      enter: () => void,
    ): Promise<void> {
      while (held !== undefined) await held;
      // Whoever waited may have gone meanwhile.
      if (response.destroyed) return;
      const left = answered(request, response);
      inside.add(left);
      enter();
      await left;
      inside.delete(left);
    },
    async hold<T>(work: () => Promise<T>): Promise<T> {
      const done = Promise.all(inside).then(work);
      held = done.catch(() => undefined);
      return done.finally(() => {
        held = undefined;
      });
    },
  };
}

/** Until a call is answered, though whoever made it may have gone: only what did not come in whole is not. */
function answered(request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
    response.end = (...args: unknown[]) => {
      resolve();
      return end(...args);
    };
    response.once("close", () => {
      if (!request.complete) resolve();
    });
  });
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  const end = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await end;
}

/** A client of the DynamoDB at `endpoint`, with AWS's documented example credentials. */
export function dynamodbClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: "us-east-2",
    maxAttempts: 1,
    credentials: {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
  });
}

/** Creates the broker's table, as `lib/store/table.ts` defines it, and waits until it is there. */
export async function createTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(new CreateTableCommand({ TableName: tableName, ...TABLE_DEFINITION }));
  await waitUntilTableExists(
    { client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
    { TableName: tableName },
  );
}

/** Every row of a table. */
export async function readRows(client: DynamoDBClient, tableName: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const pages = paginateScan({ client }, { TableName: tableName, ConsistentRead: true });
  for await (const { Items = [] } of pages) rows.push(...Items);
  return rows;
}

/** Puts rows into a table as they are. */
export async function putRows(
  client: DynamoDBClient,
  tableName: string,
  rows: readonly Row[],
): Promise<void> {
  for (let first = 0; first < rows.length; first += BATCH_ROWS) {
    const batch = rows.slice(first, first + BATCH_ROWS);
    const RequestItems = { [tableName]: batch.map((Item) => ({ PutRequest: { Item } })) };
    const { UnprocessedItems = {} } = await client.send(
      new BatchWriteItemCommand({ RequestItems }),
    );
    if (Object.keys(UnprocessedItems).length > 0) throw new Error("DynamoDB left rows out");
  }
}

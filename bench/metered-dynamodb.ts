// A DynamoDB that counts: dynalite behind a door that adds up the units that AWS would charge.

import { setTimeout as sleep } from "node:timers/promises";
import { type AttributeValue, GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { Item } from "../lib/store/items.ts";
import { dynamodbClient, readRows, startDynamodb } from "../local/dynamodb.ts";
import { itemBytes, readUnits, writeUnits } from "./dynamodb-units.ts";
import { type Around, startInBetween } from "./in-between.ts";

/** What DynamoDB would charge. */
export interface DynamodbUse {
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface MeteredDynamodb {
  readonly url: string;
  /** What was asked since the last `reset`. */
  use(): DynamodbUse;
  reset(): void;
  /** All rows of a table; not counted. */
  rows(tableName: string): Promise<readonly Item[]>;
  close(): Promise<void>;
}

interface Asked {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ConsistentRead?: boolean;
  readonly RequestItems?: Readonly<
    Record<string, { readonly Keys: readonly Item[]; readonly ConsistentRead?: boolean }>
  >;
}

interface Found {
  readonly Item?: Item;
  readonly Items?: readonly Item[];
  readonly Responses?: Readonly<Record<string, readonly Item[]>>;
}

const WRITES = ["PutItem", "UpdateItem"];
const READS = ["GetItem", "BatchGetItem", "Query"];
const FREE = ["CreateTable", "DescribeTable"];

/** Starts it, empty. Each call waits for `latencyMs` before it is passed on. */
export async function startMeteredDynamodb(latencyMs: number): Promise<MeteredDynamodb> {
  const inside = await startDynamodb();
  const client = dynamodbClient(inside.url);
  let use: DynamodbUse = { readUnits: 0, writeUnits: 0 };

  const itemOf = async ({ TableName, Key, Item }: Asked): Promise<Item | undefined> => {
    const pk = (Key ?? Item)?.["pk"] as AttributeValue;
    const command = new GetItemCommand({ TableName, Key: { pk }, ConsistentRead: true });
    return (await client.send(command)).Item;
  };
  const inTurn = takingTurns();
  const metered: Around = ({ name, body }, send) => {
    if (FREE.includes(name)) return send();
    const asked = JSON.parse(body.toString("utf8")) as Asked;
    if (WRITES.includes(name)) {
      // One by one, so that nothing changes an item between the looks before and after.
      return inTurn(async () => {
        const before = await itemOf(asked);
        const answer = await send();
        use = { ...use, writeUnits: use.writeUnits + writeUnits(before, await itemOf(asked)) };
        return answer;
      });
    }
    if (READS.includes(name)) {
      return send().then((answer) => {
        const found = JSON.parse(answer.bytes.toString("utf8")) as Found;
        use = { ...use, readUnits: use.readUnits + unitsRead(asked, found) };
        return answer;
      });
    }
    throw new Error(`nobody has said what ${name} costs`);
  };
  const door = await startInBetween(inside.url, metered);
  door.holdUp(() => sleep(latencyMs));
  return {
    url: door.url,
    use: () => use,
    reset() {
      use = { readUnits: 0, writeUnits: 0 };
    },
    rows: (tableName) => readRows(client, tableName),
    async close() {
      await door.close();
      client.destroy();
      await inside.close();
    },
  };
}

function unitsRead(asked: Asked, found: Found): number {
  if (asked.RequestItems === undefined) {
    // A query reads its items as if they were one.
    const items = found.Items ?? [found.Item ?? {}];
    const bytes = items.map(itemBytes).reduce((sum, size) => sum + size, 0);
    return readUnits(bytes, asked.ConsistentRead === true);
  }
  const units = Object.entries(asked.RequestItems).flatMap(([table, { Keys, ConsistentRead }]) => {
    const items = found.Responses?.[table] ?? [];
    const missing = Array.from({ length: Keys.length - items.length }, () => 0);
    return [...items.map(itemBytes), ...missing].map((bytes) =>
      readUnits(bytes, ConsistentRead === true),
    );
  });
  return units.reduce((sum, each) => sum + each, 0);
}

/** Runs each work when the one before it is over. */
function takingTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}

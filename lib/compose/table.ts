// The table, opened. A module of its own: what it uses of the SDK is loaded when something is first read or written.

import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createDynamoStore } from "../store/dynamo-store.ts";
import type { Store } from "../store/store.ts";
import { bounded } from "./bounds.ts";

export function openTable(tableName: string): Store {
  const client = new DynamoDBClient(bounded(4, 3_000));
  return createDynamoStore({ client, tableName, newId: () => randomUUID() });
}

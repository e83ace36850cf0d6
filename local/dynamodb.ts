// DynamoDB for the embedded stack: dynalite on a free port of 127.0.0.1, and the broker's table in it.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { TABLE_DEFINITION } from "../lib/store/table.ts";

export interface LocalDynamodb {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts dynalite, in memory; nothing of it outlives `close`. Or takes the DynamoDB at `givenUrl`, such
 * as DynamoDB Local, which is left running.
 */
export async function startDynamodb(givenUrl?: string): Promise<LocalDynamodb> {
  if (givenUrl) return { url: givenUrl, close: async () => {} };
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
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

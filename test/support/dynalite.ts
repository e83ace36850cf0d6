// A DynamoDB for tests: dynalite on a free port of 127.0.0.1, and the broker's table in it.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { TABLE_DEFINITION } from "../../lib/store/table.ts";

/** A running DynamoDB. */
export interface LocalDynamo {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts dynalite, or takes the one that `LATCHKEY_TEST_DYNAMODB` names (DynamoDB Local, for example),
 * which `stop` then leaves alone.
 */
export async function startDynamo(): Promise<LocalDynamo> {
  const given = process.env["LATCHKEY_TEST_DYNAMODB"];
  if (given) return { endpoint: given, stop: async () => {} };
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A client of `endpoint`; AWS's documented example credentials. */
export function dynamoClient(endpoint: string): DynamoDBClient {
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

// The bounds of calls to AWS: a server that never answers holds nobody up.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, it } from "@jest/globals";
import { bounded } from "../../lib/compose/bounds.ts";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe("a call that nobody answers", () => {
  it("fails after its time, as often as it is tried", async () => {
    let requests = 0;
    const silent = createServer(() => {
      requests += 1;
    });
    server = silent;
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
    const client = new DynamoDBClient({
      ...bounded(2, 50),
      region: "us-east-2",
      endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "none" },
    });
    const call = client.send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "k" } } }));
    await expect(call).rejects.toMatchObject({ name: "TimeoutError" });
    expect(requests).toBe(2);
  });
});

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

describe("many calls at once", () => {
  it("each have a connection, so that none fails for waiting", async () => {
    let waiting = 0;
    const full = createServer((_, response) => {
      waiting += 1;
      const answerAll = () => response.end("{}");
      // Nobody is answered before all 128 have come.
      all.then(answerAll, answerAll);
      if (waiting === 128) come();
    });
    let come = () => {};
    const all = new Promise<void>((resolve) => {
      come = resolve;
    });
    server = full;
    await new Promise<void>((listening) => full.listen(0, "127.0.0.1", listening));
    const client = new DynamoDBClient({
      ...bounded(1, 20_000),
      region: "us-east-2",
      endpoint: `http://127.0.0.1:${(full.address() as AddressInfo).port}`,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "none" },
    });
    const call = () => client.send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "k" } } }));
    await Promise.all(Array.from({ length: 128 }, call));
    expect(waiting).toBe(128);
    client.destroy();
  });
});
